"""What Segment tries again and when, as values."""

import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Final

RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
"""The statuses of a subscription's answer after which Segment tries again.

501 is not among them: it says that the type of call is not supported, which no retry changes.
Source: segmentio/integration, the base of Segment's own destinations; segment-docs, Subscriptions FAQ.
"""

_DRAW_BITS: Final = 64
_DRAWS: Final = float(2**_DRAW_BITS)


def is_retried(status: int | None) -> bool:
    """Tell whether Segment tries again after this answer; `None` stands for no answer at all."""
    return status is None or status in RETRIED_STATUSES


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the next attempt is.

    Attributes:
        waits_s: the seconds before the second attempt, the third and so on, before jitter.
        spread: how far jitter goes; 0.5 makes each wait half to one and a half times as long.
        within_s: no attempt begins later than so many seconds after the first one.
        longest_s: no wait is longer than so many seconds, whatever the jitter.
    """

    waits_s: tuple[float, ...]
    spread: float
    within_s: float = math.inf
    longest_s: float = math.inf

    @property
    def attempts(self) -> int:
        """How many attempts there are at most."""
        return len(self.waits_s) + 1

    def wait_s(self, made: int, draw: float) -> float | None:
        """Return the seconds to wait after `made` attempts, or None when there is none to come.

        Args:
            made: attempts that were made, at least one.
            draw: the jitter, from 0 to 1.
        """
        if made > len(self.waits_s):
            return None
        return min(self.waits_s[made - 1] * (1 - self.spread + 2 * self.spread * draw), self.longest_s)

    def next_ms(self, made: int, draw: float, *, begun_ms: int, ended_ms: int, asked_s: float = 0.0) -> int | None:
        """Return when the next attempt is due, or None when there is none to come.

        A wait that the answer asked for wins over a shorter one of the schedule; what would come after the end of
        the schedule comes at its end, once.

        Args:
            made: attempts that were made, at least one.
            draw: the jitter, from 0 to 1.
            begun_ms: when the first attempt began.
            ended_ms: when the last one was over.
            asked_s: what `Retry-After` asked for, in seconds.
        """
        wait_s = self.wait_s(made, draw)
        end_ms = begun_ms + self.within_s * 1000
        if wait_s is None or ended_ms >= end_ms:
            return None
        return round(min(ended_ms + max(wait_s, asked_s) * 1000, end_ms))


SUBSCRIPTION: Final = Schedule((30, 60, 120, 240, 480, 960, 1920, 3840, 6000), spread=0.5, within_s=4 * 3600)
"""Ten attempts over four hours, for components, destination functions and insert functions.

The number and the four hours are published, the waits are not: these double from half a minute.
Source: segment-docs, Subscriptions FAQ (nine retries over four hours); Destinations, Retries (randomised
exponential backoff).
"""

SOURCE_FUNCTION: Final = Schedule((120, 240, 480, 960, 1920), spread=0.5, longest_s=20 * 60)
"""Six attempts; the first wait is one to three minutes, then they grow, and are never longer than twenty.

That they grow exponentially is published, by how much is not: these double.

Source: segment-docs, Source functions, FAQs.
"""


def asked_s(retry_after: str | None, date: str | None) -> float | None:
    """Return the seconds that a `Retry-After` asks to wait; None when it asks for nothing that can be read.

    Args:
        retry_after: seconds, or a date as HTTP writes it.
        date: the answer's own `Date`, from which a date is counted.
    """
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        seconds = float(retry_after)
        return seconds if math.isfinite(seconds) else None
    try:
        then, now = parsedate_to_datetime(retry_after), parsedate_to_datetime(date or "")
        return max(0.0, float((then - now).total_seconds()))
    except (TypeError, ValueError):
        return None


def jitter(seed: int, slug: str, what: str, number: int) -> float:
    """Draw a number from 0 to 1 that is the same whenever the same attempt of the same thing is made.

    Args:
        seed: another one makes another draw.
        slug: the destination's, or the source function's.
        what: the message's id, or the call's number.
        number: of the attempt.
    """
    text = f"{seed}\n{slug}\n{what}\n{number}".encode()
    drawn = int.from_bytes(blake2b(text, digest_size=_DRAW_BITS // 8).digest())
    return drawn / _DRAWS
