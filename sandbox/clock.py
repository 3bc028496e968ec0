"""Time as an object, so that what waits can be tested, and advanced, without waiting.

The sandbox's clock governs what waits: due retries, the window of deduplication, lifetimes of tokens. The real
time governs what touches the world: time limits of requests and functions, `receivedAt`, an SDK's JWT.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol


class Clock(Protocol):
    """Where the sandbox reads the time."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01 UTC, by this clock."""
        ...

    def real_ms(self) -> int:
        """Return milliseconds since 1970-01-01 UTC, by the machine's clock."""
        ...


class RealClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def real_ms(self) -> int:
        """Return the same."""
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that moves only when told to, also where others read the machine's."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01 UTC."""
        return self._now_ms

    def real_ms(self) -> int:
        """Return the same: to whom holds this clock there is no other time."""
        return self._now_ms

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds`."""
        self._now_ms += round(seconds * 1000)


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast the sandbox's clock goes: so many times as fast as the machine's; 0 stands still until advanced."""

    times: float = 1.0

    def __str__(self) -> str:
        return {1.0: "real", 0.0: "manual"}.get(self.times, f"fast:{self.times:g}")


REAL: Final = Rate()
RATE_MAX: Final = 100_000
MODE_PATTERN: Final = r"^(real|manual|fast:[1-9][0-9]{0,4}|fast:100000)$"
MODES_HINT: Final = f"Say real, manual, or fast:N with N from 1 to {RATE_MAX}."
_RATE: Final = re.compile(MODE_PATTERN)


def rate_of(text: str) -> Rate | None:
    """Read `real`, `manual` or `fast:1000`; None when it is none of these."""
    if text in {"real", "manual"}:
        return Rate(1.0 if text == "real" else 0.0)
    return Rate(float(text.removeprefix("fast:"))) if _RATE.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class _Jump:
    """A stretch of time that was skipped."""

    from_ms: int
    to_ms: int


class SandboxClock:
    """The clock of a running sandbox, at the machine's pace, faster, or standing still; it can be advanced."""

    def __init__(self, rate: Rate = REAL, machine: Clock | None = None) -> None:
        """Begin at the time of `machine`, which is the machine's own clock where none is given."""
        self._machine = machine or RealClock()
        self._rate = rate
        self._based_ms = self._at_ms = self._shown_ms = self.real_ms()
        self._jumps: list[_Jump] = []
        self._listeners: list[Callable[[], None]] = []

    @property
    def rate(self) -> Rate:
        """How fast it goes."""
        return self._rate

    def real_ms(self) -> int:
        """Return milliseconds since 1970-01-01 UTC, by the machine's clock."""
        return self._machine.now_ms()

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01 UTC, by this clock; it never goes back, even if the machine's does."""
        now_ms = self._at_ms + round((self.real_ms() - self._based_ms) * self._rate.times)
        self._shown_ms = max(self._shown_ms, now_ms)
        return self._shown_ms

    def advance(self, milliseconds: int) -> None:
        """Skip so many milliseconds; what falls into them is due at once, each at its own time."""
        before = self.now_ms()
        self._based_ms, self._at_ms = self.real_ms(), before + milliseconds
        self._jumps = [*self._jumps[-_JUMPS_KEPT:], _Jump(before, self._at_ms)]
        self._tell()

    def catch_up(self, at_ms: int) -> None:
        """Go on from `at_ms` at least, where an earlier run of the sandbox had come to."""
        if at_ms > self.now_ms():
            self._based_ms, self._at_ms = self.real_ms(), at_ms

    def go(self, rate: Rate) -> None:
        """Go on at another rate from here."""
        self._at_ms, self._based_ms = self.now_ms(), self.real_ms()
        self._rate = rate
        self._tell()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called whenever the clock was advanced or goes at another rate."""
        self._listeners.append(listener)

    def time_of(self, due_ms: int) -> int:
        """Return the time at which something due is done: now, less what was skipped since it was due."""
        skipped = sum(max(0, jump.to_ms - max(due_ms, jump.from_ms)) for jump in self._jumps)
        return self.now_ms() - skipped

    def passed_ms(self, real_ms: float) -> int:
        """Return how much later it is by this clock after something took `real_ms`: not at all where it stands."""
        return round(real_ms) if self._rate.times else 0

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> asyncio.TimerHandle | None:
        """Call back when this clock shows `at_ms`; None where it stands still.

        Who waits asks again after a change of the clock: see `on_change`.
        """
        if not self._rate.times:
            return None
        seconds = max(0, at_ms - self.now_ms()) / 1000 / self._rate.times
        return asyncio.get_running_loop().call_later(seconds, callback)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


_JUMPS_KEPT: Final = 100

_UNITS_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION: Final = re.compile(r"(?:[0-9]{1,9}(?:ms|[smhd]))+")
_PART: Final = re.compile(r"([0-9]+)(ms|[smhd])")
DURATION_MAX_MS: Final = 366 * _UNITS_MS["d"]


def duration_ms(text: str) -> int | None:
    """Read a duration such as `4h`, `90s`, `1h30m` or `250ms`; None when it is none, or longer than a year."""
    if not _DURATION.fullmatch(text):
        return None
    total = sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text))
    return total if total <= DURATION_MAX_MS else None


def iso(at_ms: int) -> str:
    """Write a time as Segment does: ISO 8601, UTC, milliseconds, `Z`.

    Source: the timestamps in segment-docs, Spec: Common fields.
    """
    return f"{_iso_second(at_ms // 1000)}.{at_ms % 1000:03d}Z"


@lru_cache(maxsize=1024)
def _iso_second(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
