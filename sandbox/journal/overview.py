"""The delivery overview: how far messages came, and why not further.

Most of a window is added up from the slots that the writer counts in; what came in the slots of which only a part
lies in the window is counted one by one, and so is all of one event.
"""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.clock import iso
from sandbox.journal.slots import SLOT_MS, SLOW_MS, took_range, took_sql
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

_COLUMNS: Final = {"source": "m.source", "event": "m.event", "destination": "+d.destination"}
"""A `+` keeps SQLite from an index that has nothing in order of the numbers."""

_NEVER: Final = 2**63 - 1
"""A number that the counter does not come to."""

_NEXT_MESSAGE: Final = "SELECT seq, came_at FROM messages WHERE seq >= ? ORDER BY seq LIMIT 1"


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

    @property
    def of_messages(self) -> dict[str, str]:
        """Return the filters of messages."""
        came_from = {} if self.came_from is None else {"source": self.came_from}
        given = {**came_from, **self.filters}
        return {name: given[name] for name in ("source", "event") if name in given}


@dataclass(frozen=True, slots=True)
class _Span:
    """Messages from the number `first` on, before the number `end`, and their deliveries."""

    first: int
    end: int

    def messages(self, filters: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Return what to count messages from and on which conditions, and its parameters."""
        return f"messages m WHERE {_where('m', filters)}", self.parameters(filters)

    def deliveries(self, filters: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Return what to count deliveries from and on which conditions, and its parameters.

        Messages are looked up where a filter asks for it alone, and then first: by their index.
        """
        if {"source", "event"} & filters.keys():
            joined = "messages m CROSS JOIN deliveries d ON d.message_seq = m.seq"
            return f"{joined} WHERE {_where('m', filters)}", self.parameters(filters)
        return f"deliveries d WHERE {_where('d', filters)}", self.parameters(filters)

    def parameters(self, filters: Mapping[str, str]) -> dict[str, Any]:
        """Return the parameters of a condition on numbers and filters."""
        return {"first": self.first, "end": self.end, **filters}


def _where(table: str, filters: Mapping[str, str]) -> str:
    numbered = f"{table}.seq >= :first AND {table}.seq < :end"
    return " AND ".join([numbered, *(f"{_COLUMNS[name]} = :{name}" for name in filters)])


@dataclass(frozen=True, slots=True)
class _Parts:
    """A window in pieces: whole slots, and the spans beside them; both hold no message twice."""

    whole: _Span
    slots: range
    beside: tuple[_Span, ...]


def _parts(db: sqlite3.Connection, window: Window) -> _Parts:
    """Divide a window; messages are numbered in the order in which they came, so that their times can be searched."""
    whole = _Span(_first_after(db, window.from_ms), _first_after(db, window.to_ms))
    first, end = window.from_ms // SLOT_MS + 1, (window.to_ms + 1) // SLOT_MS
    if whole.end == _NEVER:  # the last slot has nothing that is too late
        end = window.to_ms // SLOT_MS + 1
    if "event" in window.filters or first >= end:
        return _Parts(whole, range(0), (whole,))
    before = _Span(whole.first, _first_after(db, first * SLOT_MS - 1))
    behind = _Span(_first_after(db, end * SLOT_MS - 1), whole.end)
    return _Parts(whole, range(first, end), (before, behind))


def _first_after(db: sqlite3.Connection, at_ms: int) -> int:
    """Return the number of the first message that came after a time, one that is never reached where there is none.

    The deliveries from that number on are those of the messages from that number on.
    """
    low, high = db.execute(
        "SELECT (SELECT min(seq) FROM messages), (SELECT coalesce(max(seq), -1) + 1 FROM messages)"
    ).fetchone()
    found = _NEVER
    while low is not None and low < high:
        middle = (low + high) // 2
        seq, came_at = db.execute(_NEXT_MESSAGE, (middle,)).fetchone()
        if came_at > at_ms:
            found, high = seq, middle
        else:
            low = seq + 1
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """So many messages or deliveries that came to the same in the same minute."""

    state: str
    reason: str | None
    attempts: int
    minute: int
    count: int


def overview(db: sqlite3.Connection, window: Window) -> dict[str, Any]:
    """Count what came in within a window by step, reason and minute."""
    with _one_moment(db):
        parts = _parts(db, window)
        groups = [*_messages(db, parts, window.of_messages), *_deliveries(db, parts, window.filters)]
        p95_ms = _p95_ms(db, parts, window.filters)
    attempts: Counter[int] = Counter()
    for group in groups:
        if group.state == DeliveryState.DELIVERED:
            attempts[group.attempts] += group.count
    return {
        "from": iso(window.from_ms),
        "to": iso(window.to_ms),
        "steps": [_step(name, [each for each in groups if each.state in states]) for name, states in STEPS.items()],
        "attempts": [{"number": number, "count": attempts[number]} for number in sorted(attempts)],
        "p95_ms": p95_ms,
    }


@contextmanager
def _one_moment(db: sqlite3.Connection) -> Iterator[None]:
    """Have every query within see the same rows, whatever is written meanwhile."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("COMMIT")


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


def _messages(db: sqlite3.Connection, parts: _Parts, filters: Mapping[str, str]) -> Iterator[_Group]:
    where, parameters = _in_slots(parts.slots, filters)
    yield from _groups(
        db,
        f"""SELECT state, nullif(reason, ''), 0, slot * {SLOT_MS} / {MINUTE_MS}, count
        FROM message_slots WHERE {where}""",  # noqa: S608 - constants
        parameters,
    )
    for span in parts.beside:
        source, parameters = span.messages(filters)
        yield from _groups(
            db,
            f"""SELECT m.state, m.reason, 0, m.came_at / {MINUTE_MS} AS minute, count(*)
            FROM {source} GROUP BY m.state, m.reason, minute""",  # noqa: S608 - constants
            parameters,
        )


def _deliveries(db: sqlite3.Connection, parts: _Parts, filters: Mapping[str, str]) -> Iterator[_Group]:
    where, parameters = _in_slots(parts.slots, filters)
    yield from _groups(
        db,
        f"""SELECT state, nullif(reason, ''), attempts, slot * {SLOT_MS} / {MINUTE_MS}, sum(count)
        FROM delivery_slots WHERE {where} GROUP BY slot, source, destination, state, reason, attempts""",  # noqa: S608
        parameters,
    )
    for span in parts.beside:
        source, parameters = span.deliveries(filters)
        yield from _groups(
            db,
            f"""SELECT d.state, d.reason, d.attempts, d.created_at / {MINUTE_MS} AS minute, count(*)
            FROM {source} GROUP BY d.state, d.reason, d.attempts, minute""",  # noqa: S608 - constants
            parameters,
        )


def _in_slots(slots: range, filters: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return a condition on rows of whole slots, and its parameters; a `+` keeps SQLite to the order of the key."""
    names = [name for name in filters if name != "event"]  # for which there are no slots
    where = " AND ".join(["slot >= :first AND slot < :end", *(f"+{name} = :{name}" for name in names)])
    return where, {"first": slots.start, "end": slots.stop, **filters}


def _groups(db: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> Iterable[_Group]:
    return (_Group(*row) for row in db.execute(sql, parameters))


def _p95_ms(db: sqlite3.Connection, parts: _Parts, filters: Mapping[str, str]) -> int | None:
    """Return within which time the quickest 95 % of the deliveries succeeded, None where there are none.

    It goes from the arrival of the message to the end of the attempt that succeeded, by the sandbox's clock.
    Source: segment-docs, Event Delivery, P95 Latency: it is end to end.
    """
    took = _took(db, parts, filters)
    if not took:
        return None
    place = math.ceil(took.total() * SLOWEST_LEFT_OUT) - 1
    for rounded in sorted(took):
        if place < took[rounded]:
            return _took_at(db, parts.whole, filters, took_range(rounded), place)
        place -= took[rounded]
    raise AssertionError(place)


def _took(db: sqlite3.Connection, parts: _Parts, filters: Mapping[str, str]) -> Counter[int]:
    """Return how many deliveries succeeded in how many milliseconds, rounded down to three digits."""
    took: Counter[int] = Counter()
    where, parameters = _in_slots(parts.slots, filters)
    sql = f"""SELECT took, sum(count) FROM delivery_slots
    WHERE {where} AND state = 'delivered' GROUP BY took"""  # noqa: S608 - constants
    took.update(dict(db.execute(sql, parameters).fetchall()))
    for span in parts.beside:
        source, parameters = span.deliveries(filters)
        sql = f"""SELECT {took_sql("d.took_ms")} AS took, count(*) FROM {source}
        AND d.state = 'delivered' GROUP BY took"""  # noqa: S608 - constants
        took.update(dict(db.execute(sql, parameters).fetchall()))
    return took


def _took_at(db: sqlite3.Connection, span: _Span, filters: Mapping[str, str], within: range, place: int) -> int:
    """Return the time at a place among the times within a range, in their order."""
    if len(within) == 1:
        return within.start
    joined = "JOIN messages m ON m.seq = d.message_seq" if {"source", "event"} & filters.keys() else ""
    sql = f"""SELECT d.took_ms FROM deliveries d INDEXED BY deliveries_slow {joined}
    WHERE {_where("d", filters)} AND d.state = 'delivered'
    AND d.took_ms >= {SLOW_MS} AND d.took_ms BETWEEN :least AND :most
    ORDER BY d.took_ms LIMIT 1 OFFSET :place"""  # noqa: S608 - constants
    given = {**span.parameters(filters), "least": within.start, "most": within[-1], "place": place}
    return int(db.execute(sql, given).fetchone()[0])
