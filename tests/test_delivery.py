"""Attempts over time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sandbox.clock import ManualClock, Rate, SandboxClock
from sandbox.delivery import AT_ONCE, Delivery
from sandbox.destinations import BatchAttempts, BatchRule, Try
from sandbox.journal import Journal
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Batch, Delivered, Discarded, Filtered, LogLine, Outcome
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

    async def attempt(self, tried: Try) -> AttemptRecord:
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
    outcome: Outcome | None = None

    @property
    def batching(self) -> BatchRule | None:
        """Return the rule."""
        return self.rule

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Count."""
        self.singles += 1
        return AttemptRecord(Delivered(200))

    async def attempt_batch(self, tried: Sequence[Try]) -> list[AttemptRecord]:
        """Count, and answer for each."""
        self.batches.append(len(tried))
        if self.fault is not None:
            raise self.fault
        outcomes: list[Outcome] = [
            self.outcome or (Discarded("400", "errors.discarded.400", "no") if index % 2 else Delivered(200))
            for index in range(len(tried))
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
    opened = Journal(
        tmp_path, SandboxClock(machine=ManualClock(1_000)), keep=1_000, pending_limit=10_000, seen_for_ms=DAY_MS
    )
    yield opened
    await opened.close()


@asynccontextmanager
async def delivering(
    journal: Journal, *, clock: SandboxClock | None = None, **destinations: FakeDestination | FakeBatchDestination
) -> AsyncIterator[Delivery]:
    """Deliver in the background."""
    clock = clock or SandboxClock(machine=ManualClock(1_000))
    delivery = Delivery(journal, clock)
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
    """Once and for all."""
    outcome = Discarded("401", "errors.discarded.401", "who?")
    async with delivering(journal, crm=FakeDestination([outcome])):
        await journal.accept([entry("a", "crm")])
        await until(journal, lambda: not journal.pending)
    (shown,) = await journal.read.deliveries(0, 10, {})
    assert (shown["state"], shown["reason"], shown["next_attempt_at"]) == ("discarded", "401", None)


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
    assert shown["delivery_code"] is None


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


DOWN = AwaitingRetry("503", "errors.awaiting-retry.5xx", "down")
HOUR_MS = 3_600_000


def still(at_ms: int = 1_000) -> SandboxClock:
    """Make a clock that moves only when advanced."""
    return SandboxClock(Rate(0), ManualClock(at_ms))


@asynccontextmanager
async def opened(folder: Path, clock: SandboxClock) -> AsyncIterator[Journal]:
    """Open a journal that goes by this clock."""
    journal = Journal(folder, clock, keep=1_000, pending_limit=10_000, seen_for_ms=DAY_MS)
    try:
        yield journal
    finally:
        await journal.close()


async def settled(delivery: Delivery) -> None:
    """Wait until nothing is due."""
    await asyncio.wait_for(delivery.settle(), STEP_S)


async def test_what_may_go_well_later_is_tried_again(tmp_path: Path) -> None:
    """When it is due, and not before."""
    clock = still()
    crm = FakeDestination([DOWN, DOWN, Delivered(200)])
    async with opened(tmp_path, clock) as journal, delivering(journal, clock=clock, crm=crm) as delivery:
        await journal.accept([entry("a", "crm")])
        await settled(delivery)
        (shown,) = await journal.read.deliveries(0, 10, {})
        assert (shown["state"], shown["reason"], crm.begun) == ("awaiting_retry", "503", 1)
        clock.advance(14_000)
        await settled(delivery)
        assert crm.begun == 1
        clock.advance(HOUR_MS)
        await settled(delivery)
        (shown,) = await journal.read.deliveries(0, 10, {})
    assert (shown["state"], shown["attempts"], crm.begun) == ("delivered", 3, 3)
    assert journal.pending == 0


async def test_four_hours_in_one_step_are_ten_attempts_at_their_times(tmp_path: Path) -> None:
    """Each has the time at which it was due, and the last one says that it was the last."""
    clock = still(0)
    crm = FakeDestination([DOWN] * 20)
    async with opened(tmp_path, clock) as journal, delivering(journal, clock=clock, crm=crm) as delivery:
        await journal.accept([entry("a", "crm")])
        clock.advance(4 * HOUR_MS)
        await settled(delivery)
        shown = await journal.read.delivery(2)
    assert shown is not None
    assert (shown["state"], shown["reason"]) == ("discarded", "503")
    assert shown["detail"] == "down Given up after 10 attempts."
    attempts = shown["attempts"]
    assert [each["outcome"] for each in attempts] == ["awaiting_retry"] * 9 + ["discarded"]
    assert [each["next_attempt_at"] for each in attempts[:-1]] == [each["started_at"] for each in attempts[1:]]
    started = [each["started_at"] for each in attempts]
    assert started == sorted(started)
    assert started[-1] <= "1970-01-01T04:00:00.000Z"


async def test_an_answer_may_ask_for_a_longer_wait(tmp_path: Path) -> None:
    """As with 429 and Retry-After."""
    clock = still(0)
    crm = FakeDestination([replace(DOWN, asked_s=600.0)])
    async with opened(tmp_path, clock) as journal, delivering(journal, clock=clock, crm=crm) as delivery:
        await journal.accept([entry("a", "crm")])
        await settled(delivery)
        (shown,) = await journal.read.deliveries(0, 10, {})
    assert shown["next_attempt_at"] == "1970-01-01T00:10:00.000Z"


async def test_a_retry_comes_by_itself(tmp_path: Path) -> None:
    """On a clock that goes, here a hundred thousand times as fast."""
    clock = SandboxClock(Rate(100_000))
    crm = FakeDestination([DOWN] * 3)
    async with opened(tmp_path, clock) as journal, delivering(journal, clock=clock, crm=crm):
        await journal.accept([entry("a", "crm")])
        await until(journal, lambda: not journal.pending)
    assert crm.begun == 4


async def test_a_retry_outlives_the_sandbox(tmp_path: Path) -> None:
    """The next start takes it up, when it is due, by a clock that goes on where it was."""
    clock = still()
    async with (
        opened(tmp_path, clock) as journal,
        delivering(journal, clock=clock, crm=FakeDestination([DOWN])) as one,
    ):
        await journal.accept([entry("a", "crm")])
        clock.advance(10_000)
        await settled(one)
    again, crm = still(), FakeDestination()
    async with opened(tmp_path, again) as journal, delivering(journal, clock=again, crm=crm) as two:
        await settled(two)
        assert (crm.begun, journal.pending) == (0, 1)
        again.advance(60_000)
        await settled(two)
        assert (crm.begun, journal.pending) == (1, 0)


async def test_an_attempt_that_was_cut_off_is_none_of_the_ten(tmp_path: Path) -> None:
    """A sandbox that is killed costs the partner no attempt."""
    clock = still(0)
    async with opened(tmp_path, clock) as journal:
        await journal.accept([entry("a", "crm")])
        await journal.claim("crm", 1)
    async with (
        opened(tmp_path, clock) as journal,
        delivering(journal, clock=clock, crm=FakeDestination([DOWN] * 20)) as delivery,
    ):
        clock.advance(4 * HOUR_MS)
        await settled(delivery)
        shown = await journal.read.delivery(2)
    assert shown is not None
    assert [each["outcome"] for each in shown["attempts"]] == ["cut_off", *["awaiting_retry"] * 9, "discarded"]


async def test_what_awaits_a_retry_stops_with_its_destination(journal: Journal) -> None:
    """Also when the attempt ended after the destination was gone."""
    crm = FakeDestination([DOWN])
    crm.gate.clear()
    async with delivering(journal, crm=crm) as delivery:
        await journal.accept([entry("a", "crm")])
        await until(journal, lambda: crm.begun == 1)
        delivery.connect({})
        crm.gate.set()
        await until(journal, lambda: not journal.pending)
    (shown,) = await journal.read.deliveries(0, 10, {})
    assert (shown["state"], shown["reason"]) == ("stopped", "sandbox_destination_removed")


async def test_a_batch_is_tried_again_as_one(tmp_path: Path) -> None:
    """With the clock advanced to the time at which both are due."""
    clock = still()
    destination = FakeBatchDestination(BatchRule(2, NEVER_S), outcome=DOWN)
    async with opened(tmp_path, clock) as journal, delivering(journal, clock=clock, fn=destination) as delivery:
        await accept(journal, 2)
        await settled(delivery)
        destination.outcome = None
        clock.advance(60_000)
        await until(journal, lambda: journal.pending == 0)
    assert destination.batches == [2, 2]


async def test_a_destination_may_take_fewer_at_once(journal: Journal) -> None:
    """One after the other, in the order in which they are due."""
    crm = FakeDestination()
    crm.gate.clear()
    async with delivering(journal, crm=crm) as delivery:
        delivery.connect({"crm": crm}, {"crm": 1})
        await journal.accept([entry(f"m{number}", "crm") for number in range(3)])
        await until(journal, lambda: crm.begun == 1)
        assert delivery.under_way == 1
        crm.gate.set()
        await settled(delivery)
    assert crm.begun == 3
