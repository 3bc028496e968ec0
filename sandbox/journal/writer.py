"""The journal's single writer: a thread that puts everything waiting into one transaction."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeAlias

from sandbox.clock import Clock
from sandbox.journal.entries import Accepted, Entry
from sandbox.journal.ledger import Ledger

log = logging.getLogger(__name__)

JOBS_AT_ONCE: Final = 512

Operation: TypeAlias = Callable[[Ledger], Any]


@dataclass(frozen=True, slots=True)
class _Accept:
    entries: Sequence[Entry]
    done: asyncio.Future[Accepted]


@dataclass(frozen=True, slots=True)
class _Perform:
    operation: Operation
    done: asyncio.Future[Any]


_Job: TypeAlias = _Accept | _Perform


@dataclass(slots=True)
class _Committed:
    """One transaction's results, carried to the event loop in one go."""

    results: list[tuple[asyncio.Future[Any], Any]]
    woken: set[str]
    seq: int


class Writer:
    """Runs operations in the order given, many to a transaction, and answers after the commit.

    `on_commit(seq, destinations)` is called on the event loop after each transaction, before the
    operations' callers go on: with the newest number and the destinations that got new pending deliveries.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        ledger: Ledger,
        clock: Clock,
        *,
        seen_for_ms: int,
        on_commit: Callable[[int, set[str]], None],
    ) -> None:
        self._db = connection
        self._ledger = ledger
        self._clock = clock
        self._seen_for_ms = seen_for_ms
        self._on_commit = on_commit
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def accept(self, entries: Sequence[Entry]) -> asyncio.Future[Accepted]:
        """Write the messages of one request with their deliveries."""
        done: asyncio.Future[Accepted] = self._loop.create_future()
        self._jobs.put(_Accept(entries, done))
        return done

    def perform(self, operation: Operation) -> asyncio.Future[Any]:
        """Run one operation on the ledger."""
        done: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.put(_Perform(operation, done))
        return done

    async def close(self) -> None:
        """Write what is waiting, then end."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._db.close()

    def _run(self) -> None:
        going = True
        while going:
            going, jobs = self._next_jobs()
            if jobs:
                self._commit(jobs)

    def _next_jobs(self) -> tuple[bool, list[_Job]]:
        """Wait for work and take all that is there; False with the last of it."""
        jobs: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == JOBS_AT_ONCE:
                return True, jobs
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return True, jobs
        return False, jobs

    def _commit(self, jobs: list[_Job]) -> None:
        """Run the jobs in one transaction; when that fails, each in its own, so that one cannot fail another."""
        try:
            committed = self._transaction(jobs)
        except Exception as error:  # noqa: BLE001 - carried to the caller
            if len(jobs) > 1:
                for job in jobs:
                    self._commit([job])
                return
            log.error("the journal could not be written: %s", error)  # noqa: TRY400 - the caller has the traceback
            self._loop.call_soon_threadsafe(_fail, jobs[0].done, error)
            return
        self._loop.call_soon_threadsafe(self._answer, committed)

    def _transaction(self, jobs: list[_Job]) -> _Committed:
        ledger, before = self._ledger, self._ledger.state()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            now_ms = self._clock.now_ms()
            seen_since_ms = now_ms - self._seen_for_ms
            accepts = [job for job in jobs if isinstance(job, _Accept)]
            requests = [job.entries for job in accepts]
            accepted, woken = ledger.accept(requests, now_ms, seen_since_ms) if accepts else ([], set())
            results: list[tuple[asyncio.Future[Any], Any]] = [
                (job.done, answer) for job, answer in zip(accepts, accepted, strict=True)
            ]
            results += [(job.done, job.operation(ledger)) for job in jobs if isinstance(job, _Perform)]
            ledger.trim(now_ms, seen_since_ms)
            ledger.slots.write()
            self._db.execute("COMMIT")
        except BaseException:
            ledger.restore(before)
            if self._db.in_transaction:  # on a full disk SQLite has rolled back by itself
                self._db.execute("ROLLBACK")
            raise
        ledger.tally.commit()
        ledger.slots.commit()
        return _Committed(results, woken, ledger.seq)

    def _answer(self, committed: _Committed) -> None:
        self._on_commit(committed.seq, committed.woken)
        for done, result in committed.results:
            if not done.done():
                done.set_result(result)


def _fail(done: asyncio.Future[Any], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
