"""Every change of the journal, inside the transaction of its single writer.

The statements for many rows are one step of SQLite each, during which the interpreter is free for the
event loop; row by row, the two would fight over it.
"""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final, assert_never

import orjson

from sandbox.clock import SandboxClock
from sandbox.journal.entries import Accepted, Claim, Claimed, Entry, Finished, Notice, Refusal
from sandbox.journal.inserts import insert_deliveries, insert_messages, insert_seen
from sandbox.journal.records import to_json
from sandbox.journal.selection import Selection
from sandbox.journal.slots import Slots
from sandbox.journal.tally import Tally
from sandbox.messages import Stamps
from sandbox.outcomes import AwaitingRetry, Delivered, DeliveryState, Discarded, Filtered, MessageState, Outcome

REFUSED_KEPT: Final = 1_000
NOTICES_KEPT: Final = 1_000
NOTICES_SWEPT_EVERY: Final = 200
"""Numbers of the counter between two looks for notices that are too many."""

TRIM_STEP: Final = 2_048
"""Messages looked at in one go when old ones are removed."""

SLACK_OF_A_THOUSAND: Final = 125
"""So many more for each thousand that is to stay may be there, up to a step, so that they go many at a time."""

SEEN_SWEEP_MS: Final = 10 * 60 * 1000
"""How often expired message ids are removed."""

_ROWS_AT_ONCE: Final = (64, 8, 1)
_CUT_OFF: Final = "cut_off"
_PENDING: Final = DeliveryState.PENDING  # which takes longer to be looked up than to be compared
TRIED_AGAIN: Final = frozenset({DeliveryState.AWAITING_RETRY, DeliveryState.DISCARDED, DeliveryState.STOPPED})
"""The states of a delivery that is tried again when that is asked for."""
OPEN_STATES: Final = frozenset({DeliveryState.PENDING, DeliveryState.AWAITING_RETRY})


@dataclass(slots=True)
class Counts:
    """What the journal holds, kept up to date by the writer so that nobody has to count."""

    messages: int = 0
    pending: int = 0


class Ledger:
    """Every change of the journal, as operations inside the writer's current transaction.

    Runs on the writer's thread only.
    """

    def __init__(self, connection: sqlite3.Connection, keep: int) -> None:
        self._db = connection
        self._keep = keep
        self._slack = min(TRIM_STEP, keep // 1_000 * SLACK_OF_A_THOUSAND)
        self.seq = self._last_seq()
        self.counts = Counts(*self._count())
        self.tally = Tally()
        self.slots = Slots(connection)
        self._trimmed_to = 0  # every settled message up to here is gone
        self._behind = 0  # messages up to there that stay because work is pending
        self._swept_at = 0
        self._notices_swept_at = self.seq
        self._gone: set[int] = set()  # deliveries under way that a reset removed

    def _last_seq(self) -> int:
        tables = ("messages", "deliveries", "attempts", "refused", "changes")
        return max(self._one(f"SELECT coalesce(max(seq), 0) FROM {table}") for table in tables)  # noqa: S608 - constants

    def _count(self) -> tuple[int, int]:
        messages = self._one("SELECT count(*) FROM messages")
        pending = self._one("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'awaiting_retry')")
        return messages, pending

    def latest_ms(self) -> int:
        """Return the latest time that the sandbox's clock had shown when it wrote here, 0 when it wrote nothing."""
        return self._one(
            "SELECT coalesce(max(at), 0) FROM ("
            "  SELECT * FROM (SELECT at FROM changes ORDER BY seq DESC LIMIT 1)"
            "  UNION ALL SELECT * FROM (SELECT started_at FROM attempts ORDER BY seq DESC LIMIT 1)"
            "  UNION ALL SELECT * FROM (SELECT came_at FROM messages ORDER BY seq DESC LIMIT 1))"
        )

    def _one(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return int(self._db.execute(sql, parameters).fetchone()[0])

    def state(self) -> tuple[int, int, int, int, int, int]:
        """Return what the ledger keeps in memory, to be restored when a transaction is rolled back."""
        counts = self.counts
        return self.seq, counts.messages, counts.pending, self._trimmed_to, self._behind, self._swept_at

    def restore(self, state: tuple[int, int, int, int, int, int]) -> None:
        """Go back to an earlier `state`."""
        counts = self.counts
        self.seq, counts.messages, counts.pending, self._trimmed_to, self._behind, self._swept_at = state
        self.tally.roll_back()
        self.slots.roll_back()

    def next_seq(self) -> int:
        """Take the next number of the one counter."""
        self.seq += 1
        return self.seq

    # -- messages ------------------------------------------------------------------------------------

    def accept(
        self, requests: Sequence[Sequence[Entry]], now_ms: int, seen_since_ms: int
    ) -> tuple[list[Accepted], set[str]]:
        """Write the messages of several requests and their deliveries; return their numbers, and whom to wake."""
        duplicates = self._duplicates([entry for request in requests for entry in request], now_ms, seen_since_ms)
        messages: list[tuple[Any, ...]] = []
        bodies: list[bytes] = []
        deliveries: list[tuple[Any, ...]] = []
        accepted = []
        for request in requests:
            first = self.seq + 1
            self.seq += len(request)
            for seq, entry in enumerate(request, first):
                duplicate = id(entry) in duplicates
                messages.append(_message_row(seq, entry, duplicate=duplicate))
                bodies.append(entry.body)
                if not duplicate and entry.deliveries:
                    deliveries.extend(
                        [
                            (self.next_seq(), seq, each.destination, each.state, each.reason)
                            for each in entry.deliveries
                        ]
                    )
            accepted.append(Accepted(first, first + len(request) - 1))
        insert_messages(self._db, messages, bodies, now_ms)
        insert_deliveries(self._db, deliveries, now_ms)
        self.slots.came(now_ms, messages, deliveries)
        self.counts.messages += len(messages)
        pending = [row for row in deliveries if row[3] is _PENDING]
        self.counts.pending += len(pending)
        over = [] if len(pending) == len(deliveries) else [row for row in deliveries if row[3] is not _PENDING]
        self.tally.came(messages, over)
        return accepted, {row[2] for row in pending}

    def _duplicates(self, entries: Sequence[Entry], now_ms: int, seen_since_ms: int) -> set[int]:
        """Remember the ids of all entries that count once; return the id() of those seen before."""
        keyed = [entry for entry in entries if entry.once]
        if not keyed:
            return set()
        ids = orjson.dumps([entry.message_id for entry in keyed]).decode()
        rows = self._db.execute(
            "SELECT message_id, at FROM seen WHERE message_id IN (SELECT value FROM json_each(?)) AND at >= ?",
            (ids, seen_since_ms),
        )
        seen: dict[str | None, int] = dict(rows.fetchall())
        duplicates = set()
        fresh: list[tuple[Any, ...]] = []
        for entry in keyed:
            if entry.message_id in seen:
                duplicates.add(id(entry))
            else:
                seen[entry.message_id] = now_ms
                fresh.append((entry.message_id, entry.source))
        insert_seen(self._db, fresh, now_ms)
        return duplicates

    def refuse(self, refusal: Refusal) -> int:
        """Write down a request that was turned away."""
        seq = self.next_seq()
        row = (
            seq,
            refusal.at_ms,
            refusal.method,
            refusal.path,
            refusal.status,
            refusal.code,
            refusal.message,
            refusal.source,
            refusal.user_agent,
            refusal.excerpt,
        )
        self._insert("refused", [row])
        self.tally.refused(refusal.status)
        self._db.execute(
            "DELETE FROM refused WHERE seq <= (SELECT seq FROM refused ORDER BY seq DESC LIMIT 1 OFFSET ?)",
            (REFUSED_KEPT,),
        )
        return seq

    def note(self, notice: Notice) -> int:
        """Write down something that happened to the sandbox itself."""
        seq = self.next_seq()
        data = orjson.dumps(notice.data).decode()
        self._insert("changes", [(seq, notice.at_ms, notice.kind, *[None] * 6, data)])
        if seq - self._notices_swept_at >= NOTICES_SWEPT_EVERY:
            self._sweep_notices(seq)
        return seq

    def _sweep_notices(self, seq: int) -> None:
        """Remove the oldest notices, which hold what source functions were sent and did."""
        self._notices_swept_at = seq
        self._db.execute(
            "DELETE FROM changes WHERE data IS NOT NULL AND seq <="
            " (SELECT seq FROM changes WHERE data IS NOT NULL ORDER BY seq DESC LIMIT 1 OFFSET ?)",
            (NOTICES_KEPT,),
        )

    # -- deliveries ----------------------------------------------------------------------------------

    def claim(self, destination: str, limit: int, due_ms: int, clock: SandboxClock) -> Claimed:
        """Begin an attempt of up to `limit` deliveries that are due at `due_ms`, the oldest first."""
        rows = self._db.execute(
            "SELECT d.seq, d.attempts + 1, d.made + 1, d.begun_at, d.created_at, d.due_at, m.seq, m.message_id,"
            " m.type, m.event, m.body, m.source, d.state, d.reason"
            " FROM deliveries d JOIN messages m ON m.seq = d.message_seq"
            " WHERE d.destination = ? AND d.due_at <= ? ORDER BY d.due_at, d.seq LIMIT ?",
            (destination, due_ms, limit),
        ).fetchall()
        claims = tuple([self._claim(destination, clock.time_of(row[5]), row) for row in rows])
        self._begin(claims, clock.real_ms())
        return Claimed(claims, self._next_due(destination, due_ms) if len(rows) < limit else None)

    def _claim(self, destination: str, started_ms: int, row: tuple[Any, ...]) -> Claim:
        delivery, number, made, begun_ms, created_ms, _, message, message_id, *rest = row
        begun_ms = started_ms if begun_ms is None else begun_ms
        attempt = self.next_seq()
        ids = delivery, attempt, number, made, created_ms, begun_ms, started_ms, message, message_id
        return Claim(*ids, destination, *rest)

    def _begin(self, claims: Sequence[Claim], real_ms: int) -> None:
        self._insert(
            "attempts",
            [
                (c.attempt, c.delivery, c.number, c.started_ms, None, real_ms, None, "started", *[None] * 4)
                for c in claims
            ],
        )
        self._db.executemany(
            "UPDATE deliveries SET attempts = ?, made = ?, begun_at = ?, due_at = NULL WHERE seq = ?",
            [(claim.number, claim.made, claim.begun_ms, claim.delivery) for claim in claims],
        )

    def _next_due(self, destination: str, after_ms: int) -> int | None:
        row = self._db.execute(
            "SELECT min(due_at) FROM deliveries WHERE destination = ? AND due_at > ?", (destination, after_ms)
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def finish(self, finished: Sequence[Finished]) -> None:
        """Write what attempts came to, and their deliveries' new states."""
        attempts, deliveries, changes = [], [], []
        finished = self._still_there(finished)
        for end in finished:
            claim, outcome, state = end.claim, end.record.outcome, end.state
            code = str(outcome.status) if isinstance(outcome, Delivered) else outcome.code
            why = _why(outcome)
            asked_s = outcome.asked_s if isinstance(outcome, AwaitingRetry) else None
            seen = end.finished_ms, end.took_ms, state, code, asked_s, end.next_ms, to_json(end.record)
            attempts.append((*seen, claim.attempt))
            took_ms = max(0, end.finished_ms - claim.created_ms) if state is DeliveryState.DELIVERED else None
            deliveries.append((state, *why, end.next_ms, took_ms, claim.delivery))
            changes.append(self._change(end.finished_ms, "delivery", claim, state, why[0]))
            self.tally.ended(end, code, why[0])
            self.slots.ended(claim, state, why[0], took_ms)
        self._db.executemany(
            "UPDATE attempts SET finished_at = ?, took_ms = ?, outcome = ?, code = ?, asked_s = ?, next_at = ?,"
            " record = ? WHERE seq = ?",
            attempts,
        )
        self._db.executemany(
            "UPDATE deliveries SET state = ?, reason = ?, delivery_code = ?, detail = ?, due_at = ?, took_ms = ?"
            " WHERE seq = ?",
            deliveries,
        )
        self._insert("changes", changes)
        self._settle([end.claim.message for end in finished if end.state not in OPEN_STATES])

    def _still_there(self, finished: Sequence[Finished]) -> Sequence[Finished]:
        """Leave out what a reset has removed meanwhile."""
        if not self._gone:
            return finished
        left = [end for end in finished if end.claim.delivery not in self._gone]
        self._gone.difference_update(end.claim.delivery for end in finished)
        return left

    def try_again(self, selection: Selection, destinations: Collection[str], now_ms: int) -> list[str]:
        """Begin the schedule anew for deliveries to these destinations that are over, or await a retry.

        Those that were delivered are tried again only when the selection names the delivery or its state.

        Returns:
            the destination of each.
        """
        where, parameters = selection.where()
        named = bool({"delivery", "state"} & selection.filters.keys())
        states = TRIED_AGAIN | {DeliveryState.DELIVERED} if named else TRIED_AGAIN
        parameters |= {"states": _json_list(states), "destinations": _json_list(destinations)}
        rows = self._db.execute(
            "SELECT d.seq, d.message_seq, d.destination, d.state FROM deliveries d"  # noqa: S608 - constants
            " JOIN messages m ON m.seq = d.message_seq"
            f" WHERE {where} AND d.destination IN (SELECT value FROM json_each(:destinations))"
            " AND d.state IN (SELECT value FROM json_each(:states))"
            " AND (d.state <> 'awaiting_retry' OR d.due_at IS NOT NULL) ORDER BY d.seq",
            parameters,
        ).fetchall()
        with self.slots.moving([row[0] for row in rows]):
            self._db.executemany(
                "UPDATE deliveries SET state = 'pending', reason = NULL, delivery_code = NULL, detail = NULL,"
                " made = 0, begun_at = NULL, due_at = ?, took_ms = NULL WHERE seq = ?",
                [(now_ms, row[0]) for row in rows],
            )
        changes = [
            (self.next_seq(), now_ms, "delivery", message, seq, None, destination, "pending", None, None)
            for seq, message, destination, _ in rows
        ]
        self._insert("changes", changes)
        self.counts.pending += sum(state not in OPEN_STATES for *_, state in rows)
        return [destination for _, _, destination, _ in rows]

    def stop(self, destination: str, reason: str, now_ms: int) -> int:
        """Stop what is pending for a destination that is gone; return how many deliveries that were."""
        rows = self._db.execute(
            "SELECT seq, message_seq FROM deliveries WHERE destination = ? AND due_at IS NOT NULL", (destination,)
        ).fetchall()
        state = DeliveryState.STOPPED
        with self.slots.moving([seq for seq, _ in rows]):
            self._db.execute(
                "UPDATE deliveries SET state = ?, reason = ?, due_at = NULL"
                " WHERE destination = ? AND due_at IS NOT NULL",
                (state, reason, destination),
            )
        changes = [
            (self.next_seq(), now_ms, "delivery", message, seq, None, destination, state, reason, None)
            for seq, message in rows
        ]
        self._insert("changes", changes)
        self._settle([message for _, message in rows])
        self.tally.stopped(destination, reason, len(rows))
        return len(rows)

    def _change(self, at_ms: int, kind: str, claim: Claim, state: str, reason: str | None) -> tuple[Any, ...]:
        ids = claim.message, claim.delivery, claim.attempt, claim.destination
        return (self.next_seq(), at_ms, kind, *ids, state, reason, None)

    def _settle(self, messages: list[int]) -> None:
        """Count deliveries that ended, one message each, and remove the messages that only waited for that."""
        self.counts.pending -= len(messages)
        late = [seq for seq in dict.fromkeys(messages) if seq <= self._trimmed_to]
        if late:
            self._behind -= self._remove([seq for seq in late if not self._has_work(seq)])

    def _has_work(self, message: int) -> bool:
        found = self._db.execute(
            "SELECT 1 FROM deliveries WHERE message_seq = ? AND state IN ('pending', 'awaiting_retry') LIMIT 1",
            (message,),
        )
        return found.fetchone() is not None

    def take_up_again(self, now_ms: int) -> int:
        """Mark the attempts that a killed process left under way as cut off; their deliveries are due again."""
        rows = self._db.execute(
            "SELECT d.message_seq, d.seq, a.seq, d.destination FROM attempts a"
            " JOIN deliveries d ON d.seq = a.delivery_seq WHERE a.outcome = 'started'"
        ).fetchall()
        self._db.executemany(
            "UPDATE attempts SET outcome = ?, finished_at = ? WHERE seq = ?",
            [(_CUT_OFF, now_ms, attempt) for _, _, attempt, _ in rows],
        )
        self._db.executemany(
            "UPDATE deliveries SET due_at = ?, made = made - 1, begun_at = iif(made > 1, begun_at, NULL)"
            " WHERE seq = ?",
            [(now_ms, delivery) for _, delivery, _, _ in rows],
        )
        changes = [(self.next_seq(), now_ms, "attempt", *row, _CUT_OFF, None, None) for row in rows]
        self._insert("changes", changes)
        return len(rows)

    def reset(self, source: str | None, now_ms: int) -> int:
        """Remove everything, or all that belongs to a source; return how many messages that were.

        The numbers go on: the notice of the reset is the newest entry.
        """
        removed = self._forget_all() if source is None else self._forget_source(source)
        self.counts.messages, self.counts.pending = self._count()
        self._behind = self._one("SELECT count(*) FROM messages WHERE seq <= ?", (self._trimmed_to,))
        self.note(Notice("reset", now_ms, {"source": source, "messages": removed}))
        return removed

    def _forget_all(self) -> int:
        """Empty every table; without a WHERE, SQLite frees whole pages instead of going from row to row."""
        under_way = self._db.execute("SELECT delivery_seq FROM attempts WHERE outcome = 'started'")
        self._gone.update(row[0] for row in under_way)
        for table in ("attempts", "deliveries", "changes", "seen", "refused"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
        self.slots.remove_all()
        return self._db.execute("DELETE FROM messages").rowcount

    def _forget_source(self, source: str) -> int:
        """Remove what belongs to a source, and its message ids, so that the same events can be sent anew.

        The ids of messages that were removed before, for being old, are among them; those of others are not.
        """
        mine = "SELECT seq FROM messages WHERE source = :source"
        deliveries = f"SELECT seq FROM deliveries WHERE message_seq IN ({mine})"  # noqa: S608 - constants
        under_way = f"SELECT delivery_seq FROM attempts WHERE outcome = 'started' AND delivery_seq IN ({deliveries})"  # noqa: S608
        given = {"source": source}
        self.slots.remove("m.source = :source", given)
        self._gone.update(row[0] for row in self._db.execute(under_way, given))
        for statement in (
            f"DELETE FROM attempts WHERE delivery_seq IN ({deliveries})",  # noqa: S608 - constants
            f"DELETE FROM deliveries WHERE message_seq IN ({mine})",  # noqa: S608 - constants
            f"DELETE FROM changes WHERE message_seq IN ({mine})",  # noqa: S608 - constants
            "DELETE FROM changes WHERE kind = 'invocation' AND json_extract(data, '$.source') = :source",
            "DELETE FROM seen WHERE source = :source",
            "DELETE FROM refused WHERE source = :source",
        ):
            self._db.execute(statement, given)
        return self._db.execute("DELETE FROM messages WHERE source = :source", given).rowcount

    # -- bounds --------------------------------------------------------------------------------------

    def trim(self, now_ms: int, seen_since_ms: int) -> None:
        """Remove messages older than the newest `keep`, never one with work pending, and expired message ids."""
        if self.counts.messages - self._behind - self._keep > self._slack:
            self._trim()
        if now_ms - self._swept_at >= SEEN_SWEEP_MS:
            self._swept_at = now_ms
            self._db.execute("DELETE FROM seen WHERE at < ?", (seen_since_ms,))

    def _trim(self) -> None:
        while (excess := self.counts.messages - self._behind - self._keep) > 0:
            last, pending, settled = self._db.execute(
                "SELECT max(seq), sum(pending), json_group_array(seq) FILTER (WHERE NOT pending) FROM ("
                "  SELECT m.seq, EXISTS (SELECT 1 FROM deliveries d WHERE d.message_seq = m.seq"
                "    AND d.state IN ('pending', 'awaiting_retry')) AS pending"
                "  FROM messages m WHERE m.seq > ? ORDER BY m.seq LIMIT ?)",
                (self._trimmed_to, min(TRIM_STEP, excess)),
            ).fetchone()
            self._trimmed_to = last
            self._behind += pending
            self._remove(orjson.loads(settled))
        self._db.execute("DELETE FROM changes WHERE seq <= ?", (self._trimmed_to,))

    def _remove(self, seqs: list[int]) -> int:
        """Remove messages with all that belongs to them; return how many."""
        if not seqs:
            return 0
        chosen = orjson.dumps(seqs).decode()
        self.slots.remove("m.seq IN (SELECT value FROM json_each(?))", (chosen,))
        of_messages = "SELECT seq FROM deliveries WHERE message_seq IN (SELECT value FROM json_each(?))"
        self._db.execute(f"DELETE FROM attempts WHERE delivery_seq IN ({of_messages})", (chosen,))  # noqa: S608 - constant
        self._db.execute("DELETE FROM deliveries WHERE message_seq IN (SELECT value FROM json_each(?))", (chosen,))
        self._db.execute("DELETE FROM messages WHERE seq IN (SELECT value FROM json_each(?))", (chosen,))
        self.counts.messages -= len(seqs)
        return len(seqs)

    def _insert(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows, many to a statement."""
        start = 0
        for size in _ROWS_AT_ONCE:
            while len(rows) - start >= size:
                chunk = rows[start : start + size]
                statement = _insert_statement(table, len(chunk[0]), size)
                self._db.execute(statement, tuple(chain.from_iterable(chunk)))
                start += size


def _why(outcome: Outcome) -> tuple[str | None, str | None, str | None]:
    """Return a delivery's reason, its Event Delivery form, and the detail."""
    match outcome:
        case Delivered():
            return None, None, None
        case Filtered():
            return outcome.code, None, outcome.message
        case Discarded() | AwaitingRetry():
            return outcome.code, outcome.delivery_code, outcome.message
        case _:
            assert_never(outcome)


def _json_list(values: Collection[str]) -> str:
    return orjson.dumps(sorted(values)).decode()


@lru_cache(maxsize=256)
def _insert_statement(table: str, columns: int, rows: int) -> str:
    row = f"({','.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {','.join([row] * rows)}"  # noqa: S608 - constants


def _kept_stamps(stamps: Stamps | None) -> tuple[int | None, str | None]:
    if stamps is None:
        return None, None
    return stamps.added, orjson.dumps(stamps.were).decode() if stamps.were else None


def _message_row(seq: int, entry: Entry, *, duplicate: bool) -> tuple[Any, ...]:
    state = MessageState.DUPLICATE if duplicate else entry.state
    reason = "sandbox_duplicate" if duplicate else entry.reason
    return (
        seq,
        entry.source,
        entry.type,
        entry.event,
        entry.user_id,
        entry.message_id,
        state,
        reason,
        entry.received_at_ms,
        entry.replay_of,
        entry.path,
        *_kept_stamps(entry.stamps),
    )
