"""A runtime with a neighbour beside the hostile function, and a watch over the server's event loop."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

from sandbox.clock import RealClock
from sandbox.runtime import Ending, FunctionCode, FunctionRuntime, Invocation, LoadError, Returned
from sandbox.wire import Exchange, Request, Response
from tests.patience import end_in_time, load_in_time

STEP_S = 120
"""How long a test waits at most for what is bound to happen."""
TICK_S = 0.001
WEIGH_S = 0.02
LIMIT_S = 0.4
"""The time limit of a hostile function, unless its memory is what ends it."""
PATIENT_S = 60.0
"""For what ends by itself, or by its memory, however busy the machine is."""
NEIGHBOUR = FunctionCode(
    "neighbour.js",
    """
    let served = 0
    async function onTrack(event) {
      const answer = await (await fetch('https://api.test/')).json()
      console.log('neighbour', event.n)
      return { n: event.n, served: ++served, answer, polluted: ({}).polluted ?? null, globals: typeof leaked }
    }
    """,
)
SERVED: dict[str, Any] = {"answer": {"ok": True}, "polluted": None, "globals": "undefined"}

Attack: TypeAlias = Callable[..., Coroutine[Any, Any, Invocation]]


class PromptSender:
    """Answers everything at once."""

    def __init__(self) -> None:
        self.requests = 0

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Answer with a small JSON body."""
        del timeout_s
        self.requests += 1
        return Exchange(request, Response(200, "OK", (), b'{"ok":true}'), 0, 0.0)


@dataclass
class Stalls:
    """The longest times between two turns of the server's event loop, in seconds, by test.

    Attributes:
        longest: as the clock on the wall has it; includes waiting for a processor.
        busiest: what the loop's own thread computed meanwhile.
        largest: how much memory a worker had at most, in MiB, where the system tells.
    """

    longest: dict[str, float] = field(default_factory=dict)
    busiest: dict[str, float] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)

    @asynccontextmanager
    async def watched(self, name: str, runtime: FunctionRuntime) -> AsyncIterator[None]:
        """Keep an eye on the loop and on the workers."""
        watches = [asyncio.create_task(self._watch(name)), asyncio.create_task(self._weigh(name, runtime))]
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.wait(watches)

    async def _watch(self, name: str) -> None:
        wall, busy = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(TICK_S)
            wall_now, busy_now = time.perf_counter(), time.thread_time()
            self._keep(self.longest, name, wall_now - wall - TICK_S)
            self._keep(self.busiest, name, busy_now - busy)
            wall, busy = wall_now, busy_now

    async def _weigh(self, name: str, runtime: FunctionRuntime) -> None:
        while True:
            await asyncio.sleep(WEIGH_S)
            for pid in runtime.process_ids():
                self._keep(self.largest, name, _peak_mib(pid))

    @staticmethod
    def _keep(by_test: dict[str, float], name: str, seconds: float) -> None:
        by_test[name] = max(by_test.get(name, 0.0), seconds)


def _peak_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024 if "VmHWM:" in status else 0.0


_stalls = Stalls()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the longest stalls; they depend on the machine, so no test asserts them."""
    if _stalls.longest:
        terminalreporter.write_line(f"longest stalls of the server's event loop: {_worst(_stalls.longest)}")
        terminalreporter.write_line(f"of its own doing: {_worst(_stalls.busiest)}")
    if _stalls.largest:
        terminalreporter.write_line(f"largest workers: {_worst(_stalls.largest, 1, 'MiB')}")


def _worst(by_test: dict[str, float], scale: float = 1000, unit: str = "ms") -> str:
    worst = sorted(by_test.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{value * scale:.1f} {unit} in {name}" for name, value in worst)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hostile_runtime() -> AsyncIterator[FunctionRuntime]:
    """A runtime that serves a neighbour all the time."""
    started = FunctionRuntime(PromptSender(), RealClock())
    await started.start()
    assert await started.load("neighbour", NEIGHBOUR) is None
    yield started
    await started.close()


_numbers = itertools.count(1)


async def ask_neighbour(runtime: FunctionRuntime) -> None:
    """Have the neighbour serve an event, and see that nothing has got into it."""
    number = next(_numbers)
    event = json.dumps({"type": "track", "n": number}).encode()
    invocation = await runtime.invoke("neighbour", event, b"{}")
    assert isinstance(invocation.ending, Returned), invocation.ending
    value = json.loads(invocation.ending.value_json or "null")
    assert value.pop("served") >= 1
    assert value == {"n": number, **SERVED}
    assert [line.text for line in invocation.logs] == [f"neighbour {number}"]


async def invoke(runtime: FunctionRuntime, key: str, kind: str) -> Invocation:
    """Run the handler for one type of event."""
    return await runtime.invoke(key, json.dumps({"type": kind}).encode(), b"{}")


@pytest.fixture
def attack(hostile_runtime: FunctionRuntime, request: pytest.FixtureRequest) -> Attack:
    """Run hostile code while the neighbour is served, and the function's next event after it."""

    async def served_next(key: str) -> Invocation:
        return await end_in_time(lambda: invoke(hostile_runtime, key, "page"))

    async def attack_with(
        body: str, *, limit_s: float = LIMIT_S, before: str = "", survives: bool = True
    ) -> Invocation:
        source = f"{before}\nasync function onTrack(event) {{ {body} }}\nfunction onPage() {{ return 'next' }}"
        key = request.node.name
        async with asyncio.timeout(STEP_S), _stalls.watched(key, hostile_runtime):
            await load_in_time(hostile_runtime, key, FunctionCode("hostile.js", source, limit_s))
            hostile = asyncio.create_task(invoke(hostile_runtime, key, "track"))
            await ask_neighbour(hostile_runtime)
            invocation = await hostile
            await ask_neighbour(hostile_runtime)
            following = await served_next(key)
            await hostile_runtime.unload(key)
        if survives:
            assert following.ending == Returned('"next"')
        return invocation

    return attack_with


@pytest.fixture
def ending(attack: Attack) -> Callable[..., Coroutine[Any, Any, Ending]]:
    """How hostile code ends."""

    async def end_of(body: str, **options: Any) -> Ending:
        return (await attack(body, **options)).ending

    return end_of


@pytest.fixture
def load_error(
    hostile_runtime: FunctionRuntime, request: pytest.FixtureRequest
) -> Callable[[str], Coroutine[Any, Any, LoadError | None]]:
    """What comes of loading hostile code while the neighbour is served."""

    async def load(source: str) -> LoadError | None:
        key = request.node.name
        async with asyncio.timeout(STEP_S), _stalls.watched(key, hostile_runtime):
            loading = asyncio.create_task(hostile_runtime.load(key, FunctionCode("hostile.js", source, LIMIT_S)))
            await ask_neighbour(hostile_runtime)
            error = await loading
            await ask_neighbour(hostile_runtime)
        return error

    return load
