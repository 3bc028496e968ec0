"""Attempts over time: each destination's deliveries are taken from the journal, tried, and written back.

Each destination has a worker of its own, so that one that hangs delays no other.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from sandbox.clock import Clock
from sandbox.journal import Claim, Finished, Journal
from sandbox.outcomes import AttemptRecord, Delivered, DeliveryState, Discarded

log = logging.getLogger(__name__)

AT_ONCE: Final = 32
"""Attempts under way per destination."""


class Attempts(Protocol):
    """A destination as delivery sees it: something that can be tried with one message."""

    async def attempt(self, body: bytes) -> AttemptRecord:
        """Hand the normalised message, as JSON, to the component once; news is a value, never an exception."""
        ...


@dataclass(slots=True)
class _Worker:
    """One destination's deliveries under way."""

    slug: str
    destination: Attempts
    paused: bool = False
    retired: bool = False
    under_way: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Delivery:
    """Delivers what is pending, for as long as `run` runs."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._workers: dict[str, _Worker] = {}
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        journal.on_pending(self._wake)

    @property
    def under_way(self) -> int:
        """How many attempts are running."""
        return sum(worker.under_way for worker in self._workers.values())

    def connect(self, destinations: Mapping[str, Attempts]) -> list[str]:
        """Deliver to exactly these destinations from now on; return the slugs of those that are gone.

        Attempts under way end as they began; what comes next uses the new destination.
        """
        gone = [slug for slug in self._workers if slug not in destinations]
        for slug in gone:
            self._retire(self._workers.pop(slug))
        for slug, destination in destinations.items():
            worker = self._workers.setdefault(slug, _Worker(slug, destination))
            worker.destination = destination
            worker.wake.set()
        self._changed.set()
        return gone

    def pause(self, slug: str) -> bool:
        """Hold a destination's deliveries back; False when there is no such destination."""
        return self._set_paused(slug, paused=True)

    def resume(self, slug: str) -> bool:
        """Let a destination's deliveries go on; False when there is no such destination."""
        return self._set_paused(slug, paused=False)

    def paused(self) -> frozenset[str]:
        """Return the slugs of the destinations that are held back."""
        return frozenset(worker.slug for worker in self._workers.values() if worker.paused)

    async def drain(self) -> None:
        """Take up nothing more, and wait until the attempts under way are over and written."""
        for worker in self._workers.values():
            worker.paused = True
        while self.under_way:
            self._ended.clear()
            await self._ended.wait()

    async def run(self) -> None:
        """Deliver until cancelled; attempts under way then are cut off, and taken up again at the next start."""
        async with asyncio.TaskGroup() as group:
            while True:
                for worker in self._workers.values():
                    if worker.task is None:
                        worker.task = group.create_task(self._work(worker), name=f"deliver-{worker.slug}")
                await self._changed.wait()
                self._changed.clear()

    def _set_paused(self, slug: str, *, paused: bool) -> bool:
        worker = self._workers.get(slug)
        if worker is None:
            return False
        worker.paused = paused
        worker.wake.set()
        return True

    def _wake(self, slugs: set[str]) -> None:
        for slug in slugs:
            worker = self._workers.get(slug)
            if worker is not None:
                worker.wake.set()

    @staticmethod
    def _retire(worker: _Worker) -> None:
        """Let the worker's attempts end and take up no more."""
        worker.retired = True
        worker.wake.set()

    async def _work(self, worker: _Worker) -> None:
        """Claim what is due whenever there is room; a retired worker ends with its last attempt."""
        async with asyncio.TaskGroup() as attempts:
            while not worker.retired:
                for claim in await self._claim(worker):
                    attempts.create_task(self._attempt(worker, claim))
                await worker.wake.wait()
                worker.wake.clear()

    async def _claim(self, worker: _Worker) -> list[Claim]:
        room = AT_ONCE - worker.under_way
        if worker.paused or room <= 0:
            return []
        claims = await self._journal.claim(worker.slug, room)
        worker.under_way += len(claims)
        if len(claims) == room:
            worker.wake.set()
        return claims

    async def _attempt(self, worker: _Worker, claim: Claim) -> None:
        """Try once and write what it came to."""
        started_at_ms = self._clock.now_ms()
        try:
            record = await self._try(worker, claim)
            await self._journal.finish(Finished(claim, record, _state(record), started_at_ms, self._clock.now_ms()))
        finally:
            worker.under_way -= 1
            worker.wake.set()
            self._ended.set()

    @staticmethod
    async def _try(worker: _Worker, claim: Claim) -> AttemptRecord:
        """Attempt; a fault of the sandbox's own ends this one delivery, loudly, and no other."""
        try:
            return await worker.destination.attempt(claim.body)
        except Exception as error:
            log.exception("the attempt of delivery %d failed inside the sandbox", claim.delivery)
            sentence = f"The sandbox itself failed: {type(error).__name__}: {error}. Please report it."
            return AttemptRecord(Discarded("INTERNAL", "errors.discarded.INTERNAL", sentence))


def _state(record: AttemptRecord) -> DeliveryState:
    return DeliveryState.DELIVERED if isinstance(record.outcome, Delivered) else DeliveryState.DISCARDED
