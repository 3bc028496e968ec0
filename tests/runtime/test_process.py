"""What a worker says is untrusted; a worker that says what it may not is ended."""

import asyncio
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.errors import CannotStartError
from sandbox.runtime import Crashed, FunctionCode, FunctionRuntime, Returned, TimedOut
from sandbox.runtime.frames import frame
from sandbox.runtime.invocation import Invocation, Order
from sandbox.runtime.process import WorkerProcess
from tests.runtime.forger import RETURNED

FORGER = Path(__file__).with_name("forger.py")


HONEST = {"two endings", "in single bytes", "a frame beyond the buffer", "module scope in an event"}
"""What does not end the worker, or not at once."""


async def outcome_of(lie: str, sender: Any) -> Any:
    """Have a lying worker answer one event; return the ending."""
    return (await invocation_of(lie, sender)).ending


async def invocation_of(lie: str, sender: Any) -> Invocation:
    """Have a lying worker answer one event."""
    command = (sys.executable, "-I", "-S", str(FORGER), lie)
    worker = await WorkerProcess.start(command)
    code = FunctionCode("f.js", "", timeout_s=20)
    assert await worker.load(code, ManualClock()) is None
    try:
        return await worker.invoke(code, Order("event", b"{}", b"{}"), sender, ManualClock())
    finally:
        assert not worker.usable or lie in HONEST or lie == "answer, then exit"
        await worker.end()
        assert worker.gone


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ("no json", "JSONDecodeError"),
        ("no list", ""),
        ("unknown kind", "KeyError: 'shutdown'"),
        ("missing field", "KeyError: 'level'"),
        ("wrong type", "value is no text"),
        ("another event", "a message of no event that is under way"),
        ("loaded again", "an answer to nothing"),
        ("endless frame", "a frame of 4294967295 bytes"),
        ("flood of logs", "more log output than the kernel lets through"),
        ("flood of requests", "more than 10000 requests"),
        ("bad header", "a header is no pair of texts"),
        ("body not base64", ""),
    ],
)
async def test_a_lying_worker_is_ended(sender: Any, lie: str, why: str) -> None:
    """A frame that is not as it should be ends the worker, and its event as crashed."""
    ending = await outcome_of(lie, sender)
    assert isinstance(ending, Crashed)
    assert ending.detail.startswith("The function's process broke the protocol: ")
    assert why in ending.detail


async def test_a_second_ending_does_not_count(sender: Any) -> None:
    """The first ending is the ending; the worker is not used again."""
    ending = await outcome_of("two endings", sender)
    assert not isinstance(ending, Crashed)


@pytest.mark.parametrize("lie", ["silent exit", "half a frame, then exit"])
async def test_a_worker_that_leaves_is_a_crash(sender: Any, lie: str) -> None:
    """A process that ends without a whole answer is told with its exit status."""
    assert await outcome_of(lie, sender) == Crashed("The function's process ended with exit status 3.")


@pytest.mark.parametrize(
    "lie", ["answer, then memory", "answer, then exit", "in single bytes", "a frame beyond the buffer"]
)
async def test_an_answer_that_is_whole_counts(sender: Any, lie: str) -> None:
    """In whatever pieces it comes, and whatever becomes of the worker behind it."""
    assert await outcome_of(lie, sender) == Returned(None)


async def test_what_is_longer_than_the_buffer_arrives_whole(sender: Any) -> None:
    """It takes several reads."""
    (line,) = (await invocation_of("a frame beyond the buffer", sender)).logs
    assert line.text == "x" * 200_000


async def test_a_line_of_module_scope_belongs_to_the_first_event(sender: Any) -> None:
    """Also when it comes while that is under way."""
    (line,) = (await invocation_of("module scope in an event", sender)).logs
    assert line.text == "late"


async def test_module_scope_says_nothing_after_the_first_event(sender: Any) -> None:
    """The worker is ended; the event's answer stands."""
    worker, event = await silent_event(sender)
    hear(worker, RETURNED)
    assert (await event).ending == Returned(None)
    hear(worker, b'[{"kind":"log","invocation":0,"level":"log","text":"late"}]')
    assert not worker.usable
    await worker.end()


async def silent_event(sender: Any) -> tuple[WorkerProcess, "asyncio.Task[Invocation]"]:
    """Begin an event in a worker that says nothing by itself."""
    worker = await WorkerProcess.start((sys.executable, "-I", "-S", str(FORGER), "silence"))
    code = FunctionCode("f.js", "", timeout_s=600)
    assert await worker.load(code, ManualClock()) is None
    event = asyncio.create_task(worker.invoke(code, Order("event", b"{}", b"{}"), sender, ManualClock()))
    await asyncio.sleep(0)
    return worker, event


def hear(worker: WorkerProcess, payload: bytes) -> None:
    """Have the worker's side say something now, in this turn of the loop."""
    said = frame(payload)
    worker.get_buffer(-1)[: len(said)] = said
    worker.buffer_updated(len(said))


async def test_an_answer_before_the_deadline_in_the_same_turn_counts(sender: Any) -> None:
    """The time that passes until the event is looked at again is not its own."""
    worker, event = await silent_event(sender)
    hear(worker, RETURNED)
    worker._overdue()
    assert (await event).ending == Returned(None)
    assert worker.usable
    await worker.end()


async def test_an_answer_behind_the_deadline_in_the_same_turn_is_late(sender: Any) -> None:
    """It is a timeout, nothing else, and the worker is not used again."""
    worker, event = await silent_event(sender)
    worker._overdue()
    hear(worker, RETURNED)
    assert (await event).ending == TimedOut(600)
    assert not worker.usable
    await worker.end()


async def test_a_worker_leaves_when_the_server_has_gone(sender: Any) -> None:
    """A worker whose socket is closed ends by itself, even in an endless loop."""
    worker = await WorkerProcess.start()
    code = FunctionCode("f.js", "function onTrack() { while (true) {} }", timeout_s=30)
    await worker.load(code, ManualClock())
    event = asyncio.ensure_future(
        worker.invoke(code, Order("event", b'{"type":"track"}', b"{}"), sender, ManualClock())
    )
    await asyncio.sleep(0)
    assert worker._transport is not None
    worker._transport.close()
    assert (await event).ending == Crashed("The function's process ended with exit status 0.")
    await worker.end()


async def test_a_worker_that_does_not_start_is_told_in_a_sentence(shared_sender: Any) -> None:
    """When no worker can start, start() says so instead of the first event."""
    runtime = FunctionRuntime(
        shared_sender,
        ManualClock(),
        start_worker=partial(WorkerProcess.start, (sys.executable, "-c", "raise SystemExit('no V8 here')")),
    )
    with pytest.raises(CannotStartError, match=r"No process for functions starts: .* no V8 here"):
        await runtime.start()
    await runtime.close()


async def test_an_answer_that_came_while_the_loop_was_held_up_counts() -> None:
    """As on a laptop that slept: the time limit is over when the loop goes on, and the answer is there."""
    worker = await WorkerProcess.start()
    loading = asyncio.create_task(worker.load(FunctionCode("f.js", "function onTrack() {}", 0.5), ManualClock()))
    await asyncio.sleep(0)
    time.sleep(3)  # noqa: ASYNC251 - this is what holds the loop up
    assert await loading is None
    assert worker.handlers == {"onTrack"}
    await worker.end()
