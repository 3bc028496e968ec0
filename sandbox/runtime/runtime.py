"""The function runtime: the partner's functions, each by its key."""

from sandbox.clock import Clock
from sandbox.runtime.invocation import FunctionCode, Invocation, LoadError, Order, Sender
from sandbox.runtime.pool import FunctionPool, Reserve, Starter
from sandbox.runtime.process import WorkerProcess


class FunctionRuntime:
    """Runs partner code in processes of its own, which can be ended at any time.

    A key stands for one function's code, whatever number of destinations it serves.

    Attributes:
        runs: how many there have been, those under way included.
    """

    def __init__(
        self,
        sender: Sender,
        clock: Clock,
        *,
        max_workers: int = 2,
        start_worker: Starter = WorkerProcess.start,
    ) -> None:
        self._sender = sender
        self._clock = clock
        self._max_workers = max_workers
        self._reserve = Reserve(start_worker)
        self._pools: dict[str, FunctionPool] = {}
        self.runs = 0

    async def start(self) -> None:
        """Start the first worker.

        Raises:
            CannotStartError: functions cannot run here.
        """
        await self._reserve.fill()

    async def close(self) -> None:
        """End every worker; an event under way ends as crashed."""
        await self._reserve.close()

    def process_ids(self) -> list[int]:
        """Return the ids of the processes that run, the spare one included."""
        return self._reserve.process_ids()

    async def load(self, key: str, code: FunctionCode) -> LoadError | None:
        """Load code, or replace what is loaded: completely first, then from one event to the next.

        Returns:
            why it does not load; then the earlier code, if any, goes on serving.
        """
        pool = self._pools.get(key) or FunctionPool(self._reserve, self._sender, self._clock, self._max_workers)
        error = await pool.load(code)
        if error is None:
            self._pools[key] = pool
        return error

    async def unload(self, key: str) -> None:
        """Let go of a function; an event under way comes to its end.

        Raises:
            KeyError: it is not loaded.
        """
        self._pools.pop(key).unload()

    async def invoke(
        self, key: str, event_json: bytes, settings_json: bytes, sender: Sender | None = None
    ) -> Invocation:
        """Run the handler for `event.type`; waits for its turn when all workers of the function are busy.

        Args:
            key: the function.
            event_json: the event, one JSON value, handed on as it is.
            settings_json: the destination's settings, likewise.
            sender: who sends the function's requests, in place of the runtime's own.

        Raises:
            KeyError: the function is not loaded.
        """
        return await self._invoke(key, Order("event", event_json, settings_json, sender))

    async def invoke_batch(
        self, key: str, events_json: bytes, settings_json: bytes, sender: Sender | None = None
    ) -> Invocation:
        """Run onBatch with a JSON array of events, as `invoke` runs a handler.

        Raises:
            KeyError: the function is not loaded.
        """
        return await self._invoke(key, Order("batch", events_json, settings_json, sender))

    async def invoke_request(self, key: str, request_json: bytes, settings_json: bytes) -> Invocation:
        """Run onRequest with `{"body": text, "headers": [[name, value], …], "url": text}`.

        Raises:
            KeyError: the function is not loaded.
        """
        return await self._invoke(key, Order("request", request_json, settings_json))

    def handlers(self, key: str) -> frozenset[str]:
        """Return the names of the handlers that the loaded code has, none where nothing is loaded."""
        pool = self._pools.get(key)
        return pool.handlers if pool else frozenset()

    async def _invoke(self, key: str, order: Order) -> Invocation:
        pool = self._pools[key]
        self.runs += 1
        return await pool.invoke(order)
