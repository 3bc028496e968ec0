"""A running sandbox, in the words of a test."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import urlencode

from sandbox.client import Client, RefusedError

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_S: Final = 10.0
CALL_MAX_S: Final = 60.0
"""How long the sandbox waits in one call."""
BEYOND_S: Final = 30.0
"""How much longer than the sandbox itself an answer is waited for."""

_IN_VAIN: Final = 408
_PAGE: Final = 1_000


class WaitedInVainError(AssertionError):
    """What was waited for did not come: what did, the nearest miss, and where it differs.

    Attributes:
        matches: what came of it.
        nearest: what came instead and differs least; None when nothing did.
        diff: `{"path", "asked", "came"}` for each difference.
    """

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(f"{answer['error']['message']}\n{answer['error']['hint']}")
        self.matches: list[dict[str, Any]] = answer["matches"]
        self.nearest: dict[str, Any] | None = answer["nearest"]
        self.diff: list[dict[str, Any]] = answer["diff"]


class Sandbox:
    """Sends, waits and looks; every call is one over HTTP.

    Attributes:
        url: where the sandbox answers.
        faults: recipes that have requests fail on purpose.
        clock: the clock that retries wait for.
        aio: the same in asyncio.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = Client(url)
        self.faults = FaultRecipes(self._client)
        self.clock = TestClock(self._client)
        self.aio = AsyncSandbox(self)

    @cached_property
    def write_keys(self) -> dict[str, str]:
        """The write key of each source, by its slug."""
        return {each["slug"]: each["write_key"] for each in self.get("/workspace")["sources"]}

    @property
    def write_key(self) -> str:
        """The write key of the first source."""
        return next(iter(self.write_keys.values()))

    @property
    def seq(self) -> int:
        """The newest sequence number: what `after` takes to leave out all that has happened."""
        return int(self.get("/health")["seq"])

    def get(self, path: str) -> Any:
        """Return the JSON answer of a path below `/_sandbox`."""
        return self._client.get(f"/_sandbox{path}")

    def send(self, event: Mapping[str, Any], source: str | None = None, *, keep_message_id: bool = False) -> int:
        """Send one event through a source as an SDK would; return the message's number."""
        order = {"event": event, "keep_message_id": keep_message_id, **({"source": source} if source else {})}
        return int(self._client.post("/_sandbox/send", order)["seq"])

    def wait_for(
        self,
        kind: str = "message",
        *,
        where: Mapping[str, Any] | None = None,
        timeout: float = TIMEOUT_S,
        **conditions: Any,
    ) -> dict[str, Any]:
        """Return the first message or delivery that fits, once it is there.

        Args:
            kind: `message` or `delivery`.
            where: values in the message by their paths: `{"properties.revenue": 12}`.
            timeout: how long to wait, in seconds.
            conditions: the parameters of `/_sandbox/wait`.

        Raises:
            WaitedInVainError: it did not come.
        """
        return self.wait_for_all(1, kind, where=where, timeout=timeout, **conditions)[0]

    def wait_for_all(
        self,
        count: int,
        kind: str = "message",
        *,
        where: Mapping[str, Any] | None = None,
        timeout: float = TIMEOUT_S,
        **conditions: Any,
    ) -> list[dict[str, Any]]:
        """Return the first `count` messages or deliveries that fit, once they are there.

        Raises:
            WaitedInVainError: they did not all come.
        """
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.0, deadline - time.monotonic())
            call_s = min(left, CALL_MAX_S)
            call = {"kind": kind, "count": count, "timeout": f"{round(call_s * 1000)}ms"}
            query = {**_paths(where or {}), **call, **conditions}
            try:
                answer = self._client.get(f"/_sandbox/wait?{_query(query)}", timeout_s=call_s + BEYOND_S)
            except RefusedError as refused:
                if refused.status != _IN_VAIN:
                    raise
                if left <= CALL_MAX_S:
                    raise WaitedInVainError(refused.answer) from None
            else:
                return list(answer["matches"])

    def messages(self, **filters: Any) -> list[dict[str, Any]]:
        """Return all messages, oldest first unless `order` is `newest`; filters as in `/_sandbox/messages`."""
        return self._all("messages", filters)

    def deliveries(self, **filters: Any) -> list[dict[str, Any]]:
        """Return all deliveries, oldest first unless `order` is `newest`; filters as in `/_sandbox/deliveries`."""
        return self._all("deliveries", filters)

    def changes(self, after: int = 0) -> list[dict[str, Any]]:
        """Return all that happened behind a number, in order."""
        return self._all("changes", {"after": after})

    def message(self, seq: int) -> dict[str, Any]:
        """Return one message with its deliveries, their attempts, exchanges and logs."""
        found: dict[str, Any] = self.get(f"/messages/{seq}")
        return found

    def _all(self, name: str, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        query = {"after": 0, **filters, "limit": _PAGE}
        onward = "before" if filters.get("order") == "newest" else "after"
        while page := self.get(f"/{name}?{_query(query)}")[name]:
            items += page
            query[onward] = page[-1]["seq"]
        return items


class FaultRecipes:
    """Recipes for faults: the keys are those of `[[faults]]` in the workspace file."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def add(self, **recipe: Any) -> int:
        """Put a recipe into effect; return its number."""
        return int(self._client.post("/_sandbox/faults", recipe)["number"])

    def all(self) -> list[dict[str, Any]]:
        """Return the recipes in effect, and how often each has struck."""
        return list(self._client.get("/_sandbox/faults")["faults"])

    def clear(self, number: int | None = None) -> None:
        """Take one recipe out, or all of them."""
        self._client.delete("/_sandbox/faults" if number is None else f"/_sandbox/faults/{number}")


class TestClock:
    """The sandbox's clock."""

    __test__ = False  # pytest is not to collect it

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def now(self) -> str:
        """The time that it shows, in ISO 8601."""
        return str(self._client.get("/_sandbox/clock")["now"])

    def advance(self, duration: str) -> None:
        """Skip a time such as `4h`; return when all that fell due was tried."""
        self._change({"advance": duration})

    def go(self, mode: str) -> None:
        """Let it go on as `real`, `fast:1000` or `manual`."""
        self._change({"mode": mode})

    def _change(self, order: Mapping[str, str]) -> None:
        answer = self._client.post("/_sandbox/clock", order, timeout_s=CALL_MAX_S + BEYOND_S)
        if not answer["settled"]:
            raise AssertionError("Not all that fell due was over within a minute.")


class AsyncSandbox:
    """The same for asyncio: each call in a thread of its own, so that no number of waits holds up another call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def send(self, event: Mapping[str, Any], source: str | None = None) -> int:
        """Send one event; return the message's number."""
        return await self.run(self._sandbox.send, event, source)

    async def wait_for(self, kind: str = "message", **conditions: Any) -> dict[str, Any]:
        """Return the first message or delivery that fits, once it is there."""
        return await self.run(self._sandbox.wait_for, kind, **conditions)

    async def wait_for_all(self, count: int, kind: str = "message", **conditions: Any) -> list[dict[str, Any]]:
        """Return the first messages or deliveries that fit, once they are there."""
        return await self.run(self._sandbox.wait_for_all, count, kind, **conditions)

    async def messages(self, **filters: Any) -> list[dict[str, Any]]:
        """Return all messages."""
        return await self.run(self._sandbox.messages, **filters)

    async def deliveries(self, **filters: Any) -> list[dict[str, Any]]:
        """Return all deliveries."""
        return await self.run(self._sandbox.deliveries, **filters)

    async def run(self, call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Make any other call, as in `await sandbox.aio.run(sandbox.clock.advance, "4h")`."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def perform() -> None:
            try:
                result = call(*arguments, **options)
            except BaseException as error:  # noqa: BLE001 - carried to the caller
                _tell(loop, done, _fail, error)
            else:
                _tell(loop, done, _succeed, result)

        threading.Thread(target=perform, name="sandbox-call", daemon=True).start()
        return await done


def _tell(loop: asyncio.AbstractEventLoop, done: "asyncio.Future[Any]", how: Callable[..., None], what: Any) -> None:
    """Carry an outcome to the loop, if that is still there."""
    try:
        loop.call_soon_threadsafe(how, done, what)
    except RuntimeError:
        return


def _succeed(done: "asyncio.Future[Any]", result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: "asyncio.Future[Any]", error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)


def _paths(where: Mapping[str, Any]) -> dict[str, Any]:
    """Tell paths from parameters, and write a value that must be null as JSON does; None would not be sent."""
    return {f"where.{path}": "null" if value is None else value for path, value in where.items()}


def _query(values: Mapping[str, Any]) -> str:
    return urlencode([(name, _text(value)) for name, value in values.items() if value is not None])


def _text(value: Any) -> str:
    """Write a value as the query of a wait reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(value)
