"""A time limit that is set for every event costs no timer for every event."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from sandbox.runtime.deadline import Deadline


class _Loop:
    """An event loop's clock and timers, moved by hand."""

    def __init__(self, real: asyncio.AbstractEventLoop) -> None:
        self._real = real
        self._now = 0.0
        self.timers: list[tuple[asyncio.TimerHandle, Callable[[], object]]] = []

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, (), self._real)
        self.timers.append((timer, callback))
        return timer

    def advance_to(self, now: float) -> None:
        """Move on, and call back whoever asked for it until then."""
        self._now = now
        while due := [each for each in self.timers if each[0].when() <= now or each[0].cancelled()]:
            self.timers.remove(due[0])
            if not due[0][0].cancelled():
                due[0][1]()


@pytest.fixture
def loop() -> Iterator[_Loop]:
    """Return a loop at 0 seconds."""
    real = asyncio.new_event_loop()
    yield _Loop(real)
    real.close()


@pytest.fixture
def called() -> list[str]:
    """Return what was called."""
    return []


@pytest.fixture
def deadline(loop: _Loop, called: list[str]) -> Deadline:
    """Return a deadline that notes when it calls."""
    return Deadline(lambda: called.append(f"at {loop.time():g}"), loop)


def test_it_calls_back_once_when_the_time_has_passed(loop: _Loop, called: list[str], deadline: Deadline) -> None:
    """Not before, and not again."""
    deadline.set(5)
    loop.advance_to(4.9)
    assert called == []
    loop.advance_to(5)
    loop.advance_to(50)
    assert called == ["at 5"]


def test_what_is_cleared_is_never_called(loop: _Loop, called: list[str], deadline: Deadline) -> None:
    """An event that has ended in time is over."""
    deadline.set(5)
    deadline.clear()
    loop.advance_to(50)
    assert called == []


def test_the_time_set_last_counts(loop: _Loop, called: list[str], deadline: Deadline) -> None:
    """The timer of an earlier event does not end a later one."""
    deadline.set(5)
    loop.advance_to(4)
    deadline.clear()
    deadline.set(5)
    loop.advance_to(8.9)
    assert called == []
    loop.advance_to(9)
    assert called == ["at 9"]


def test_a_shorter_time_is_not_missed(loop: _Loop, called: list[str], deadline: Deadline) -> None:
    """The limit can be another one for new code."""
    deadline.set(60)
    deadline.set(1)
    loop.advance_to(1)
    assert called == ["at 1"]


def test_many_events_share_one_timer(loop: _Loop, deadline: Deadline) -> None:
    """That is what it is for."""
    for _ in range(100):
        deadline.set(5)
        deadline.clear()
    assert len(loop.timers) == 1


def test_closed_it_leaves_no_timer(loop: _Loop, called: list[str], deadline: Deadline) -> None:
    """The loop holds nothing of a worker that has gone."""
    deadline.set(5)
    deadline.close()
    assert all(timer.cancelled() for timer, _ in loop.timers)
    loop.advance_to(50)
    assert called == []
