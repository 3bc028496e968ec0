"""What came in and what became of it since the start, counted by the writer as it commits.

The tables cannot tell: they forget the oldest, and what is reset.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from operator import itemgetter
from threading import Lock
from typing import Any, Final

from sandbox.journal.entries import Finished
from sandbox.outcomes import DeliveryState
from sandbox.spec import MessageType

DURATION_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Up to the limit of a webhook."""

LATENCY_BOUNDS_S: Final = (0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0)
"""Up to the four hours of the retries."""

NOBODYS: Final = "UNKNOWN_INTEGRATION"
"""The reason of a delivery to a destination that there is not."""

_TYPES: Final = frozenset(MessageType)
_OF_MESSAGE: Final = itemgetter(1, 2, 6, 7)
"""Source, type, state and reason of a row of the table `messages`."""
_OF_DELIVERY: Final = itemgetter(2, 3, 4)
"""Destination, state and reason of a row of the table `deliveries`."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts since the start, by what they are told apart by; nothing a client makes up is among that.

    Attributes:
        messages: by source, type, state and reason; the type is None where it is none of the Spec's.
        deliveries: that are over, by destination, state and reason; the destination is None where it is only a name
            that an integrations object has.
        attempts: by destination, what they led to, and code, of which a status shows its class, as `5xx`.
        refused: requests turned away at the door, by status.
        durations: attempts by destination and the first of `DURATION_BOUNDS_S` that they kept to; behind the
            last comes what took longer.
        duration_s: how long they took together, by destination.
        latencies: successful deliveries from the message's arrival to their end, by `LATENCY_BOUNDS_S` likewise.
        latency_s: how long those took together, by destination.
    """

    messages: Counter[tuple[str | None, str | None, str, str | None]] = field(default_factory=Counter)
    deliveries: Counter[tuple[str | None, str, str | None]] = field(default_factory=Counter)
    attempts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    durations: Counter[tuple[str, int]] = field(default_factory=Counter)
    duration_s: dict[str, float] = field(default_factory=dict)
    latencies: Counter[tuple[str, int]] = field(default_factory=Counter)
    latency_s: dict[str, float] = field(default_factory=dict)


class Tally:
    """Counts inside the writer's transaction; only what is committed shows, all of a transaction at once."""

    def __init__(self) -> None:
        self._totals = Totals()
        self._new = Totals()
        self._both = [tuple(getattr(each, one.name) for each in (self._new, self._totals)) for one in fields(Totals)]
        self._lock = Lock()

    def totals(self) -> Totals:
        """Return what is committed; any thread may ask."""
        with self._lock:
            return Totals(*(getattr(self._totals, each.name).copy() for each in fields(Totals)))

    def commit(self) -> None:
        """Have what was counted since the last call show."""
        with self._lock:
            for new, total in self._both:
                if new:
                    for key, count in new.items():
                        total[key] = total.get(key, 0) + count
                    new.clear()

    def roll_back(self) -> None:
        """Forget what was counted since the last commit."""
        for new, _ in self._both:
            new.clear()

    def came(self, messages: Iterable[Sequence[Any]], deliveries: Sequence[Sequence[Any]]) -> None:
        """Count rows of messages, and rows of deliveries that were over before they began."""
        for (source, kind, state, reason), count in Counter(map(_OF_MESSAGE, messages)).items():
            self._new.messages[source, kind if kind in _TYPES else None, state, reason] += count
        for (destination, state, reason), count in Counter(map(_OF_DELIVERY, deliveries)).items():
            self._new.deliveries[None if reason == NOBODYS else destination, state, reason] += count

    def ended(self, end: Finished, code: str, reason: str | None) -> None:
        """Count an attempt that is over, and its delivery if that is over too."""
        new, destination, state = self._new, end.claim.destination, end.state
        new.attempts[destination, state, f"{code[0]}xx" if code.isdigit() else code] += 1
        _measure(new.durations, new.duration_s, destination, end.took_ms / 1000, DURATION_BOUNDS_S)
        if state is not DeliveryState.AWAITING_RETRY:
            new.deliveries[destination, state, reason] += 1
        if state is DeliveryState.DELIVERED:
            latency_s = max(0, end.finished_ms - end.claim.created_ms) / 1000
            _measure(new.latencies, new.latency_s, destination, latency_s, LATENCY_BOUNDS_S)

    def stopped(self, destination: str, reason: str, count: int) -> None:
        """Count deliveries that were stopped."""
        if count:
            self._new.deliveries[destination, DeliveryState.STOPPED, reason] += count

    def refused(self, status: int) -> None:
        """Count a request that was turned away."""
        self._new.refused[status] += 1


def _measure(
    counts: Counter[tuple[str, int]], sums: dict[str, float], key: str, seconds: float, bounds: Sequence[float]
) -> None:
    counts[key, bisect_left(bounds, seconds)] += 1
    sums[key] = sums.get(key, 0.0) + seconds
