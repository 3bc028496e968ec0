"""Attempts over time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.clock import ManualClock
from sandbox.delivery import AT_ONCE, Delivery
from sandbox.destinations import BatchAttempts, BatchRule
from sandbox.journal import Journal
from sandbox.outcomes import AttemptRecord, Batch, Delivered, Discarded, Filtered, LogLine, Outcome
from tests.journal.conftest import DAY_MS, entry

STEP_S = 10


@dataclass
class FakeDestination:
    """Answers each attempt with the next outcome, or once the gate is open."""

    outcomes: list[Outcome | Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def attempt(self, body: bytes) -> AttemptRecord:
        """Count, wait for the gate, answer."""
        self.begun += 1
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else Delivered(200)
        if isinstance(outcome, Exception):
            raise outcome
        return AttemptRecord(outcome)


@dataclass
class FakeBatchDestination(BatchAttempts):
    """Takes batches by its rule; every second event of one is turned down."""

    rule: BatchRule | None
    batches: list[int] = field(default_factory=list)
    singles: int = 0
    fault: Exception | None = None

    @property
    def batching(self) -> BatchRule | None:
        """Return the rule."""
        return self.rule

    async def attempt(self, body: bytes) -> AttemptRecord:
        """Count."""
        self.singles += 1
        return AttemptRecord(Delivered(200))

    async def attempt_batch(self, bodies: Sequence[bytes]) -> list[AttemptRecord]:
        """Count, and answer for each."""
        self.batches.append(len(bodies))
        if self.fault is not None:
            raise self.fault
        outcomes: list[Outcome] = [
            Discarded("400", "errors.discarded.400", "no") if index % 2 else Delivered(200)
            for index in range(len(bodies))
        ]
        log = (LogLine(1, "info", "hello"),)
        return [
            AttemptRecord(outcome, logs=() if index else log, batch=Batch(index))
            for index, outcome in enumerate(outcomes)
        ]


NEVER_S = 300.0
"""Longer than any test: only a full batch goes out."""


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = Journal(tmp_path, ManualClock(1_000), keep=1_000, pending_limit=10_000, seen_for_ms=DAY_MS)
    yield opened
    await opened.close()


@asynccontextmanager
async def delivering(
    journal: Journal, **destinations: FakeDestination | FakeBatchDestination
) -> AsyncIterator[Delivery]:
    """Deliver in the background."""
    delivery = Delivery(journal, ManualClock(1_000))
    delivery.connect(destinations)
    task = asyncio.create_task(delivery.run())
    try:
        yield delivery
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(journal: Journal, reached: Callable[[], bool]) -> None:
    """Wait for what is bound to happen."""
    async with asyncio.timeout(STEP_S):
        while not reached():
            await asyncio.wait([asyncio.create_task(journal.beyond(journal.seq))], timeout=0.05)


async def states(journal: Journal) -> list[tuple[str, str]]:
    """Return destination and state of every delivery."""
    return [(each["destination"], each["state"]) for each in await journal.read.deliveries(0, 1_000, {})]


async def test_what_is_pending_is_delivered(journal: Journal) -> None:
    """Before the start and after it."""
    await journal.accept([entry("before", "crm")])
    async with delivering(journal, crm=FakeDestination()):
        await journal.accept([entry("after", "crm")])
        await until(journal, lambda: not journal.pending)
    assert await states(journal) == [("crm", "delivered"), ("crm", "delivered")]


async def test_a_failure_is_discarded_with_its_reason(journal: Journal) -> None:
    """What Segment would retry says so."""
    outcome = Discarded("503", "errors.awaiting-retry.5xx", "down", would_retry=True)
    async with delivering(journal, crm=FakeDestination([outcome])):
        await journal.accept([entry("a", "crm")])
        await until(journal, lambda: not journal.pending)
    (shown,) = await journal.read.deliveries(0, 10, {})
    assert (shown["state"], shown["reason"], shown["would_retry"]) == ("discarded", "503", True)


async def test_a_fault_of_ours_ends_one_delivery_only(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    """Loudly, and the next one goes on."""
    async with delivering(journal, crm=FakeDestination([ZeroDivisionError("oh"), Delivered(200)])):
        await journal.accept([entry("a", "crm")])
        await until(journal, lambda: not journal.pending)
        await journal.accept([entry("b", "crm")])
        await until(journal, lambda: not journal.pending)
    assert [state for _, state in await states(journal)] == ["discarded", "delivered"]
    assert "failed inside the sandbox" in caplog.text


async def test_a_destination_that_hangs_delays_no_other(journal: Journal) -> None:
    """Each has a worker and a limit of its own."""
    slow, quick = FakeDestination(), FakeDestination()
    slow.gate.clear()
    async with delivering(journal, slow=slow, quick=quick):
        await journal.accept([entry(f"m{number}", "slow", "quick") for number in range(3 * AT_ONCE)])
        await until(journal, lambda: journal.pending == 3 * AT_ONCE)
        assert (slow.begun, quick.begun) == (AT_ONCE, 3 * AT_ONCE)
        slow.gate.set()
        await until(journal, lambda: not journal.pending)


async def test_a_destination_that_is_gone_ends_what_it_began(journal: Journal) -> None:
    """And takes up nothing more."""
    crm = FakeDestination()
    crm.gate.clear()
    async with delivering(journal, crm=crm) as delivery:
        await journal.accept([entry(f"m{number}", "crm") for number in range(AT_ONCE + 5)])
        await until(journal, lambda: crm.begun == AT_ONCE)
        assert delivery.connect({}) == ["crm"]
        crm.gate.set()
        await until(journal, lambda: journal.pending == 5)
        assert crm.begun == AT_ONCE


async def test_a_replaced_destination_gets_what_comes_next(journal: Journal) -> None:
    """The worker stays; the component behind it is swapped."""
    old, new = FakeDestination(), FakeDestination()
    async with delivering(journal, crm=old) as delivery:
        await journal.accept([entry("a", "crm")])
        await until(journal, lambda: not journal.pending)
        delivery.connect({"crm": new})
        await journal.accept([entry("b", "crm")])
        await until(journal, lambda: not journal.pending)
    assert (old.begun, new.begun) == (1, 1)


async def test_draining_waits_for_what_is_under_way(journal: Journal) -> None:
    """A graceful stop leaves the rest pending for the next start."""
    crm = FakeDestination()
    crm.gate.clear()
    async with delivering(journal, crm=crm) as delivery:
        await journal.accept([entry(f"m{number}", "crm") for number in range(AT_ONCE + 5)])
        await until(journal, lambda: crm.begun == AT_ONCE)
        drained = asyncio.create_task(delivery.drain())
        await asyncio.sleep(0)
        crm.gate.set()
        await asyncio.wait_for(drained, STEP_S)
        assert (delivery.under_way, journal.pending) == (0, 5)


async def accept(journal: Journal, count: int) -> None:
    """Take messages in, each with a delivery to `fn`."""
    await journal.accept([entry(f"m{journal.seq}-{number}", "fn") for number in range(count)])


async def test_what_was_filtered_on_its_way_is_filtered(journal: Journal) -> None:
    """It is neither delivered nor discarded, and says why."""
    async with delivering(journal, crm=FakeDestination([Filtered("DROP_EVENT", "on purpose")])):
        await journal.accept([entry("a", "crm")])
        await until(journal, lambda: not journal.pending)
    (shown,) = await journal.read.deliveries(0, 10, {})
    assert (shown["state"], shown["reason"], shown["detail"]) == ("filtered", "DROP_EVENT", "on purpose")
    assert (shown["delivery_code"], shown["would_retry"]) == (None, False)


async def test_a_full_batch_goes_out_at_once(journal: Journal) -> None:
    """What is beyond it stays pending, and waits for more."""
    destination = FakeBatchDestination(BatchRule(3, NEVER_S))
    async with delivering(journal, fn=destination):
        await accept(journal, 7)
        await until(journal, lambda: journal.pending == 1)
        assert destination.batches == [3, 3]
        await accept(journal, 2)
        await until(journal, lambda: not journal.pending)
    assert (destination.batches, destination.singles) == ([3, 3, 3], 0)


async def test_a_batch_goes_out_when_its_first_delivery_has_waited(journal: Journal) -> None:
    """With what is there."""
    destination = FakeBatchDestination(BatchRule(20, 0.02))
    async with delivering(journal, fn=destination):
        await accept(journal, 2)
        await until(journal, lambda: not journal.pending)
        await accept(journal, 1)
        await until(journal, lambda: not journal.pending)
    assert destination.batches == [2, 1]


async def test_each_delivery_of_a_batch_has_its_own_outcome_and_shows_the_call(journal: Journal) -> None:
    """The call's logs are kept once and shown with all."""
    async with delivering(journal, fn=FakeBatchDestination(BatchRule(2, NEVER_S))):
        await accept(journal, 2)
        await until(journal, lambda: not journal.pending)
    deliveries = await journal.read.deliveries(0, 10, {})
    assert [each["state"] for each in deliveries] == ["delivered", "discarded"]
    numbers = [each["seq"] for each in deliveries]
    for index, number in enumerate(numbers):
        shown = await journal.read.delivery(number)
        assert shown is not None
        (attempt,) = shown["attempts"]
        assert (attempt["batch"]["index"], attempt["batch"]["deliveries"]) == (index, numbers)
        assert [line["text"] for line in attempt["logs"]] == ["hello"]


async def test_what_waits_for_a_batch_is_pending(journal: Journal) -> None:
    """No attempt has begun, so a stop meanwhile cuts none off."""
    async with delivering(journal, fn=FakeBatchDestination(BatchRule(20, NEVER_S))) as delivery:
        await accept(journal, 1)
        await delivery.drain()
    (shown,) = await journal.read.deliveries(0, 10, {})
    assert (shown["state"], shown["attempts"]) == ("pending", 0)


async def test_a_destination_that_stops_to_batch_delivers_what_waited(journal: Journal) -> None:
    """As when the code no longer declares onBatch."""
    destination = FakeBatchDestination(BatchRule(20, NEVER_S))
    async with delivering(journal, fn=destination) as delivery:
        await accept(journal, 2)
        destination.rule = None
        delivery.connect({"fn": destination})
        await until(journal, lambda: not journal.pending)
    assert (destination.batches, destination.singles) == ([], 2)


async def test_a_fault_of_ours_ends_one_batch_only(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    """Loudly, for every delivery in it."""
    async with delivering(journal, fn=FakeBatchDestination(BatchRule(2, NEVER_S), fault=ZeroDivisionError("oh"))):
        await accept(journal, 2)
        await until(journal, lambda: not journal.pending)
    assert [each["reason"] for each in await journal.read.deliveries(0, 10, {})] == ["INTERNAL", "INTERNAL"]
    assert "failed inside the sandbox" in caplog.text
