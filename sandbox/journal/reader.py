"""Queries of the journal, in threads of their own, so that nobody waits for the writer and the loop for nobody."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import merge
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from sandbox.advice import NEIGHBOURS, advice_on
from sandbox.clock import iso
from sandbox.journal.arrivals import Arrival, Kind, Wanted, arrivals, newest_arrivals
from sandbox.journal.overview import Window, overview
from sandbox.journal.records import SHARED_BY_A_BATCH
from sandbox.journal.schema import BLOCK_BITS, open_for_reading
from sandbox.journal.selection import Selection
from sandbox.messages import Stamps, unstamped
from sandbox.outcomes import DeliveryState, reason

READERS: Final = 2
LONG_READERS: Final = 1
"""Threads for queries that may read much of a long journal: they wait for each other, and nobody for them."""

ADVISED_AT_ONCE: Final = 10
"""Of the changes at once, how many get advice: to read a delivery takes longer than to show its change."""

NEIGHBOURS_CHARACTERS: Final = 4 * 1024 * 1024
"""Of the records of a delivery's neighbours; beyond them fewer neighbours are looked at."""

_FAILED: Final = (DeliveryState.DISCARDED, DeliveryState.AWAITING_RETRY)

T = TypeVar("T")

_CHANGES: Final = """
  SELECT seq, 'message' AS kind, received_at AS at, seq AS message, NULL AS delivery, NULL AS attempt,
         NULL AS destination, state, reason, NULL AS data FROM messages WHERE seq > :after
  UNION ALL
  SELECT seq, 'delivery', created_at, message_seq, seq, NULL, destination,
         iif(state = 'filtered', 'filtered', 'pending'), iif(state = 'filtered', reason, NULL), NULL
  FROM deliveries WHERE seq > :after
  UNION ALL
  SELECT seq, 'attempt', started_at, NULL, delivery_seq, seq, NULL, 'started', NULL, NULL
  FROM attempts WHERE seq > :after
  UNION ALL
  SELECT seq, 'refused', at, NULL, NULL, NULL, NULL, 'refused', code, NULL FROM refused WHERE seq > :after
  UNION ALL
  SELECT seq, kind, at, message_seq, delivery_seq, attempt_seq, destination, state, reason, data
  FROM changes WHERE seq > :after
  ORDER BY seq LIMIT :limit
"""

# What a change needs of its message, its delivery and its attempt to be readable by itself.
_CHANGES_JOINED: Final = f"""
SELECT c.seq, c.kind, c.at, c.state, c.reason, c.data,
       coalesce(c.message, d.message_seq) AS message, c.delivery, c.attempt,
       coalesce(c.destination, d.destination) AS destination, d.detail,
       a.number, a.code, a.took_ms AS duration_ms, a.next_at,
       m.source, m.type, m.event, m.user_id,
       r.method, r.path, r.status, r.message AS refusal
FROM ({_CHANGES}) c
LEFT JOIN deliveries d ON d.seq = c.delivery
LEFT JOIN attempts a ON a.seq = c.attempt
LEFT JOIN messages m ON m.seq = coalesce(c.message, d.message_seq)
LEFT JOIN refused r ON c.kind = 'refused' AND r.seq = c.seq
ORDER BY c.seq
"""  # noqa: S608 - constants

_MESSAGE_FIELDS: Final = "seq, source, type, event, user_id, state, reason, received_at, body, replay_of"
_DELIVERY_FIELDS: Final = (
    "seq, message_seq, destination, state, reason, delivery_code, detail, attempts, due_at, created_at"
)
_NEIGHBOURS: Final = """
SELECT d.seq, m.type, m.event, a.record
FROM deliveries d
JOIN attempts a ON a.delivery_seq = d.seq AND a.outcome = 'delivered' AND a.record IS NOT NULL
LEFT JOIN messages m ON m.seq = d.message_seq
WHERE d.destination = ? AND d.state = 'delivered' AND d.seq <> ? ORDER BY d.seq DESC LIMIT ?
"""
_MESSAGES: Final = f"SELECT {_MESSAGE_FIELDS} FROM messages"  # noqa: S608 - constants
_DELIVERIES: Final = f"SELECT {_DELIVERY_FIELDS} FROM deliveries"  # noqa: S608 - constants
_SENDER: Final = ("library", "version", "sent_at")
# SQLite reads the JSON, so that the interpreter is free meanwhile.
_NEWEST_SENDERS: Final = """
SELECT seq, source, state, reason, received_at,
       json_extract(CAST(body AS TEXT), '$.context.library.name', '$.context.library.version', '$.sentAt') AS sender
FROM messages ORDER BY seq DESC LIMIT ?
"""
# The first that is given is the one whose index SQLite uses; that of users is looked through block by block.
_OF_MESSAGES: Final = {"event": "event", "user": "user_id", "source": "source", "type": "type"}
_OF_USER: Final = "user_id = :user"
_OF_BLOCK: Final = f"seq >> {BLOCK_BITS} = :block"
# Asks for the next one by the index, again and again, however many rows each has.
_DESTINATIONS: Final = """
WITH RECURSIVE found (name) AS (
  SELECT min(destination) FROM deliveries
  UNION ALL
  SELECT (SELECT min(destination) FROM deliveries WHERE destination > name) FROM found WHERE name IS NOT NULL
) SELECT name FROM found WHERE name IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """Which part of a table is asked for, between two numbers, and from which end."""

    after: int
    before: int | None
    limit: int
    filters: Mapping[str, str]
    newest: bool

    @property
    def between(self) -> str:
        """Return the condition on the numbers."""
        return "seq > :after" + " AND seq < :before" * (self.before is not None)

    @property
    def direction(self) -> str:
        """Return the direction in which the numbers go."""
        return "DESC" if self.newest else "ASC"

    def messages(self, db: sqlite3.Connection) -> Iterable[sqlite3.Row]:
        """Return the messages that fit; a `+` keeps SQLite from the index of a column."""
        columns = [f"{column} = :{name}" for name, column in _OF_MESSAGES.items() if name in self.filters]
        conditions = [*columns[:1], *(f"+{each}" for each in columns[1:])]
        if columns[:1] != [_OF_USER]:
            return self._rows(db, _MESSAGES, conditions)
        blocks = (self._rows(db, _MESSAGES, [_OF_BLOCK, *conditions], block=block) for block in self._blocks(db))
        return islice(chain.from_iterable(blocks), self.limit)

    def _blocks(self, db: sqlite3.Connection) -> range:
        """Return the blocks of the index of users that can hold what is asked for."""
        oldest, newest = db.execute(
            "SELECT (SELECT min(seq) FROM messages), (SELECT max(seq) FROM messages)"
        ).fetchone()
        if oldest is None:
            return range(0)
        first = max(oldest, self.after) >> BLOCK_BITS
        last = (newest if self.before is None else min(newest, self.before)) >> BLOCK_BITS
        return range(last, first - 1, -1) if self.newest else range(first, last + 1)

    def deliveries(self, db: sqlite3.Connection) -> Iterable[sqlite3.Row]:
        """Return the deliveries that fit.

        The index has what each destination has in each state in order; where several of these are asked for, they
        are merged, as SQLite itself would sort all that they have.
        """
        conditions = [f"{name} = :{name}" for name in self.filters]
        if not {"destination", "state"} & self.filters.keys():
            return self._rows(db, _DELIVERIES, conditions)
        conditions = list(dict.fromkeys([*conditions, "destination = :destination", "state = :state"]))
        found = [self._rows(db, _DELIVERIES, conditions, **each) for each in self._destinations_and_states(db)]
        return islice(merge(*found, key=itemgetter("seq"), reverse=self.newest), self.limit)

    def _destinations_and_states(self, db: sqlite3.Connection) -> Iterable[dict[str, str]]:
        destinations = [self.filters["destination"]] if "destination" in self.filters else _destinations(db)
        states = [self.filters["state"]] if "state" in self.filters else DeliveryState
        return [{"destination": destination, "state": state} for destination in destinations for state in states]

    def _rows(
        self, db: sqlite3.Connection, select: str, conditions: Iterable[str], **more: str | int
    ) -> Iterable[sqlite3.Row]:
        """Return the rows that fit every condition."""
        where = " AND ".join([self.between, *conditions])
        sql = f"{select} WHERE {where} ORDER BY seq {self.direction} LIMIT :limit"
        return db.execute(
            sql, {"after": self.after, "before": self.before, "limit": self.limit, **self.filters, **more}
        )


# Of an aggregate with max(), SQLite takes the other columns from the row of the greatest value.
_WAITING_CALLS: Final = """
WITH calls AS (
  SELECT max(seq) AS seq, coalesce(json_extract(data, '$.retry_of'), seq) AS first,
         json_extract(data, '$.next_attempt_at') AS next
  FROM changes WHERE kind = 'invocation' GROUP BY 2
)
SELECT c.seq, c.at, c.kind, c.data FROM calls JOIN changes c ON c.seq = calls.seq
WHERE calls.next IS NOT NULL AND calls.first NOT IN (
  SELECT value FROM changes g, json_each(g.data, '$.calls') WHERE g.kind = 'given_up'
)
ORDER BY c.seq
"""


class Reader:
    """Answers queries; every method returns plain values ready to be shown as JSON."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="journal-reader")
        self._long_pool = ThreadPoolExecutor(LONG_READERS, thread_name_prefix="journal-long-reader")
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []

    async def close(self) -> None:
        """End the threads and close their connections."""
        for pool in (self._pool, self._long_pool):
            await asyncio.to_thread(pool.shutdown)
        for connection in self._open:
            connection.close()

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Return what happened after a sequence number, oldest first, at most `limit`."""
        return await self._query(lambda db: _changes(db, after, limit))

    async def waiting_calls(self) -> list[dict[str, Any]]:
        """Return the newest attempt of each call of a source function that was to be tried again, oldest first."""
        return await self._query(lambda db: [_shown_change(row) for row in db.execute(_WAITING_CALLS)])

    async def advise(self, changes: Sequence[dict[str, Any]]) -> None:
        """Put the ids of the advice on them beside the last of the deliveries that failed, as `advice`."""
        failed = [each for each in changes if each["kind"] == "delivery" and each["state"] in _FAILED]
        for change in failed[-ADVISED_AT_ONCE:]:
            delivery = await self.delivery(change["delivery"])
            if delivery is not None:
                change["advice"] = [each["id"] for each in delivery["advice"]]

    async def arrivals(self, wanted: Wanted, after: int, limit: int) -> tuple[list[Arrival], int | None]:
        """Return what fits of the next `limit` rows behind a number, and the last one's if there may be more."""
        return await self._query(lambda db: arrivals(db, wanted, after, limit))

    async def newest_arrivals(self, kind: Kind, limit: int) -> list[Arrival]:
        """Return what arrived last, whatever it was, newest first."""
        return await self._query(lambda db: newest_arrivals(db, kind, limit))

    async def messages(
        self, after: int, limit: int, filters: Mapping[str, str], *, before: int | None = None, newest: bool = False
    ) -> list[dict[str, Any]]:
        """Return messages between two numbers, oldest or newest first; filters: type, event, source, user."""
        part = _Part(after, before, limit, filters, newest)
        return await self._query(lambda db: [_shown_message(row) for row in part.messages(db)])

    async def message(self, seq: int) -> dict[str, Any] | None:
        """Return one message with its deliveries and their attempts."""
        return await self._query(lambda db: _message(db, seq))

    async def bodies(self, selection: Selection, after: int, newest: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Return number, source and body of accepted messages that match, from `after` to `newest`, oldest first."""
        return await self._long_query(lambda db: _bodies(db, selection, after, newest, limit))

    async def accepted(self, selection: Selection) -> dict[str, int]:
        """Return how many accepted messages match, by source."""
        return await self._query(lambda db: _accepted(db, selection))

    async def deliveries(
        self, after: int, limit: int, filters: Mapping[str, str], *, before: int | None = None, newest: bool = False
    ) -> list[dict[str, Any]]:
        """Return deliveries between two numbers, oldest or newest first; filters: destination, state, reason."""
        part = _Part(after, before, limit, filters, newest)
        return await self._query(lambda db: [_shown_delivery(row) for row in part.deliveries(db)])

    async def reasons(self, filters: Mapping[str, str]) -> dict[str, int]:
        """Return how many deliveries have each reason, the most frequent first; filters: destination, state."""
        return await self._long_query(lambda db: _reasons(db, filters))

    async def delivery(self, seq: int) -> dict[str, Any] | None:
        """Return one delivery with every attempt, its exchanges and logs."""
        return await self._query(lambda db: _delivery(db, seq))

    async def refused(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Return what was turned away at the door, oldest first."""
        return await self._query(lambda db: _refused(db, after, limit))

    async def newest_senders(self, limit: int) -> list[dict[str, Any]]:
        """Return of the newest messages, newest first, what became of them, and who sent them by their own word."""
        return await self._query(lambda db: _newest_senders(db, limit))

    async def newest_refused(self, limit: int) -> list[dict[str, Any]]:
        """Return what was turned away last, newest first."""
        return await self._query(lambda db: _newest_refused(db, limit))

    async def pending_destinations(self) -> set[str]:
        """Return the destinations that have deliveries waiting."""
        sql = "SELECT DISTINCT destination FROM deliveries WHERE due_at IS NOT NULL"
        return await self._query(lambda db: {row[0] for row in db.execute(sql)})

    async def open_deliveries(self, destinations: Collection[str]) -> dict[tuple[str, str], int]:
        """Return how many deliveries of these destinations are not over, by destination and state."""
        return await self._query(lambda db: _open_deliveries(db, destinations))

    async def due(self, destination: str, due_ms: int, limit: int) -> int:
        """Return how many deliveries of a destination are due at a time, counted up to `limit`."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE destination = ? AND due_at <= ? LIMIT ?)"
        return await self._query(lambda db: int(db.execute(sql, (destination, due_ms, limit)).fetchone()[0]))

    async def next_due(self, destination: str) -> int | None:
        """Return when the next delivery of a destination is due, None when none is."""
        sql = "SELECT min(due_at) FROM deliveries WHERE destination = ? AND due_at IS NOT NULL"
        return await self._query(lambda db: db.execute(sql, (destination,)).fetchone()[0])

    async def overview(self, window: Window) -> dict[str, Any]:
        """Return how far the messages of a window came, by step, reason and minute."""
        return await self._long_query(lambda db: overview(db, window))

    async def _query(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, query)

    async def _long_query(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._long_pool, self._run, query)

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_for_reading(self._folder)
            self._open.append(connection)
        return query(connection)


def _destinations(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute(_DESTINATIONS)]


def _message(db: sqlite3.Connection, seq: int) -> dict[str, Any] | None:
    sql = f"SELECT {_MESSAGE_FIELDS}, path, added, were FROM messages WHERE seq = ?"  # noqa: S608 - constants
    row = db.execute(sql, (seq,)).fetchone()
    if row is None:
        return None
    of_message = f"SELECT {_DELIVERY_FIELDS} FROM deliveries WHERE message_seq = ? ORDER BY seq"  # noqa: S608 - constants
    deliveries = [_with_attempts(db, row) for row in db.execute(of_message, (seq,)).fetchall()]
    return {**_shown_message(row), "path": row["path"], "received": _received(row), "deliveries": deliveries}


def _received(row: sqlite3.Row) -> dict[str, Any] | None:
    """Return the call as it came, before it was stamped; None where none came."""
    if row["added"] is None:
        return None
    were = {} if row["were"] is None else orjson.loads(row["were"])
    return unstamped(orjson.loads(row["body"]), Stamps(row["added"], were))


def _bodies(
    db: sqlite3.Connection, selection: Selection, after: int, newest: int, limit: int
) -> list[tuple[int, str, bytes]]:
    where, parameters = selection.where_of_messages()
    sql = f"""SELECT seq, source, body FROM messages m
    WHERE {where} AND state = 'accepted' AND seq > :after AND seq <= :newest ORDER BY seq LIMIT :limit"""  # noqa: S608 - constants
    return [tuple(row) for row in db.execute(sql, {**parameters, "after": after, "newest": newest, "limit": limit})]


def _accepted(db: sqlite3.Connection, selection: Selection) -> dict[str, int]:
    where, parameters = selection.where_of_messages()
    sql = f"SELECT source, count(*) FROM messages m WHERE {where} AND m.state = 'accepted' GROUP BY source"  # noqa: S608 - constants
    return {row[0]: row[1] for row in db.execute(sql, parameters)}


def _shown_message(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "seq": row["seq"],
        "source": row["source"],
        "type": row["type"],
        "event": row["event"],
        "user_id": row["user_id"],
        "received_at": iso(row["received_at"]),
        "state": row["state"],
        **_reason_fields(row["reason"]),
        "replay_of": row["replay_of"],
        "message": orjson.Fragment(row["body"]),
    }


def _reasons(db: sqlite3.Connection, filters: Mapping[str, str]) -> dict[str, int]:
    where = " AND ".join(["reason <> ''", *(f"{name} = :{name}" for name in sorted(filters))])
    sql = f"""SELECT reason, sum(count) AS count FROM delivery_slots WHERE {where}
    GROUP BY reason ORDER BY count DESC, reason"""  # noqa: S608 - constants
    return dict(db.execute(sql, filters).fetchall())


def _delivery(db: sqlite3.Connection, seq: int) -> dict[str, Any] | None:
    sql = f"SELECT {_DELIVERY_FIELDS} FROM deliveries WHERE seq = ?"  # noqa: S608 - constants
    row = db.execute(sql, (seq,)).fetchone()
    return None if row is None else _with_attempts(db, row)


def _with_attempts(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    attempts = db.execute("SELECT * FROM attempts WHERE delivery_seq = ? ORDER BY seq", (row["seq"],))
    shown = {**_shown_delivery(row), "attempts": [_shown_attempt(db, attempt) for attempt in attempts]}
    return {**shown, "advice": advice_on(shown, lambda: _neighbours(db, row))}


def _neighbours(db: sqlite3.Connection, row: sqlite3.Row) -> list[dict[str, Any]]:
    """Return the newest other deliveries of a destination that went well, with the exchanges of those attempts.

    Indexes find them however long the journal is; how much they hold is bounded here.
    """
    found: list[dict[str, Any]] = []
    room = NEIGHBOURS_CHARACTERS
    for each in db.execute(_NEIGHBOURS, (row["destination"], row["seq"], NEIGHBOURS)):
        room -= len(each["record"])
        if room < 0:
            break
        names = {name: each[name] for name in ("seq", "type", "event")}
        found.append({**names, "exchanges": orjson.loads(each["record"])["exchanges"]})
    return found


def _shown_delivery(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "seq": row["seq"],
        "message_seq": row["message_seq"],
        "destination": row["destination"],
        "state": row["state"],
        **_reason_fields(row["reason"]),
        "delivery_code": row["delivery_code"],
        "detail": row["detail"],
        "attempts": row["attempts"],
        "next_attempt_at": _next_attempt_at(row),
        "created_at": iso(row["created_at"]),
    }


def _next_attempt_at(row: sqlite3.Row) -> str | None:
    """Return when a delivery that awaits retry is tried again."""
    awaiting = row["state"] == DeliveryState.AWAITING_RETRY and row["due_at"] is not None
    return iso(row["due_at"]) if awaiting else None


def _milliseconds(took_ms: float | None) -> float | None:
    return None if took_ms is None else round(took_ms, 1)


def _shown_attempt(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    finished = row["finished_at"]
    return {
        "seq": row["seq"],
        "number": row["number"],
        "outcome": row["outcome"],
        "code": row["code"],
        "started_at": iso(row["started_at"]),
        "finished_at": None if finished is None else iso(finished),
        "real_at": iso(row["real_at"]),
        "duration_ms": _milliseconds(row["took_ms"]),
        "retry_after_s": row["asked_s"],
        "next_attempt_at": None if row["next_at"] is None else iso(row["next_at"]),
        **(_record(db, row) if row["record"] else {}),
    }


def _record(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """Return an attempt's record; the call of a batch is in the record of one attempt, and shown with all."""
    record: dict[str, Any] = orjson.loads(row["record"])
    shown_in = (record.get("batch") or {}).get("shown_in")
    if shown_in in {None, row["seq"]}:
        return record
    found = db.execute("SELECT record FROM attempts WHERE seq = ?", (shown_in,)).fetchone()
    shared = orjson.loads(found["record"]) if found and found["record"] else {}
    return {**record, **{name: shared[name] for name in SHARED_BY_A_BATCH if name in shared}}


def _reason_fields(code: str | None) -> dict[str, Any]:
    """Show a reason code with what happened and what to do; all null where nothing stopped."""
    if code is None:
        return {"reason": None}
    known = reason(code)
    return {"reason": code, "happened": known.happened, "remedy": known.remedy}


def _refused(db: sqlite3.Connection, after: int, limit: int) -> list[dict[str, Any]]:
    rows = db.execute("SELECT * FROM refused WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [{**dict(row), "at": iso(row["at"])} for row in rows]


def _newest_senders(db: sqlite3.Connection, limit: int) -> list[dict[str, Any]]:
    rows = db.execute(_NEWEST_SENDERS, (limit,))
    return [{**dict(row), **dict(zip(_SENDER, orjson.loads(row["sender"]), strict=True))} for row in rows]


def _newest_refused(db: sqlite3.Connection, limit: int) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute("SELECT * FROM refused ORDER BY seq DESC LIMIT ?", (limit,))]


def _changes(db: sqlite3.Connection, after: int, limit: int) -> list[dict[str, Any]]:
    rows = db.execute(_CHANGES_JOINED, {"after": after, "limit": limit}).fetchall()
    return [_shown_change(row) for row in rows]


def _shown_change(row: sqlite3.Row) -> dict[str, Any]:
    """Show a change with the fields that it has; what does not apply is left out."""
    kind = row["kind"]
    shown: dict[str, Any] = {"seq": row["seq"], "kind": kind, "at": iso(row["at"])}
    ended = kind == "delivery" and row["attempt"] is not None
    names = {
        "message": ("message", "source", "type", "event", "user_id", "state", "reason"),
        "delivery": ("delivery", "message", "destination", "type", "event", "state", "reason"),
        "attempt": ("attempt", "delivery", "message", "destination", "type", "event", "number", "state"),
        "refused": ("method", "path", "status", "reason"),
    }.get(kind, ())
    shown.update({name: row[name] for name in names})
    if ended:
        shown.update({name: row[name] for name in ("attempt", "number", "code")})
        shown["duration_ms"] = _milliseconds(row["duration_ms"])
        shown["detail"] = row["detail"]
        shown["next_attempt_at"] = None if row["next_at"] is None else iso(row["next_at"])
    if kind == "refused":
        shown["detail"] = row["refusal"]
    if row["data"]:
        shown.update(orjson.loads(row["data"]))
    return shown


def _open_deliveries(db: sqlite3.Connection, destinations: Collection[str]) -> dict[tuple[str, str], int]:
    sql = """SELECT destination, state, count(*) FROM deliveries
    WHERE destination IN (SELECT value FROM json_each(?)) AND state IN ('pending', 'awaiting_retry')
    GROUP BY destination, state"""
    rows = db.execute(sql, (orjson.dumps(list(destinations)).decode(),))
    return {(destination, state): count for destination, state, count in rows}
