"""A runtime for all tests of this folder, a sender that is told what to answer, a short way to run code."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

from sandbox.clock import ManualClock
from sandbox.runtime import FunctionCode, FunctionRuntime, Invocation, LoadError, Returned
from sandbox.wire import Exchange, NetworkError, Request, Response

Answer: TypeAlias = Response | NetworkError
Event: TypeAlias = dict[str, Any]
Run: TypeAlias = Callable[..., Coroutine[Any, Any, Invocation]]
Value: TypeAlias = Callable[..., Coroutine[Any, Any, Any]]
NO_ROUTE = NetworkError("ENOTFOUND", "getaddrinfo ENOTFOUND nowhere.test")


def response(body: bytes | str = b"", status: int = 200, reason: str = "OK", **headers: str) -> Response:
    """Make a response; a header's name is written with underscores."""
    content = body.encode() if isinstance(body, str) else body
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, reason, pairs, content)


@dataclass
class FakeSender:
    """Answers each URL as told, and everything else with ENOTFOUND.

    Attributes:
        held: URLs that are not answered before their event is set.
        asked: set when a held request has come in.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Answer at once, or when told to, however long that takes."""
        self.requests.append(request)
        if request.url in self.held:
            self.asked.set()
            await self.held[request.url].wait()
        return Exchange(request, self.answers.get(request.url, NO_ROUTE), 0, 0.0)


@pytest.fixture
def sender(shared_sender: FakeSender) -> FakeSender:
    """The shared sender, knowing nothing yet."""
    shared_sender.answers.clear()
    shared_sender.requests.clear()
    shared_sender.held.clear()
    shared_sender.asked = asyncio.Event()
    return shared_sender


@pytest.fixture(scope="session")
def shared_sender() -> FakeSender:
    return FakeSender()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runtime(shared_sender: FakeSender) -> AsyncIterator[FunctionRuntime]:
    """A runtime that is started once; each test loads its code under a key of its own."""
    started = FunctionRuntime(shared_sender, ManualClock())
    await started.start()
    yield started
    await started.close()


_keys = itertools.count()


@pytest.fixture
def run(runtime: FunctionRuntime, sender: FakeSender) -> Run:
    """Load code, run it for one event or several, unload it; returns the last invocation."""

    async def load_and_run(
        source: str, *events: Event, settings: Event | None = None, timeout_s: float = 60.0
    ) -> Invocation:
        key = f"code {next(_keys)}"
        error = await runtime.load(key, FunctionCode("function.js", source, timeout_s))
        assert error is None, error
        for event in events or ({"type": "track"},):
            last = await runtime.invoke(key, json.dumps(event).encode(), json.dumps(settings or {}).encode())
        await runtime.unload(key)
        return last

    return load_and_run


@pytest.fixture
def value(run: Run) -> Value:
    """Run the body of an async onTrack and return what it returns, as Python has it."""

    async def run_body(body: str, **options: Any) -> Any:
        invocation = await run(f"async function onTrack(event, settings) {{ {body} }}", **options)
        assert isinstance(invocation.ending, Returned), invocation.ending
        return None if invocation.ending.value_json is None else json.loads(invocation.ending.value_json)

    return run_body


@pytest.fixture
def refusal(runtime: FunctionRuntime) -> Callable[[str], Coroutine[Any, Any, LoadError | None]]:
    """Load code that should not load and return why it does not."""

    async def load(source: str) -> LoadError | None:
        return await runtime.load("refused code", FunctionCode("function.js", source))

    return load


@pytest.fixture(name="response")
def response_factory() -> Callable[..., Response]:
    """The way to make a response."""
    return response
