"""Workers are shared out first come, first served, and replaced without losing an event."""

import asyncio
import itertools
import json
from dataclasses import dataclass
from typing import Any, cast

import pytest

from sandbox.clock import ManualClock
from sandbox.runtime import Crashed, FunctionCode, FunctionRuntime, Invocation, Returned, TimedOut
from sandbox.runtime.invocation import DEFAULT_MEMORY_MB
from sandbox.runtime.pool import Reserve
from sandbox.runtime.process import WorkerProcess

TRACK = b'{"type":"track"}'
PAGE = b'{"type":"page"}'
STUBBORN = "function onTrack() { while (true) {} } function onPage() {}"
HOLD = "https://held.test/"


def version(number: int) -> FunctionCode:
    return FunctionCode("f.js", f"function onTrack() {{ return {number} }}")


async def test_a_swap_under_load_loses_nothing(runtime: FunctionRuntime) -> None:
    """While code is replaced again and again, every event ends, on the old code or on the new."""
    await runtime.load("swapped", version(0))
    endings: list[Any] = []
    stop = asyncio.Event()

    async def traffic() -> None:
        while not stop.is_set():
            endings.append((await runtime.invoke("swapped", TRACK, b"{}")).ending)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(traffic())
        for number in range(1, 6):
            assert await runtime.load("swapped", version(number)) is None
            assert (await runtime.invoke("swapped", TRACK, b"{}")).ending == Returned(str(number))
        stop.set()
    await runtime.unload("swapped")
    versions = [int(ending.value_json) for ending in endings]
    assert len(versions) > 20
    assert set(versions) <= set(range(6))


@dataclass(eq=False)
class Started:
    """Stands for a worker process."""

    usable: bool = True
    gone: bool = False

    async def end(self) -> None:
        """End, as a process does."""
        self.usable = False


async def test_the_next_in_reserve_starts_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not beside the one that is waited for, at once for who comes next, else by itself; a close starts none."""
    started: asyncio.Queue[WorkerProcess] = asyncio.Queue()
    count = itertools.count()

    async def start(*, memory_mb: int) -> WorkerProcess:
        assert memory_mb == DEFAULT_MEMORY_MB
        worker = cast("WorkerProcess", Started())
        next(count)
        started.put_nowait(worker)
        return worker

    monkeypatch.setattr("sandbox.runtime.pool.SPARE_AFTER_S", 60)
    reserve = Reserve(start)
    await reserve.fill()
    first = await reserve.take()
    assert first is started.get_nowait()
    await asyncio.sleep(0)
    assert started.empty()
    both = await asyncio.gather(reserve.take(), reserve.take())
    assert [*both] == [started.get_nowait(), started.get_nowait()]
    monkeypatch.setattr("sandbox.runtime.pool.SPARE_AFTER_S", 0)
    await reserve.take()
    await started.get()
    spare = await started.get()
    monkeypatch.setattr("sandbox.runtime.pool.SPARE_AFTER_S", 60)
    assert await reserve.take() is spare
    await reserve.close()
    assert (next(count), started.empty(), first.usable) == (5, True, False)


async def test_events_are_taken_in_their_order(runtime: FunctionRuntime) -> None:
    """Events that wait for a worker are begun in the order in which they came."""
    code = "let n = 0; async function onTrack(e) { n += 1; await null; return [e.i, n] }"
    single = FunctionRuntime(runtime._sender, ManualClock(), max_workers=1)
    await single.start()
    await single.load("ordered", FunctionCode("f.js", code))
    events = [single.invoke("ordered", b'{"type":"track","i":%d}' % i, b"{}") for i in range(20)]
    invocations = await asyncio.gather(*events)
    await single.close()
    assert [json.loads(value_of(invocation)) for invocation in invocations] == [[i, i + 1] for i in range(20)]


def value_of(invocation: Invocation) -> str:
    """Return the callback return."""
    assert isinstance(invocation.ending, Returned)
    assert invocation.ending.value_json is not None
    return invocation.ending.value_json


async def test_serial_events_meet_the_same_worker(runtime: FunctionRuntime) -> None:
    """The worker that was idle last is taken first, so that what it keeps is met again."""
    await runtime.load("serial", FunctionCode("f.js", "let n = 0; function onTrack() { return ++n }"))
    first = [await runtime.invoke("serial", TRACK, b"{}") for _ in range(5)]
    await asyncio.gather(*(runtime.invoke("serial", TRACK, b"{}") for _ in range(4)))
    await runtime.unload("serial")
    assert [value_of(invocation) for invocation in first] == ["1", "2", "3", "4", "5"]


async def test_two_events_run_at_once_but_not_three(runtime: FunctionRuntime, sender: Any) -> None:
    """A function has at most as many workers as it may; a third event waits."""
    sender.held[HOLD] = asyncio.Event()
    await runtime.load(
        "full", FunctionCode("f.js", f"async function onTrack() {{ await fetch('{HOLD}').catch(() => 0) }}")
    )
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(runtime.invoke("full", TRACK, b"{}")) for _ in range(3)]
        while len(sender.requests) < 2:
            sender.asked.clear()
            await sender.asked.wait()
        assert len(sender.requests) == 2
        sender.held[HOLD].set()
    await runtime.unload("full")
    assert all(task.result().exchanges for task in running)


async def test_new_code_does_not_wait_for_events_on_the_old(runtime: FunctionRuntime, sender: Any) -> None:
    """Events stuck on the old code keep their workers, not those of the new code."""
    sender.held[HOLD] = asyncio.Event()
    stuck = FunctionCode("f.js", f"async function onTrack() {{ await fetch('{HOLD}').catch(() => 0); return 'old' }}")
    await runtime.load("replaced", stuck)
    async with asyncio.TaskGroup() as tasks:
        old = [tasks.create_task(runtime.invoke("replaced", TRACK, b"{}")) for _ in range(2)]
        while len(sender.requests) < 2:
            sender.asked.clear()
            await sender.asked.wait()
        await runtime.load("replaced", version(1))
        assert (await runtime.invoke("replaced", TRACK, b"{}")).ending == Returned("1")
        sender.held[HOLD].set()
    await runtime.unload("replaced")
    assert [task.result().ending for task in old] == [Returned('"old"')] * 2


async def test_functions_do_not_see_each_other(runtime: FunctionRuntime) -> None:
    """Two functions share neither scope nor state."""
    await runtime.load("one", FunctionCode("f.js", "shared = 1; function onTrack() { return typeof shared }"))
    await runtime.load("two", FunctionCode("f.js", "function onTrack() { return typeof shared }"))
    assert (await runtime.invoke("two", TRACK, b"{}")).ending == Returned('"undefined"')
    await runtime.unload("one")
    await runtime.unload("two")


async def test_a_worker_that_cannot_be_started_is_a_crash_of_its_event(shared_sender: Any) -> None:
    """When the machine has no process left, the event says so, and a later one tries again."""
    commands = itertools.chain([None, None, ("/no/such/program",)], itertools.repeat(None))

    async def start(*, memory_mb: int) -> WorkerProcess:
        command = next(commands)
        if command is None:
            return await WorkerProcess.start(memory_mb=memory_mb)
        return await WorkerProcess.start(command, memory_mb=memory_mb)

    runtime = FunctionRuntime(shared_sender, ManualClock(), start_worker=start)
    await runtime.start()
    await runtime.load("started", FunctionCode("f.js", STUBBORN, timeout_s=2))
    endings = [(await runtime.invoke("started", event, b"{}")).ending for event in [TRACK, TRACK, TRACK, PAGE]]
    await runtime.close()
    assert [type(ending) for ending in endings] == [TimedOut, TimedOut, Crashed, Returned]
    assert endings[2] == Crashed(
        "No process for functions starts: [Errno 2] No such file or directory: '/no/such/program'."
    )


async def test_a_key_that_is_not_loaded_is_a_key_error(runtime: FunctionRuntime) -> None:
    """Neither an unknown key nor one that was unloaded can be run."""
    with pytest.raises(KeyError):
        await runtime.invoke("unknown", TRACK, b"{}")
    await runtime.load("gone", version(1))
    await runtime.unload("gone")
    with pytest.raises(KeyError):
        await runtime.invoke("gone", TRACK, b"{}")


async def test_an_event_that_waits_when_its_function_goes_is_a_key_error(
    runtime: FunctionRuntime, sender: Any
) -> None:
    """Unloading ends the wait of events that have not begun; those under way come to their end."""
    sender.held[HOLD] = asyncio.Event()
    await runtime.load(
        "going", FunctionCode("f.js", f"async function onTrack() {{ await fetch('{HOLD}').catch(() => 0) }}")
    )
    running = [asyncio.ensure_future(runtime.invoke("going", TRACK, b"{}")) for _ in range(3)]
    while len(sender.requests) < 2:
        sender.asked.clear()
        await sender.asked.wait()
    await runtime.unload("going")
    sender.held[HOLD].set()
    results = await asyncio.gather(*running, return_exceptions=True)
    assert [type(result) for result in results] == [Invocation, Invocation, KeyError]


async def test_a_cancelled_event_takes_its_worker_along(runtime: FunctionRuntime, sender: Any) -> None:
    """A worker whose event is given up is not used again; the next event runs all the same."""
    sender.held[HOLD] = asyncio.Event()
    code = f"async function onTrack() {{ await fetch('{HOLD}') }} function onPage() {{ return 1 }}"
    await runtime.load("cancelled", FunctionCode("f.js", code))
    event = asyncio.ensure_future(runtime.invoke("cancelled", TRACK, b"{}"))
    await sender.asked.wait()
    event.cancel()
    await asyncio.wait([event])
    assert event.cancelled()
    assert (await runtime.invoke("cancelled", b'{"type":"page"}', b"{}")).ending == Returned("1")
    await runtime.unload("cancelled")
