"""Attempts over time: each destination's deliveries are taken from the journal, tried, and written back.

Each destination has a worker of its own, so that one that hangs delays no other. What fails and may go well later
is due again by the schedule, on the sandbox's clock.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from types import MappingProxyType
from typing import Final

from sandbox.clock import SandboxClock
from sandbox.destinations import Attempts, BatchAttempts, BatchRule, Try
from sandbox.journal import Claim, Finished, Journal
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered, DeliveryState, Discarded, Filtered
from sandbox.retry import SUBSCRIPTION, jitter

log = logging.getLogger(__name__)

AT_ONCE: Final = 32
"""Attempts under way per destination, where the destination does not say otherwise."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Deliveries of one attempt: one, or `together` those of a batch."""

    claims: tuple[Claim, ...]
    together: bool = False


@dataclass(slots=True)
class _Worker:
    """One destination's deliveries under way.

    Attributes:
        at_once: how many attempts may be under way.
        claiming: while it asks the journal for what is due.
        next_due: runs until the next delivery is due that waits for a retry.
        collecting: runs while a batch is being collected.
        ripe: whether the first delivery of the batch has waited long enough.
    """

    slug: str
    destination: Attempts
    at_once: int = AT_ONCE
    paused: bool = False
    retired: bool = False
    claiming: bool = False
    under_way: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    next_due: asyncio.TimerHandle | None = None
    task: asyncio.Task[None] | None = None
    collecting: asyncio.TimerHandle | None = None
    ripe: bool = False

    @property
    def batching(self) -> BatchRule | None:
        """Return how the destination collects messages at present."""
        return self.destination.batching if isinstance(self.destination, BatchAttempts) else None

    @property
    def busy(self) -> bool:
        """Return whether anything is being tried, or about to be."""
        return self.claiming or self.under_way > 0 or self.wake.is_set()

    def wait_until(self, due_ms: int | None, clock: SandboxClock) -> None:
        """Wake when the next delivery is due; a clock that stands still wakes whoever waits when it is advanced."""
        if self.next_due is not None:
            self.next_due.cancel()
        self.next_due = None if due_ms is None else clock.call_at(due_ms, self.wake.set)

    def collect(self, wait_s: float) -> None:
        """Begin to collect a batch, if that has not begun."""
        if self.collecting is None:
            self.collecting = asyncio.get_running_loop().call_later(wait_s, self._ripen)

    def _ripen(self) -> None:
        self.ripe = True
        self.wake.set()

    def collected(self) -> None:
        """Begin anew with the next delivery."""
        if self.collecting is not None:
            self.collecting.cancel()
        self.collecting, self.ripe = None, False


class Delivery:
    """Delivers what is pending, for as long as `run` runs."""

    def __init__(self, journal: Journal, clock: SandboxClock, seed: int = 0) -> None:
        """Deliver what `journal` has; `seed` makes other jitter."""
        self._journal = journal
        self._clock = clock
        self._seed = seed
        self._workers: dict[str, _Worker] = {}
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        journal.on_pending(self._wake)
        clock.on_change(self._wake_all)

    @property
    def under_way(self) -> int:
        """How many attempts are running."""
        return sum(worker.under_way for worker in self._workers.values())

    def under_way_by_destination(self) -> dict[str, int]:
        """Return how many attempts are running, by the slugs of all that is delivered to."""
        return {worker.slug: worker.under_way for worker in self._workers.values()}

    def connect(
        self, destinations: Mapping[str, Attempts], at_once: Mapping[str, int] = MappingProxyType({})
    ) -> list[str]:
        """Deliver to exactly these destinations from now on; return the slugs of those that are gone.

        Attempts under way end as they began; what comes next uses the new destination.

        Args:
            destinations: by slug.
            at_once: how many attempts may be under way, by slug; `AT_ONCE` where it is not said.
        """
        gone = [slug for slug in self._workers if slug not in destinations]
        for slug in gone:
            self._retire(self._workers.pop(slug))
        for slug, destination in destinations.items():
            worker = self._workers.setdefault(slug, _Worker(slug, destination))
            worker.destination = destination
            worker.at_once = at_once.get(slug, AT_ONCE)
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

    async def settle(self) -> None:
        """Wait until nothing is due and nothing under way; what is paused does not count."""
        while not await self._is_settled():
            self._ended.clear()
            await self._ended.wait()

    async def _is_settled(self) -> bool:
        for worker in list(self._workers.values()):
            if worker.busy or (not worker.paused and await self._journal.waiting(worker.slug, 1)):
                return False
        return not any(worker.busy for worker in self._workers.values())

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

    def _wake_all(self) -> None:
        """Look again for what is due: the clock has changed."""
        for worker in self._workers.values():
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
                worker.wake.clear()
                for group in await self._claim(worker):
                    attempts.create_task(self._attempt(worker, group))
                self._ended.set()
                await worker.wake.wait()
        worker.wait_until(None, self._clock)

    async def _claim(self, worker: _Worker) -> list[_Group]:
        room = worker.at_once - worker.under_way
        if worker.paused or room <= 0:
            return []
        rule = worker.batching
        worker.claiming = True
        try:
            groups = await (self._claim_singly(worker, room) if rule is None else self._claim_batch(worker, rule))
        finally:
            worker.claiming = False
        worker.under_way += len(groups)
        return groups

    async def _claim_singly(self, worker: _Worker, room: int) -> list[_Group]:
        claimed = await self._journal.claim(worker.slug, room)
        if len(claimed.claims) == room:
            worker.wake.set()
        else:
            worker.wait_until(claimed.next_ms, self._clock)
        return [_Group((claim,)) for claim in claimed.claims]

    async def _claim_batch(self, worker: _Worker, rule: BatchRule) -> list[_Group]:
        """Claim a batch that is full, or whose first delivery has waited long enough; until then it stays pending."""
        waiting = await self._journal.waiting(worker.slug, rule.max_count)
        if waiting < rule.max_count and not worker.ripe:
            if waiting:
                worker.collect(rule.wait_s)
            else:
                worker.wait_until(await self._journal.read.next_due(worker.slug), self._clock)
            return []
        worker.collected()
        claimed = await self._journal.claim(worker.slug, rule.max_count)
        worker.wake.set()  # for what came meanwhile
        return [_Group(claimed.claims, together=True)] if claimed.claims else []

    async def _attempt(self, worker: _Worker, group: _Group) -> None:
        """Try once and write what it came to."""
        began = perf_counter()
        try:
            records = await self._try(worker, group)
            took_ms = (perf_counter() - began) * 1000
            finished = [
                self._finished(claim, record, took_ms) for claim, record in zip(group.claims, records, strict=True)
            ]
            await self._journal.finish(*finished)
            await self._stop_if_gone(worker, finished)
        finally:
            worker.under_way -= 1
            worker.wake.set()
            self._ended.set()

    def _finished(self, claim: Claim, record: AttemptRecord, took_ms: float) -> Finished:
        """Say what an attempt leads to: an end, or another attempt by the schedule."""
        finished_ms = claim.started_ms + self._clock.passed_ms(took_ms)
        outcome = record.outcome
        if not isinstance(outcome, AwaitingRetry):
            return Finished(claim, record, _STATES[type(outcome)], finished_ms, took_ms)
        next_ms = SUBSCRIPTION.next_ms(
            claim.made,
            jitter(self._seed, claim.destination, claim.message_id, claim.made),
            begun_ms=claim.begun_ms,
            ended_ms=finished_ms,
            asked_s=outcome.asked_s or 0.0,
        )
        if next_ms is None:
            given_up = f"{outcome.message} Given up after {claim.made} attempts."
            record = replace(record, outcome=replace(outcome, message=given_up))
            return Finished(claim, record, DeliveryState.DISCARDED, finished_ms, took_ms)
        return Finished(claim, record, DeliveryState.AWAITING_RETRY, finished_ms, took_ms, next_ms)

    async def _stop_if_gone(self, worker: _Worker, finished: Sequence[Finished]) -> None:
        """Stop what would be tried again for a destination that is no longer there."""
        awaiting = any(end.state is DeliveryState.AWAITING_RETRY for end in finished)
        if awaiting and worker.slug not in self._workers:
            await self._journal.stop(worker.slug, "sandbox_destination_removed")

    @staticmethod
    async def _try(worker: _Worker, group: _Group) -> Sequence[AttemptRecord]:
        """Attempt; a fault of the sandbox's own ends this attempt's deliveries, loudly, and no other."""
        try:
            if group.together and isinstance(worker.destination, BatchAttempts):
                records = await worker.destination.attempt_batch([_tried(claim) for claim in group.claims])
                return _told_of_batch(group.claims, records)
            return [await worker.destination.attempt(_tried(claim)) for claim in group.claims]
        except Exception as error:
            numbers = ", ".join(str(claim.delivery) for claim in group.claims)
            log.exception("the attempt of delivery %s failed inside the sandbox", numbers)
            sentence = f"The sandbox itself failed: {type(error).__name__}: {error}. Please report it."
            return [AttemptRecord(Discarded("INTERNAL", "errors.discarded.INTERNAL", sentence))] * len(group.claims)


def _told_of_batch(claims: Sequence[Claim], records: Sequence[AttemptRecord]) -> list[AttemptRecord]:
    """Write into each record of a batch which deliveries were in it, and which record shows the call."""
    members = [claim for claim, record in zip(claims, records, strict=True) if record.batch]
    deliveries = tuple(claim.delivery for claim in members)
    return [
        replace(record, batch=replace(record.batch, deliveries=deliveries, shown_in=members[0].attempt))
        if record.batch
        else record
        for record in records
    ]


_STATES: Final = {
    Delivered: DeliveryState.DELIVERED,
    Discarded: DeliveryState.DISCARDED,
    Filtered: DeliveryState.FILTERED,
}


def _tried(claim: Claim) -> Try:
    return Try(claim.destination, claim.type, claim.event, claim.message_id, claim.body, claim.made, claim.started_ms)
