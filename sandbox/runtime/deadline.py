"""A time limit that is set for every event and hardly ever reached."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Loop(Protocol):
    """What is needed of the event loop."""

    def time(self) -> float:
        """Return the loop's time, seconds."""
        ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> asyncio.TimerHandle:
        """Call back at a time of the loop's."""
        ...


class Deadline:
    """Calls back when a time has passed, unless it was cleared or set again before.

    The loop's timer is not touched each time: it goes off at the earliest time that was ever asked for, and
    then looks when it really has to. A timer for every event would cost as much as the event's way to the
    worker.
    """

    def __init__(self, overdue: Callable[[], None], loop: Loop) -> None:
        self._overdue = overdue
        self._loop = loop
        self._at: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Call back in so many seconds, and no longer at the time that was set before."""
        self._at = at = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_at(at, self._look)
        elif at < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(at, self._look)

    def clear(self) -> None:
        """Do not call back."""
        self._at = None

    def close(self) -> None:
        """Do not call back, and let go of the loop."""
        self._at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Call back if it is time, or look again when it is."""
        self._timer = None
        if self._at is None:
            return
        if self._loop.time() < self._at:
            self._timer = self._loop.call_at(self._at, self._look)
            return
        self._at = None
        self._overdue()
