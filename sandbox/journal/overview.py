"""The delivery overview: how far messages came, and why not further, counted by SQLite."""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.clock import iso
from sandbox.outcomes import DeliveryState, MessageState, reason

MINUTE_MS: Final = 60_000
SLOWEST_LEFT_OUT: Final = 0.95

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "successfully_received": (MessageState.ACCEPTED, MessageState.FILTERED_AT_SOURCE),
    "failed_on_ingest": (MessageState.FAILED_ON_INGEST,),
    "duplicate": (MessageState.DUPLICATE,),
    "filtered_at_source": (MessageState.FILTERED_AT_SOURCE,),
    "filtered_at_destination": (DeliveryState.FILTERED,),
    "pending": (DeliveryState.PENDING,),
    "pending_retry": (DeliveryState.AWAITING_RETRY,),
    "failed_delivery": (DeliveryState.DISCARDED, DeliveryState.STOPPED),
    "successful_delivery": (DeliveryState.DELIVERED,),
}
"""The steps of Segment's Delivery Overview in their order, and the states of messages and deliveries in each.

Segment has no `duplicate`, and no `pending` of what is not tried yet.
Source: segment-docs, Delivery Overview, Pipeline view.
"""

_COLUMNS: Final = {"source": "m.source", "event": "m.event", "destination": "d.destination"}


@dataclass(frozen=True, slots=True)
class Window:
    """What is counted: messages that came in after `from_ms`, up to `to_ms`, by the sandbox's clock.

    Attributes:
        filters: source, event, destination; the last concerns deliveries alone.
        came_from: the source that messages are counted of where the filters name none: a destination's own.
    """

    from_ms: int
    to_ms: int
    filters: Mapping[str, str] = field(default_factory=dict)
    came_from: str | None = None

    def of_messages(self) -> tuple[str, dict[str, Any]]:
        """Return a condition on messages `m`, and its parameters."""
        filters = self.filters if self.came_from is None else {"source": self.came_from, **self.filters}
        return replace(self, filters=filters).where("m.came_at", "source", "event")

    def of_deliveries(self) -> tuple[str, str, dict[str, Any]]:
        """Return what joins messages `m` to deliveries `d`, a condition on both, and its parameters.

        They are joined where a filter asks for it alone: SQLite looks for a message for each delivery.
        """
        join = "JOIN messages m ON m.seq = d.message_seq" if {"source", "event"} & self.filters.keys() else ""
        return join, *self.where("d.created_at", *_COLUMNS)

    def where(self, at: str, *names: str) -> tuple[str, dict[str, Any]]:
        """Return a condition on the time and the named filters, and its parameters."""
        given = {name: self.filters[name] for name in names if name in self.filters}
        conditions = [f"{at} > :from_ms AND {at} <= :to_ms", *(f"{_COLUMNS[name]} = :{name}" for name in given)]
        return " AND ".join(conditions), {"from_ms": self.from_ms, "to_ms": self.to_ms, **given}


@dataclass(frozen=True, slots=True)
class _Group:
    """So many messages or deliveries that came to the same in the same minute."""

    state: str
    reason: str | None
    attempts: int
    minute: int
    count: int


def overview(db: sqlite3.Connection, window: Window) -> dict[str, Any]:
    """Count what came in within a window by step, reason and minute; the journal's size bounds the cost."""
    groups = [*_messages(db, window), *_deliveries(db, window)]
    attempts: Counter[int] = Counter()
    for group in groups:
        if group.state == DeliveryState.DELIVERED:
            attempts[group.attempts] += group.count
    return {
        "from": iso(window.from_ms),
        "to": iso(window.to_ms),
        "steps": [_step(name, [each for each in groups if each.state in states]) for name, states in STEPS.items()],
        "attempts": [{"number": number, "count": attempts[number]} for number in sorted(attempts)],
        "p95_ms": _p95_ms(db, window),
    }


def _step(name: str, groups: list[_Group]) -> dict[str, Any]:
    reasons: Counter[str] = Counter()
    minutes: Counter[int] = Counter()
    for group in groups:
        minutes[group.minute] += group.count
        if group.reason is not None:
            reasons[group.reason] += group.count
    if name == "successfully_received":
        reasons.clear()  # what stopped a message later belongs to the later step
    return {
        "step": name,
        "total": minutes.total(),
        "reasons": [_reason(code, count) for code, count in reasons.most_common()],
        "series": [{"time": iso(minute * MINUTE_MS), "count": minutes[minute]} for minute in sorted(minutes)],
    }


def _reason(code: str, count: int) -> dict[str, Any]:
    known = reason(code)
    return {"reason": code, "count": count, "happened": known.happened, "remedy": known.remedy}


def _messages(db: sqlite3.Connection, window: Window) -> Iterator[_Group]:
    where, parameters = window.of_messages()
    sql = f"""SELECT m.state, m.reason, 0, m.came_at / {MINUTE_MS} AS minute, count(*) FROM messages m
    WHERE {where} GROUP BY m.state, m.reason, minute"""  # noqa: S608 - constants
    return (_Group(*row) for row in db.execute(sql, parameters))


def _deliveries(db: sqlite3.Connection, window: Window) -> Iterator[_Group]:
    join, where, parameters = window.of_deliveries()
    sql = f"""SELECT d.state, d.reason, d.attempts, d.created_at / {MINUTE_MS} AS minute, count(*)
    FROM deliveries d {join} WHERE {where} GROUP BY d.state, d.reason, d.attempts, minute"""  # noqa: S608 - constants
    return (_Group(*row) for row in db.execute(sql, parameters))


def _p95_ms(db: sqlite3.Connection, window: Window) -> int | None:
    """Return within which time the quickest 95 % of the deliveries succeeded, None where there are none.

    It goes from the arrival of the message to the end of the attempt that succeeded, by the sandbox's clock.
    Source: segment-docs, Event Delivery, P95 Latency: it is end to end.
    """
    join, where, parameters = window.of_deliveries()
    sql = f"""SELECT max(a.finished_at - d.created_at, 0) AS took_ms FROM deliveries d {join}
    JOIN attempts a ON a.delivery_seq = d.seq AND a.number = d.attempts
    WHERE d.state = 'delivered' AND {where} ORDER BY took_ms"""  # noqa: S608 - constants
    took = [row[0] for row in db.execute(sql, parameters)]
    return took[math.ceil(len(took) * SLOWEST_LEFT_OUT) - 1] if took else None
