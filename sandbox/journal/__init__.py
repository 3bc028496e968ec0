"""The journal: everything that came in and what became of it, in one SQLite file.

Promises, each tested: an answer comes after the commit; one counter numbers every entry and every change;
a message and its deliveries are born in one transaction; the size is bounded.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final

from sandbox.clock import SandboxClock
from sandbox.journal.entries import (
    Accepted,
    Claim,
    Claimed,
    Entry,
    Finished,
    Notice,
    PlannedDelivery,
    Refusal,
)
from sandbox.journal.ledger import Ledger
from sandbox.journal.reader import Reader
from sandbox.journal.schema import open_for_writing
from sandbox.journal.selection import Selection
from sandbox.journal.tally import Totals
from sandbox.journal.writer import Operation, Writer

__all__ = [
    "Accepted",
    "Claim",
    "Claimed",
    "Entry",
    "Finished",
    "Journal",
    "Notice",
    "PlannedDelivery",
    "Reader",
    "Refusal",
    "Selection",
    "Totals",
]

AGAIN_S: Final = 1.0
"""Between two tries to write what must not be lost, in seconds."""


class Journal:
    """The sandbox's record. Make it inside the event loop; close it when done.

    Attributes:
        read: queries.
        taken_up_again: how many attempts a killed process had left under way.
    """

    def __init__(self, folder: Path, clock: SandboxClock, *, keep: int, pending_limit: int, seen_for_ms: int) -> None:
        """Open the journal in `folder`.

        Args:
            folder: made where there is none.
            clock: says what is due; it goes on from where the journal's newest entry has it.
            keep: how many of the newest messages stay.
            pending_limit: how many deliveries may be pending before the journal says it is full.
            seen_for_ms: how long message ids are remembered.

        Raises:
            CannotStartError: the folder cannot be written.
        """
        self._clock = clock
        self._pending_limit = pending_limit
        connection = open_for_writing(folder)
        self._ledger = Ledger(connection, keep)
        clock.catch_up(self._ledger.latest_ms())
        connection.execute("BEGIN IMMEDIATE")
        self.taken_up_again = self._ledger.take_up_again(clock.now_ms())
        connection.execute("COMMIT")
        self.seq = self._ledger.seq
        self.read = Reader(folder)
        self._wake_destinations: Callable[[set[str]], None] = lambda _: None
        self._advanced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writer = Writer(connection, self._ledger, clock, seen_for_ms=seen_for_ms, on_commit=self._committed)

    async def close(self) -> None:
        """Write what is waiting and close the file."""
        await self._writer.close()
        await self.read.close()
        self._advanced.cancel()

    def on_pending(self, wake: Callable[[set[str]], None]) -> None:
        """Have `wake` called, after each commit, with the destinations that got new pending deliveries."""
        self._wake_destinations = wake

    @property
    def full(self) -> bool:
        """Whether so much is pending that the source must turn messages away."""
        return self._ledger.counts.pending >= self._pending_limit

    @property
    def pending(self) -> int:
        """How many deliveries are not over yet."""
        return self._ledger.counts.pending

    @property
    def kept(self) -> int:
        """How many messages it holds."""
        return self._ledger.counts.messages

    @property
    def pending_limit(self) -> int:
        """How many deliveries may be pending."""
        return self._pending_limit

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many messages and deliveries it holds in each state."""
        return self._ledger.slots.totals()

    def totals(self) -> Totals:
        """Return what came in and what became of it since the start, forgotten or not."""
        return self._ledger.tally.totals()

    async def accept(self, entries: Sequence[Entry]) -> Accepted:
        """Write the messages of one request, and their deliveries with them; return their numbers."""
        return await self._writer.accept(entries)

    async def refuse(self, refusal: Refusal) -> int:
        """Write down a request that was turned away; return its number."""
        seq: int = await self._writer.perform(lambda ledger: ledger.refuse(refusal))
        return seq

    def refuse_soon(self, refusal: Refusal) -> None:
        """Write down a request that was turned away, without waiting; the writer tells what goes wrong."""
        self._writer.perform(lambda ledger: ledger.refuse(refusal)).add_done_callback(_retrieved)

    async def note(self, kind: str, *, at_ms: int | None = None, **data: object) -> int:
        """Write down something that happened to the sandbox itself, now or at `at_ms`; return its number."""
        notice = Notice(kind, self._clock.now_ms() if at_ms is None else at_ms, data)
        seq: int = await self._writer.perform(lambda ledger: ledger.note(notice))
        return seq

    async def claim(self, destination: str, limit: int) -> Claimed:
        """Begin an attempt of each of up to `limit` deliveries that are due; they are durable on return."""
        due_ms = self._clock.now_ms()
        claimed: Claimed = await self._writer.perform(
            lambda ledger: ledger.claim(destination, limit, due_ms, self._clock)
        )
        return claimed

    async def waiting(self, destination: str, limit: int) -> int:
        """Return how many deliveries `claim` would find now, counted up to `limit`."""
        return await self.read.due(destination, self._clock.now_ms(), limit)

    async def finish(self, *finished: Finished) -> None:
        """Write what attempts came to, all or none."""
        await self._insist(lambda ledger: ledger.finish(finished))

    async def try_again(self, selection: Selection, destinations: Collection[str]) -> int:
        """Begin the schedule anew for what matches and is over, or awaits a retry; return how many those are."""
        now_ms = self._clock.now_ms()
        begun: list[str] = await self._writer.perform(
            lambda ledger: ledger.try_again(selection, destinations, now_ms)
        )
        self._wake_destinations(set(begun))
        return len(begun)

    async def reset(self, source: str | None) -> int:
        """Remove everything, or all that belongs to a source; return how many messages that were."""
        now_ms = self._clock.now_ms()
        removed: int = await self._writer.perform(lambda ledger: ledger.reset(source, now_ms))
        return removed

    async def stop(self, destination: str, reason: str) -> int:
        """Stop what is pending for a destination that is gone; return how many deliveries that were."""
        now_ms = self._clock.now_ms()
        stopped: int = await self._writer.perform(lambda ledger: ledger.stop(destination, reason, now_ms))
        return stopped

    async def beyond(self, seq: int) -> int:
        """Wait until something is committed that has a number higher than `seq`; return the newest number."""
        while self.seq <= seq:
            await asyncio.shield(self._advanced)
        return self.seq

    async def _insist(self, operation: Operation) -> Any:
        """Perform what must not be lost, again and again while the file cannot be written, as on a full disk."""
        while True:
            try:
                return await self._writer.perform(operation)
            except sqlite3.OperationalError:
                await asyncio.sleep(AGAIN_S)

    def _committed(self, seq: int, destinations: set[str]) -> None:
        self.seq = seq
        advanced, self._advanced = self._advanced, asyncio.get_running_loop().create_future()
        advanced.set_result(None)
        if destinations:
            self._wake_destinations(destinations)


def _retrieved(done: asyncio.Future[Any]) -> None:
    """Have looked at an outcome that nobody waits for."""
    if not done.cancelled():
        done.exception()
