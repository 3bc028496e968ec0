"""What somebody waits for: messages as they come in, deliveries as they come to a state."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from sandbox.edits import parts_of
from sandbox.outcomes import DeliveryState, MessageState

MISSING: Final = object()
"""What stands at a path that leads nowhere."""


class Kind(StrEnum):
    """What can arrive."""

    MESSAGE = "message"
    DELIVERY = "delivery"


_ENDED: Final = tuple(
    state for state in DeliveryState if state not in {DeliveryState.PENDING, DeliveryState.AWAITING_RETRY}
)
STATES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.MESSAGE: tuple(MessageState),
    Kind.DELIVERY: tuple(DeliveryState),
}
USUAL: Final[Mapping[Kind, tuple[str, ...]]] = {Kind.MESSAGE: (MessageState.ACCEPTED,), Kind.DELIVERY: _ENDED}
"""The states that count where none is asked for: a message that was accepted, a delivery that is over."""

_COMMON: Final = {
    "source": "m.source",
    "type": "m.type",
    "event": "m.event",
    "user": "m.user_id",
    "message": "m.seq",
}
_COLUMNS: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.MESSAGE: {**_COMMON, "reason": "m.reason"},
    Kind.DELIVERY: {**_COMMON, "destination": "d.destination", "delivery": "d.seq", "reason": "c.reason"},
}
FILTERS: Final[Mapping[Kind, tuple[str, ...]]] = {kind: tuple(columns) for kind, columns in _COLUMNS.items()}

_FIELDS: Final = """m.seq AS message, m.source AS source, m.type AS type, m.event AS event, m.user_id AS user,
       m.body AS body"""
_MESSAGES: Final = f"SELECT m.seq, m.seq AS item, m.state AS state, m.reason AS reason, {_FIELDS} FROM messages m"  # noqa: S608 - constants
# A delivery is born pending or filtered; every later state is a change of its own.
_DELIVERIES: Final = f"""
SELECT c.seq, d.seq AS item, c.state AS state, c.reason AS reason, {_FIELDS},
       d.seq AS delivery, d.destination AS destination
FROM (
  SELECT seq, delivery_seq, state, reason FROM changes
  WHERE kind = 'delivery' AND delivery_seq IS NOT NULL AND seq > :after
  UNION ALL
  SELECT seq, seq, iif(state = 'filtered', 'filtered', 'pending'), iif(state = 'filtered', reason, NULL)
  FROM deliveries WHERE seq > :after
) c JOIN deliveries d ON d.seq = c.delivery_seq JOIN messages m ON m.seq = d.message_seq
"""  # noqa: S608 - constants
_FROM: Final[Mapping[Kind, tuple[str, str, str]]] = {
    Kind.MESSAGE: (_MESSAGES, "m.seq > :after", "m.state"),
    Kind.DELIVERY: (_DELIVERIES, "1", "c.state"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for; all of it must fit.

    Attributes:
        filters: by name, see `FILTERS`; sequence numbers are whole numbers, all else text.
        states: any of these; none means the usual ones.
        paths: text by dotted paths into the message, such as `properties.revenue`.
    """

    kind: Kind = Kind.MESSAGE
    filters: Mapping[str, Any] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def counted(self) -> tuple[str, ...]:
        """Return the states that count."""
        return self.states or USUAL[self.kind]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that came in, or a delivery that came to a state.

    Attributes:
        seq: of the change; for a message that of the message itself.
        item: the number of the message or of the delivery.
        values: what it has, by the names of `FILTERS`.
        body: the message as it is stored.
    """

    seq: int
    item: int
    state: str
    values: Mapping[str, Any]
    body: Mapping[str, Any]


def fits(wanted: str, found: Any) -> bool:
    """Say whether a value is the wanted text, or what the text says as JSON: `12` is the text and the number."""
    if isinstance(found, str):
        return found == wanted
    try:
        value = orjson.loads(wanted)
    except orjson.JSONDecodeError:
        return False
    return bool(isinstance(value, bool) == isinstance(found, bool) and value == found)


def at_path(body: Any, path: str) -> Any:
    """Return what stands at a dotted path, `MISSING` where nothing does; a number is the place in an array."""
    here = body
    for part in parts_of(path):
        if isinstance(here, dict):
            here = here.get(part, MISSING)
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            return MISSING
    return here


def arrivals(db: sqlite3.Connection, wanted: Wanted, after: int, limit: int) -> tuple[list[Arrival], int | None]:
    """Return what fits of the next `limit` rows behind a number, and the last row's number if there may be more."""
    select, where, state = _FROM[wanted.kind]
    columns = _COLUMNS[wanted.kind]
    conditions = [where, f"{state} IN ({_placeholders(wanted.counted)})"]
    conditions += [f"{columns[name]} = :{name}" for name in wanted.filters]
    sql = f"{select} WHERE {' AND '.join(conditions)} ORDER BY 1 LIMIT :limit"
    states = {f"state{number}": each for number, each in enumerate(wanted.counted)}
    rows = db.execute(sql, {"after": after, "limit": limit, **states, **wanted.filters}).fetchall()
    found = [arrival for arrival in map(_arrival, rows) if _fits_paths(wanted.paths, arrival)]
    return found, int(rows[-1]["seq"]) if len(rows) == limit else None


def newest_arrivals(db: sqlite3.Connection, kind: Kind, limit: int) -> list[Arrival]:
    """Return what arrived last, whatever it was, newest first; of a delivery its newest state alone."""
    select, where, _ = _FROM[kind]
    rows = db.execute(f"{select} WHERE {where} ORDER BY 1 DESC LIMIT :limit", {"after": 0, "limit": limit})
    newest: dict[int, sqlite3.Row] = {}
    for row in rows:
        newest.setdefault(row["item"], row)
    return [_arrival(row) for row in newest.values()]


def _placeholders(states: Sequence[str]) -> str:
    return ", ".join(f":state{number}" for number in range(len(states)))


def _fits_paths(paths: Mapping[str, str], arrival: Arrival) -> bool:
    return all(fits(wanted, at_path(arrival.body, path)) for path, wanted in paths.items())


def _arrival(row: sqlite3.Row) -> Arrival:
    values = {name: row[name] for name in row.keys() if name not in {"seq", "item", "state", "body"}}  # noqa: SIM118 - a row gives its values
    return Arrival(row["seq"], row["item"], row["state"], values, orjson.loads(row["body"]))
