"""What running a partner's function costs, from one event to a quarter of a million."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import aiohttp

from benchmarks.calls import event_body
from benchmarks.processes import Server, helper
from benchmarks.rows import Row
from sandbox.clock import RealClock
from sandbox.outbound import Outbound
from sandbox.runtime import FunctionCode, FunctionRuntime, Invocation, Returned
from sandbox.runtime.invocation import Order
from sandbox.runtime.pool import Reserve
from sandbox.runtime.process import WorkerProcess

EVENTS: Final = 5_000
QUICK_EVENTS: Final = 1_000
WARM_UP: Final = 500
"""Events before the measured ones, after which V8 has compiled what is hot."""
ROUNDS: Final = 5
STARTS: Final = 11
QUICK_STARTS: Final = 5
MANY_EVENTS: Final = 250_000
QUICK_MANY_EVENTS: Final = 20_000
SWAPS: Final = 20
SWAP_S: Final = 0.1
SETTLE_S: Final = 2.0
"""After which workers have started and let go of what they needed only for that, seconds."""
AT_ONCE: Final = 4
KEY: Final = "bench"
SETTINGS: Final = b'{"apiKey":"local-api-key"}'
PLAIN: Final = FunctionCode("function.js", "async function onTrack(event, settings) { return event.event }\n")
BATCH: Final = 100
BATCHED: Final = FunctionCode(
    "function.js",
    "async function onTrack() {}\nasync function onBatch(events) { return events.map(() => ({ status: 200 })) }\n",
    kind="destination",
)
SMALL_EVENT: Final = b'{"type":"track","event":"Ping","userId":"u"}'
_ECHO: Final = (
    "import sys\nfor line in sys.stdin.buffer:\n    sys.stdout.buffer.write(line)\n    sys.stdout.buffer.flush()\n"
)

Once = Callable[[], Awaitable[object]]


def functions(*, quick: bool) -> list[Row]:
    """Measure the worker protocol, fetch, starts, swaps and memory."""
    return asyncio.run(_measured(quick=quick))


async def _measured(*, quick: bool) -> list[Row]:
    events = QUICK_EVENTS if quick else EVENTS
    starts = QUICK_STARTS if quick else STARTS
    return [
        *await _overhead(events),
        await _throughput(events, workers=1, target=4_000),
        await _throughput(events, workers=2, target=7_000),
        await _fetch(events // 4),
        await _batch(events // 4),
        await _cold(starts),
        await _spare(starts),
        await _swaps(),
        *await _memory(QUICK_MANY_EVENTS if quick else MANY_EVENTS),
    ]


class _Runtime:
    """A runtime with one function, for the length of a `with`."""

    def __init__(self, code: FunctionCode, *, max_workers: int = 1) -> None:
        self._clock = RealClock()
        self._code = code
        self._outbound = Outbound(self._clock, offline=True)
        self.runtime = FunctionRuntime(self._outbound, self._clock, max_workers=max_workers)

    async def __aenter__(self) -> FunctionRuntime:
        await self._outbound.__aenter__()
        await self.runtime.start()
        assert await self.runtime.load(KEY, self._code) is None
        return self.runtime

    async def __aexit__(self, *_: object) -> None:
        await self.runtime.close()
        await self._outbound.__aexit__(None, None, None)


def _invoker(runtime: FunctionRuntime, event: bytes = SMALL_EVENT) -> Once:
    async def invoke() -> Invocation:
        invocation = await runtime.invoke(KEY, event, SETTINGS)
        assert isinstance(invocation.ending, Returned), invocation
        return invocation

    return invoke


async def _times(once: Once, count: int) -> list[float]:
    """Return how long each of so many runs took, one after the other, in ms."""
    for _ in range(min(WARM_UP, count)):
        await once()
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        await once()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _p99(taken: list[float]) -> float:
    return quantiles(taken, n=100)[98]


async def _overhead(events: int) -> list[Row]:
    """Measure one event at a time, with nothing to do for the handler, beside an echo through a pipe."""
    async with _Runtime(PLAIN) as runtime:
        ours = await _times(_invoker(runtime, event_body()), events)
    theirs = await _echo_times(events)
    return [
        _overhead_row("p50", median(ours), median(theirs), 0.3),
        _overhead_row("p99", _p99(ours), _p99(theirs), 1.0),
    ]


def _overhead_row(name: str, ours: float, theirs: float, target_ms: float) -> Row:
    return Row(
        f"event through a worker, {name}",
        f"{ours:.3f} ms",
        f"{theirs:.3f} ms, echo through a pipe",
        ours / theirs,
        f"<= {target_ms:g} ms",
        ours <= target_ms,
    )


async def _echo_times(count: int) -> list[float]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _ECHO, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    to, back, line = process.stdin, process.stdout, event_body() + b"\n"

    async def ask() -> None:
        to.write(line)
        await back.readline()

    try:
        return await _times(ask, count)
    finally:
        process.terminate()
        await process.wait()


async def _throughput(events: int, *, workers: int, target: int) -> Row:
    """Measure events a second with one in flight in each worker."""
    async with _Runtime(PLAIN, max_workers=workers) as runtime:
        invoke = _invoker(runtime)
        await _together(invoke, WARM_UP, workers)
        rate = median([await _together(invoke, events, workers) for _ in range(ROUNDS)])
    return Row(
        f"events/s, {workers} worker{'s' if workers > 1 else ''}",
        f"{rate:,.0f} events/s",
        "-",
        None,
        f">= {target:,} /s",
        rate >= target,
    )


async def _together(once: Once, count: int, at_once: int) -> float:
    """Return how many runs a second end, with so many under way all the time."""
    left = iter(range(count))

    async def again_and_again() -> None:
        for _ in left:
            await once()

    began = time.perf_counter()
    await asyncio.gather(*(again_and_again() for _ in range(at_once)))
    return count / (time.perf_counter() - began)


async def _fetch(events: int) -> Row:
    """Measure what a fetch adds to an event, beside the same request by aiohttp alone.

    Each has a connection of its own, because node-fetch asks for that, as it does at Segment.
    """
    with helper("sink") as sink:
        theirs = median(await _aiohttp_times(sink, events))
        ours = median(await _invoke_times(_fetching(sink), events))
    nothing = median(await _invoke_times(PLAIN, events))
    added = ours - nothing - theirs
    return Row(
        "one fetch over plain aiohttp",
        f"{added:.2f} ms more",
        f"{theirs:.2f} ms, plain aiohttp",
        None,
        "<= 1.2 ms more",
        added <= 1.2,
        note=f"{ours:.2f} ms with the event, which takes {nothing:.2f} ms without a fetch",
    )


def _fetching(sink: Server) -> FunctionCode:
    body = f"const response = await fetch('{sink.url('/')}'); return response.text()"
    return FunctionCode("function.js", f"async function onTrack() {{ {body} }}\n")


async def _invoke_times(code: FunctionCode, events: int) -> list[float]:
    async with _Runtime(code) as runtime:
        return await _times(_invoker(runtime), events)


async def _aiohttp_times(sink: Server, count: int) -> list[float]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:

        async def ask() -> None:
            async with session.get(sink.url("/")) as response:
                await response.read()

        return await _times(ask, count)


async def _batch(events: int) -> Row:
    """Measure a batch of a hundred, each with its status, beside one event."""
    batch = b"[%b]" % b",".join([event_body()] * BATCH)
    async with _Runtime(BATCHED) as runtime:

        async def invoke_batch() -> None:
            invocation = await runtime.invoke_batch(KEY, batch, SETTINGS)
            assert isinstance(invocation.ending, Returned), invocation

        ours = median(await _times(invoke_batch, events))
        one = median(await _times(_invoker(runtime, event_body()), events))
    return Row(
        f"onBatch of {BATCH}",
        f"{ours:.2f} ms",
        f"{one:.2f} ms, one event",
        ours / one,
        "<= 1 ms",
        ours <= 1,
    )


async def _cold(starts: int) -> Row:
    """Measure the start of a worker, beside the start of a Python that does nothing."""
    workers: list[WorkerProcess] = []
    ours, theirs = [], []
    for _ in range(starts):
        ours.append(await _taken(lambda: _start(workers)))
        theirs.append(await _taken(_bare_python))
    await asyncio.gather(*(worker.end() for worker in workers))
    return Row(
        "cold worker ready",
        f"{median(ours):.0f} ms",
        f"{median(theirs):.0f} ms, bare Python",
        median(ours) / median(theirs),
        "<= 200 ms",
        median(ours) <= 200,
    )


async def _start(workers: list[WorkerProcess]) -> None:
    workers.append(await WorkerProcess.start())


async def _bare_python() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", "-c", "pass")
    await process.wait()


async def _taken(once: Once) -> float:
    began = time.perf_counter()
    await once()
    return (time.perf_counter() - began) * 1000


async def _spare(starts: int) -> Row:
    """Measure how soon a worker in reserve serves, while the next one starts beside it."""
    clock = RealClock()
    reserve = Reserve(WorkerProcess.start)
    async with Outbound(clock, offline=True) as outbound:

        async def serve() -> None:
            worker = await reserve.take()
            assert await worker.load(PLAIN, clock) is None
            await worker.invoke(PLAIN, Order("event", SMALL_EVENT, SETTINGS), outbound, clock)

        taken = []
        for _ in range(starts):
            await reserve.fill()
            taken.append(await _taken(serve))
        await reserve.close()
    return Row("spare worker has served", f"{median(taken):.1f} ms", "-", None, "<= 20 ms", median(taken) <= 20)


async def _swaps() -> Row:
    """Replace the code again and again while events run, and count those that did not end as they should."""
    endings: list[bool] = []
    over = asyncio.Event()

    async def again_and_again(runtime: FunctionRuntime) -> None:
        while not over.is_set():
            invocation = await runtime.invoke(KEY, SMALL_EVENT, SETTINGS)
            endings.append(isinstance(invocation.ending, Returned))

    async with _Runtime(PLAIN, max_workers=2) as runtime, asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(again_and_again(runtime))
        for version in range(SWAPS):
            code = f"async function onTrack() {{ return {version} }}\n"
            assert await runtime.load(KEY, FunctionCode("function.js", code)) is None
            await asyncio.sleep(SWAP_S)
        over.set()
    lost = endings.count(False)
    return Row(
        f"lost in {SWAPS} swaps under load",
        f"{lost} of {len(endings):,} events",
        "-",
        None,
        "none",
        lost == 0,
    )


async def _memory(events: int) -> list[Row]:
    """Weigh a worker that has done nothing, and one that has served so many events."""
    async with _Runtime(PLAIN) as runtime:
        await asyncio.sleep(SETTLE_S)  # until the spare is there: a lone worker counts V8's code as its own
        idle = max(_private_mib(pid) for pid in runtime.process_ids())
        invoke = _invoker(runtime)
        await _together(invoke, events, 1)
        busiest = max(_private_mib(pid) for pid in runtime.process_ids())
    return [
        Row("idle worker, private memory", f"{idle:.1f} MiB", "-", None, "<= 35 MiB", idle <= 35),
        Row(
            f"worker after {events:,} events",
            f"{busiest:.1f} MiB",
            f"{idle:.1f} MiB, idle",
            busiest / idle,
            "<= 64 MiB",
            busiest <= 64,
        ),
    ]


def _private_mib(pid: int) -> float:
    """Return the memory that a process shares with no other, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024
