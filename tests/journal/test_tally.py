"""What the journal counts since the start."""

import sqlite3

import pytest

from sandbox.journal import Finished, Journal, PlannedDelivery, Refusal
from sandbox.journal.ledger import Ledger
from sandbox.journal.tally import DURATION_BOUNDS_S
from sandbox.outcomes import AttemptRecord, Delivered, DeliveryState, MessageState
from tests.journal.conftest import entry

REFUSAL = Refusal(1_000, "POST", "/v1/track", 400, "invalid_request", "malformed JSON", None, None, "{bad")


async def test_messages_count_by_state_and_deliveries_at_their_end(journal: Journal) -> None:
    """A filtered delivery is over at its birth; a duplicate has none."""
    filtered = PlannedDelivery("mail", DeliveryState.FILTERED, "FILTERED_BY_INTEGRATIONS_OBJECT")
    await journal.accept([entry("a", deliveries=(PlannedDelivery("crm"), filtered)), entry("a", "crm")])
    failed = entry("b", type="made up", state=MessageState.FAILED_ON_INGEST, reason="invalid_type", once=False)
    await journal.accept([failed])
    totals = journal.totals()
    assert totals.messages == {
        ("website", "track", "accepted", None): 1,
        ("website", "track", "duplicate", "sandbox_duplicate"): 1,
        ("website", None, "failed_on_ingest", "invalid_type"): 1,
    }
    assert totals.deliveries == {("mail", "filtered", "FILTERED_BY_INTEGRATIONS_OBJECT"): 1}


async def test_an_attempt_falls_into_the_first_bucket_that_holds_it(journal: Journal) -> None:
    """A bound belongs to its own bucket; what takes longer than the last comes behind it."""
    took_s = [DURATION_BOUNDS_S[0], DURATION_BOUNDS_S[0] + 0.001, DURATION_BOUNDS_S[-1] + 1]
    await journal.accept([entry(f"m{number}", "crm") for number in range(3)])
    for claim, seconds in zip((await journal.claim("crm", 3)).claims, took_s, strict=True):
        record = AttemptRecord(Delivered(200))
        await journal.finish(Finished(claim, record, DeliveryState.DELIVERED, 1_005, seconds * 1000))
    totals = journal.totals()
    assert totals.durations == {("crm", 0): 1, ("crm", 1): 1, ("crm", len(DURATION_BOUNDS_S)): 1}
    assert totals.duration_s["crm"] == pytest.approx(sum(took_s))
    assert totals.latencies == {("crm", 0): 3}
    assert totals.latency_s["crm"] == pytest.approx(0.015)


async def test_what_is_rolled_back_does_not_count(journal: Journal) -> None:
    """Neither what failed, nor what failed with it and was written by itself is counted twice."""

    def failing(ledger: Ledger) -> None:
        ledger.refuse(REFUSAL)
        raise sqlite3.OperationalError("disk full")

    good = journal._writer.perform(lambda ledger: ledger.refuse(REFUSAL))
    bad = journal._writer.perform(failing)
    await good
    with pytest.raises(sqlite3.OperationalError):
        await bad
    assert journal.totals().refused == {400: 1}


async def test_what_was_asked_for_does_not_go_on_counting(journal: Journal) -> None:
    """Totals are those of the moment."""
    before = journal.totals()
    await journal.accept([entry("a", "crm")])
    assert not before.messages
    assert await journal.stop("crm", "sandbox_destination_removed") == 1
    assert journal.totals().deliveries == {("crm", "stopped", "sandbox_destination_removed"): 1}
