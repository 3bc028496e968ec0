"""One invocation under way, as the server sees it: its logs, its exchanges, its ending."""

import asyncio
import base64
import time
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import assert_never

import orjson

from sandbox.clock import Clock
from sandbox.outcomes import LogLine
from sandbox.runtime.invocation import Sender
from sandbox.runtime.messages import Asked, Ended, ForgedMessageError, Logged
from sandbox.wire import Exchange, NetworkError, Response, StruckAndGivenUpError

MAX_EXCHANGES = 1_000
"""Requests that one invocation may send; each is kept."""
MAX_BODY_BYTES = 16 * 1024 * 1024
"""A longer response is not handed to the function, whose whole heap may be 128 MB."""
_MAX_ASKED = 10 * MAX_EXCHANGES
_GIVEN_UP = NetworkError("ECONNABORTED", "the event ended before the answer came")
_BEYOND_S = 1.0
"""How much longer than the function a request may last, in seconds.

A fetch has no time limit of its own: one that hangs ends with the function, which sees no error of it.
"""
_AT_A_TURN = 8
"""Requests that are begun in one turn of the event loop, so that a thousand at once do not hold it up."""
_MAX_LOG_TEXT = 300_000
_MAX_LOG_LINES = 10_000


class Console:
    """The lines that a function wrote, as many as the kernel lets through."""

    def __init__(self, clock: Clock) -> None:
        self.lines: list[LogLine] = []
        self._clock = clock
        self._text = 0

    def keep(self, logged: Logged) -> None:
        """Keep a line.

        Raises:
            ForgedMessageError: it is more than the kernel lets through.
        """
        self.lines.append(LogLine(self._clock.real_ms(), logged.level, logged.text))
        self._text += len(logged.text)
        if self._text > _MAX_LOG_TEXT or len(self.lines) > _MAX_LOG_LINES:
            raise ForgedMessageError("more log output than the kernel lets through")


class Call:
    """Takes what the worker says during one invocation, and sends its requests.

    Attributes:
        console: what was logged, by module scope as well where this is the worker's first invocation.
        ended: the last message; or the exception that the worker is gone.
        emitted: what a source function made.
        left_open: what was still going when the handler had ended.
    """

    def __init__(
        self,
        number: int,
        sender: Sender,
        clock: Clock,
        console: Console,
        *,
        limit_s: float,
        answer: Callable[[bytes], None],
    ) -> None:
        self.number = number
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.console = console
        self.exchanges: list[Exchange] = []
        self.emitted: str | None = None
        self.left_open: tuple[str, ...] = ()
        self._sender = sender
        self._clock = clock
        self._answer = answer
        self._deadline = time.monotonic() + limit_s
        self._asked = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._queued: deque[Asked] = deque()

    def asked(self, asked: Asked, tasks: asyncio.TaskGroup) -> None:
        """Send a request, or say that it is one too many.

        Raises:
            ForgedMessageError: so many that it can only be meant to harm.
        """
        self._asked += 1
        if self._asked > _MAX_ASKED:
            raise ForgedMessageError(f"more than {_MAX_ASKED} requests")
        if self._asked > MAX_EXCHANGES:
            self._say(asked.exchange, _too_many())
            return
        if len(self._sending) < _AT_A_TURN:
            self._begin(asked, tasks)
            return
        self._queued.append(asked)
        if len(self._queued) == 1:
            self._keep(tasks.create_task(self._begin_queued(tasks)))

    async def _begin_queued(self, tasks: asyncio.TaskGroup) -> None:
        """Begin what is queued, a few in each turn of the loop; all of it may be under way at once."""
        while self._queued:
            await asyncio.sleep(0)
            for _ in range(min(_AT_A_TURN, len(self._queued))):
                self._begin(self._queued.popleft(), tasks)

    def _begin(self, asked: Asked, tasks: asyncio.TaskGroup) -> None:
        self._keep(tasks.create_task(self._send(asked)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, asked: Asked) -> None:
        left_s = max(0.0, self._deadline - time.monotonic()) + _BEYOND_S
        at_ms, begun = self._clock.real_ms(), time.perf_counter()
        try:
            exchange = await self._sender.send(asked.request, timeout_s=left_s)
        except asyncio.CancelledError as ended:
            waited_ms = (time.perf_counter() - begun) * 1000
            fault = ended.fault if isinstance(ended, StruckAndGivenUpError) else None
            self.exchanges.append(Exchange(asked.request, _GIVEN_UP, at_ms, waited_ms, fault))
            raise
        self.exchanges.append(exchange)
        self._give(asked.exchange, exchange.outcome)

    def _give(self, number: int, outcome: Response | NetworkError) -> None:
        self._say(number, orjson.dumps(_answer(outcome)))

    def _say(self, number: int, answer: bytes) -> None:
        self._answer(b'["answer",%d,%b]' % (number, answer))

    def stop_sending(self) -> None:
        """Give up the requests that are still under way: their event has ended."""
        self._queued.clear()
        for task in self._sending:
            task.cancel()


@cache
def _too_many() -> bytes:
    """Write the answer once: thousands of requests may get it in one turn of the loop."""
    message = f"the function sent more than {MAX_EXCHANGES:,} requests for one event"
    return orjson.dumps(_answer(NetworkError("SANDBOX_REFUSED", message)))


def _too_long(size: int) -> NetworkError:
    limit = MAX_BODY_BYTES // 1024 // 1024
    return NetworkError("SANDBOX_REFUSED", f"the response has {size:,} bytes, more than {limit} MB")


def _answer(outcome: Response | NetworkError) -> dict[str, object]:
    match outcome:
        case Response(body=body) if len(body) > MAX_BODY_BYTES:
            return _answer(_too_long(len(body)))
        case Response():
            return {"response": _response(outcome)}
        case NetworkError():
            return {"error": {"code": outcome.code, "message": outcome.message}}
        case _:
            assert_never(outcome)


def _response(response: Response) -> dict[str, object]:
    return {
        "status": response.status,
        "reason": response.reason,
        "headers": response.headers,
        "body": base64.b64encode(response.body).decode(),
    }
