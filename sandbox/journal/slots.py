"""How many messages and deliveries stand where, kept by the writer for each few seconds of their arrival.

To count a million of them anew took SQLite 2 to 40 seconds, by machine and load. What is kept here is changed in the
transaction that changes the rows, so that the two always agree.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, Final, TypeAlias

import orjson

from sandbox.journal.entries import Claim

SLOT_MS: Final = 5_000
"""How long a slot is; a minute is a whole number of them. Shorter ones are more rows to add up, and fewer messages
to look at in the slot in which a window begins."""

TOOK_DIGITS: Final = 3
SLOW_MS: Final = 10**TOOK_DIGITS
"""Times are exact below that; what takes longer is in an index of its own."""
_LONGEST_DIGITS: Final = 12

Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]

# "" stands where a message has no source and no reason: in a primary key, NULL differs from NULL.
SLOT_TABLES: Final = f"""
CREATE TABLE message_slots (
  slot INTEGER NOT NULL,  -- when they came, by the sandbox's clock
  source TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (slot, source, state, reason)
) WITHOUT ROWID;
CREATE TABLE delivery_slots (
  slot INTEGER NOT NULL,
  source TEXT NOT NULL, destination TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
  attempts INTEGER NOT NULL, took INTEGER NOT NULL,  -- both 0 where it was not delivered
  count INTEGER NOT NULL,
  PRIMARY KEY (slot, source, destination, state, reason, attempts, took)
) WITHOUT ROWID;
CREATE INDEX deliveries_slow ON deliveries (took_ms) WHERE took_ms >= {SLOW_MS};
"""


def took_sql(column: str) -> str:
    """Return the expression that rounds milliseconds down to `TOOK_DIGITS` digits."""
    powers = range(1, _LONGEST_DIGITS - TOOK_DIGITS)
    cases = " ".join(
        f"WHEN {column} < {SLOW_MS * 10**each} THEN {column} / {10**each} * {10**each}" for each in powers
    )
    return f"CASE WHEN {column} < {SLOW_MS} THEN {column} {cases} ELSE {column} END"


def rounded(took_ms: int) -> int:
    """Round milliseconds down to `TOOK_DIGITS` digits."""
    step = int(10 ** max(0, len(str(took_ms)) - TOOK_DIGITS))
    return took_ms // step * step


def took_range(took: int) -> range:
    """Return the milliseconds that are rounded down to `took`."""
    return range(took, took + 10 ** max(0, len(str(took)) - TOOK_DIGITS))


_OF_MESSAGE: Final = itemgetter(1, 6, 7)
"""Source, state and reason of a row of the table `messages`."""
_OF_DELIVERY: Final = itemgetter(2, 3, 4)
"""Destination, state and reason of a row of the table `deliveries`."""
_MESSAGES: Final = f"""
SELECT m.came_at / {SLOT_MS}, coalesce(m.source, ''), m.state, coalesce(m.reason, ''), count(*)
FROM messages m WHERE {{where}} GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - constants
_DELIVERIES: Final = f"""
SELECT d.created_at / {SLOT_MS}, coalesce(m.source, ''), d.destination, d.state, coalesce(d.reason, ''),
       iif(d.state = 'delivered', d.attempts, 0), iif(d.state = 'delivered', {took_sql("d.took_ms")}, 0), count(*)
FROM deliveries d JOIN messages m ON m.seq = d.message_seq WHERE {{where}} GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - constants
_COLUMNS: Final = {
    "message_slots": ("slot", "source", "state", "reason"),
    "delivery_slots": ("slot", "source", "destination", "state", "reason", "attempts", "took"),
}
_COUNTED: Final = {"messages": "message_slots", "deliveries": "delivery_slots"}


class Slots:
    """Collects what a transaction changes, and writes it at its end: many rows come to the same few counts.

    How many there are in each state is kept in memory as well.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._changed: dict[str, Counter[tuple[Any, ...]]] = {table: Counter() for table in _COLUMNS}
        self._totals = {
            (name, state): count
            for name, table in _COUNTED.items()
            for state, count in connection.execute(f"SELECT state, sum(count) FROM {table} GROUP BY state")  # noqa: S608 - constants
        }
        self._new: Counter[tuple[str, str]] = Counter()

    def totals(self) -> dict[str, dict[str, int]]:
        """Return how many messages and deliveries are in each state, as committed; any thread may ask."""
        found: dict[str, dict[str, int]] = {name: {} for name in _COUNTED}
        for (name, state), count in self._totals.items():
            found[name][str(state)] = count
        return found

    def commit(self) -> None:
        """Have what was written show in the totals."""
        if not self._new:
            return
        both = self._totals.keys() | self._new.keys()
        counts = {each: self._totals.get(each, 0) + self._new[each] for each in both}
        self._totals = {each: count for each, count in counts.items() if count}
        self._new.clear()

    def came(self, at_ms: int, messages: Sequence[Sequence[Any]], deliveries: Sequence[Sequence[Any]]) -> None:
        """Count new rows of messages, and of their deliveries, that came at a time."""
        slot, sources = at_ms // SLOT_MS, {row[0]: row[1] or "" for row in messages}
        for (source, state, reason), count in Counter(map(_OF_MESSAGE, messages)).items():
            self._count_messages((slot, source or "", state, reason or ""), count)
        alike = Counter([(sources[row[1]], *_OF_DELIVERY(row)) for row in deliveries])
        for (source, destination, state, reason), count in alike.items():
            self._count_deliveries((slot, source, destination, state, reason or "", 0, 0), count)

    def ended(self, claim: Claim, state: str, reason: str | None, took_ms: int | None) -> None:
        """Count a delivery where it stands after an attempt; `took_ms` where it was delivered."""
        place = claim.created_ms // SLOT_MS, claim.source or "", claim.destination
        success = (0, 0) if took_ms is None else (claim.number, rounded(took_ms))
        self._count_deliveries((*place, claim.state, claim.reason or "", 0, 0), -1)
        self._count_deliveries((*place, state, reason or "", *success), 1)

    def add_all(self) -> None:
        """Count every row that there is."""
        self._messages(1, "1", ())
        self._deliveries(1, "1", ())

    def remove(self, where: str, parameters: Parameters) -> None:
        """Count the messages `m` that fit, and their deliveries, no more; they must be there still."""
        self._deliveries(-1, where, parameters)
        self._messages(-1, where, parameters)

    @contextmanager
    def moving(self, deliveries: Collection[int]) -> Iterator[None]:
        """Count deliveries where they stand after what is done within, and no more where they stood before."""
        seqs = "d.seq IN (SELECT value FROM json_each(?))", (orjson.dumps(list(deliveries)).decode(),)
        self._deliveries(-1, *seqs)
        yield
        self._deliveries(1, *seqs)

    def remove_all(self) -> None:
        """Count nothing any more."""
        self.roll_back()
        for table in _COLUMNS:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
        self._new.subtract(self._totals)

    def roll_back(self) -> None:
        """Forget what has changed since the last `write`."""
        for changed in self._changed.values():
            changed.clear()
        self._new.clear()

    def write(self) -> None:
        """Write what has changed; the last step of a transaction."""
        for table, changed in self._changed.items():
            if changed:
                self._write(table, changed)
                changed.clear()

    def _write(self, table: str, changed: Counter[tuple[Any, ...]]) -> None:
        columns = _COLUMNS[table]
        self._db.executemany(
            f"INSERT INTO {table} VALUES ({'?, ' * len(columns)}?)"  # noqa: S608 - constants
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(*key, count) for key, count in changed.items() if count],
        )
        if fewer := [key for key, count in changed.items() if count < 0]:
            this = " AND ".join(f"{name} = ?" for name in columns)
            self._db.executemany(f"DELETE FROM {table} WHERE {this} AND count = 0", fewer)  # noqa: S608 - constants

    def _messages(self, sign: int, where: str, parameters: Parameters) -> None:
        for *key, count in self._db.execute(_MESSAGES.format(where=where), parameters):
            self._count_messages(tuple(key), sign * count)

    def _deliveries(self, sign: int, where: str, parameters: Parameters) -> None:
        for *key, count in self._db.execute(_DELIVERIES.format(where=where), parameters):
            self._count_deliveries(tuple(key), sign * count)

    def _count_messages(self, key: tuple[Any, ...], count: int) -> None:
        self._changed["message_slots"][key] += count
        self._new["messages", key[2]] += count

    def _count_deliveries(self, key: tuple[Any, ...], count: int) -> None:
        self._changed["delivery_slots"][key] += count
        self._new["deliveries", key[3]] += count
