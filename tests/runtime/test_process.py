"""What a worker says is untrusted; a worker that says what it may not is ended."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.errors import CannotStartError
from sandbox.runtime import Crashed, FunctionCode, FunctionRuntime
from sandbox.runtime.invocation import Order
from sandbox.runtime.process import WorkerProcess

FORGER = Path(__file__).with_name("forger.py")


async def outcome_of(lie: str, sender: Any) -> Any:
    """Have a lying worker answer one event."""
    command = (sys.executable, "-I", "-S", str(FORGER), lie)
    worker = await WorkerProcess.start(command)
    code = FunctionCode("f.js", "", timeout_s=20)
    assert await worker.load(code) is None
    try:
        return (await worker.invoke(code, Order("event", b"{}", b"{}"), sender, ManualClock())).ending
    finally:
        assert not worker.usable or lie == "two endings"
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


async def test_a_worker_that_leaves_is_a_crash(sender: Any) -> None:
    """A process that ends without an answer is told with its exit status."""
    assert await outcome_of("silent exit", sender) == Crashed("The function's process ended with exit status 3.")


async def test_a_worker_leaves_when_the_server_has_gone(sender: Any) -> None:
    """A worker whose socket is closed ends by itself, even in an endless loop."""
    worker = await WorkerProcess.start()
    code = FunctionCode("f.js", "function onTrack() { while (true) {} }", timeout_s=30)
    await worker.load(code)
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
