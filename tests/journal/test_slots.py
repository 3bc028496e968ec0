"""What the journal keeps counted, against its rows counted one by one."""

import math
import sqlite3
from collections import Counter
from datetime import datetime
from itertools import product
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.journal import Finished, Journal, PlannedDelivery, Selection
from sandbox.journal.ledger import Ledger
from sandbox.journal.overview import MINUTE_MS, STEPS, Window
from sandbox.journal.slots import rounded, took_range, took_sql
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered, DeliveryState, Discarded, MessageState
from tests.journal.conftest import entry

FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"source": "shop"},
    {"destination": "crm"},
    {"destination": "crm", "source": "website"},
    {"event": "Event 1"},
    {"event": "Event 1", "destination": "crm"},
)


@pytest.fixture
async def lived(journal: Journal, machine: ManualClock) -> Journal:
    """A journal in which every kind of change happened, over some minutes, and from which the oldest are gone."""
    filtered = PlannedDelivery("mail", DeliveryState.FILTERED, "FILTERED_BY_INTEGRATIONS_OBJECT")
    for number in range(40):
        failed = entry(f"f{number}", state=MessageState.FAILED_ON_INGEST, reason="invalid_type", once=False)
        both = entry(f"b{number}", deliveries=(PlannedDelivery("crm"), filtered), event=f"Event {number % 3}")
        await journal.accept([entry(f"a{number // 2}", "crm", "erp", source="shop"), failed])
        await journal.accept([both])
        machine.advance(7.3)
        await finish(journal, "crm", number)
    await journal.stop("erp", "sandbox_destination_removed")
    await journal.try_again(Selection({"state": "delivered", "event": "Event 1"}), {"crm"})
    machine.advance(2)
    await finish(journal, "crm", 1)
    await journal.accept([entry("last", "crm", source=None)])
    return journal


async def finish(journal: Journal, destination: str, number: int) -> None:
    """End what is due: one of three is tried again later, one of five discarded."""
    for place, claim in enumerate((await journal.claim(destination, 100)).claims, number):
        at_ms = claim.started_ms + 17 * place * place
        if place % 3 == 0 and claim.number == 1:
            later = AttemptRecord(AwaitingRetry("503", "errors.awaiting-retry.503", "later"))
            await journal.finish(Finished(claim, later, DeliveryState.AWAITING_RETRY, at_ms, 5.0, at_ms + 20_000))
        elif place % 5 == 0:
            refused = AttemptRecord(Discarded("400", "errors.discarded.400", "no"))
            await journal.finish(Finished(claim, refused, DeliveryState.DISCARDED, at_ms, 5.0))
        else:
            await journal.finish(Finished(claim, AttemptRecord(Delivered(200)), DeliveryState.DELIVERED, at_ms, 5.0))


def rows(journal: Journal, sql: str) -> list[dict[str, Any]]:
    """Read what the writer has committed."""
    found = journal._writer._db.execute(sql)
    names = [each[0] for each in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def one_by_one(journal: Journal, window: Window) -> dict[str, Any]:
    """Count a window row by row: totals by step, reason and minute, and the P95 latency."""
    messages = rows(journal, "SELECT source, event, state, reason, came_at AS at FROM messages")
    deliveries = rows(
        journal,
        "SELECT m.source, m.event, d.destination, d.state, d.reason, d.created_at AS at, a.finished_at, d.attempts"
        " FROM deliveries d JOIN messages m ON m.seq = d.message_seq"
        " LEFT JOIN attempts a ON a.delivery_seq = d.seq AND a.number = d.attempts",
    )
    of_messages = {name: value for name, value in window.filters.items() if name != "destination"}
    fitting = [each for each in messages if fits(each, window, of_messages)]
    delivered = [each for each in deliveries if fits(each, window, window.filters)]
    fitting += delivered
    took = sorted(max(0, each["finished_at"] - each["at"]) for each in delivered if each["state"] == "delivered")
    return {
        "minutes": Counter((name, each["at"] // MINUTE_MS) for each in fitting for name in steps_of(each)),
        "reasons": Counter(
            (name, each["reason"])
            for each in fitting
            for name in steps_of(each)
            if each["reason"] and name != "successfully_received"
        ),
        "attempts": Counter(each["attempts"] for each in delivered if each["state"] == "delivered"),
        "p95_ms": took[math.ceil(len(took) * 0.95) - 1] if took else None,
    }


def steps_of(row: dict[str, Any]) -> list[str]:
    """Return the steps in which a row counts."""
    return [name for name, states in STEPS.items() if row["state"] in states]


def fits(row: dict[str, Any], window: Window, filters: Any) -> bool:
    """Say whether a row is in a window, and fits every filter."""
    in_time = window.from_ms < row["at"] <= window.to_ms
    return in_time and all(row[name] == value for name, value in filters.items())


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    """Bring an overview into the form of `one_by_one`."""
    steps = answer["steps"]
    return {
        "minutes": Counter(
            {
                (step["step"], int(datetime.fromisoformat(each["time"]).timestamp()) // 60): each["count"]
                for step in steps
                for each in step["series"]
            }
        ),
        "reasons": Counter(
            {(step["step"], each["reason"]): each["count"] for step in steps for each in step["reasons"]}
        ),
        "attempts": Counter({each["number"]: each["count"] for each in answer["attempts"]}),
        "p95_ms": answer["p95_ms"],
    }


@pytest.mark.parametrize("filters", FILTERS, ids=lambda each: " ".join(each.values()) or "all")
async def test_an_overview_is_what_its_rows_come_to(lived: Journal, filters: dict[str, str]) -> None:
    """Wherever the window begins and ends, within a slot or between two."""
    times = [row["came_at"] for row in rows(lived, "SELECT DISTINCT came_at FROM messages ORDER BY came_at")]
    begins = [0, times[0] - 1, times[0], times[3], times[3] + 1, 60_000, 64_999, 65_000, times[-1]]
    ends = [times[4], 59_999, 60_000, 64_999, 200_000, times[-1] - 1, times[-1], times[-1] + 1, 10**7]
    counted = 0
    for from_ms, to_ms in product(begins, ends):
        window = Window(from_ms, to_ms, filters)
        expected = one_by_one(lived, window)
        assert shown(await lived.read.overview(window)) == expected, window
        counted += expected["minutes"].total()
    assert counted


async def test_totals_and_reasons_are_what_the_rows_come_to(lived: Journal) -> None:
    """Also where nothing is left in a state."""
    expected = {
        table: dict(Counter(row["state"] for row in rows(lived, f"SELECT state FROM {table}")))  # noqa: S608 - constants
        for table in ("messages", "deliveries")
    }
    assert lived.counts() == expected
    why = Counter(row["reason"] for row in rows(lived, "SELECT reason FROM deliveries WHERE reason IS NOT NULL"))
    assert await lived.read.reasons({}) == why
    of_crm = rows(lived, "SELECT reason FROM deliveries WHERE destination = 'crm' AND state = 'discarded'")
    assert await lived.read.reasons({"destination": "crm", "state": "discarded"}) == Counter(
        row["reason"] for row in of_crm
    )


@pytest.mark.parametrize("source", ["shop", None])
async def test_what_is_reset_does_not_count(lived: Journal, source: str | None) -> None:
    """What comes in after it does, and so does what another source has sent."""
    await lived.reset(source)
    await lived.accept([entry("new", "crm", source="shop")])
    window = Window(0, 10**9)
    expected = one_by_one(lived, window)
    assert shown(await lived.read.overview(window)) == expected
    assert sum(lived.counts()["messages"].values()) == len(rows(lived, "SELECT seq FROM messages"))
    if source is None:
        assert rows(lived, "SELECT count(*) AS count FROM message_slots") == [{"count": 1}]


async def test_what_is_rolled_back_is_in_no_slot(journal: Journal) -> None:
    """It is written with the next transaction that succeeds, once."""

    def failing(ledger: Ledger) -> None:
        ledger.accept([[entry("lost", "crm")]], 1_000, 0)
        raise sqlite3.OperationalError("disk full")

    good = journal._writer.accept([entry("a", "crm")])
    with pytest.raises(sqlite3.OperationalError):
        await journal._writer.perform(failing)
    await good
    assert journal.counts() == {"messages": {"accepted": 1}, "deliveries": {"pending": 1}}


@pytest.mark.parametrize("took_ms", [0, 7, 999, 1_000, 1_009, 1_010, 99_999, 300_017, 31_622_400_000])
def test_a_time_is_in_the_range_that_it_is_rounded_to(took_ms: int) -> None:
    """Of which the first is the time rounded."""
    db = sqlite3.connect(":memory:")
    (by_sqlite,) = db.execute(f"SELECT {took_sql('took_ms')} FROM (SELECT ? AS took_ms)", (took_ms,)).fetchone()  # noqa: S608
    db.close()
    assert took_ms in took_range(by_sqlite)
    assert by_sqlite == rounded(took_ms) == took_range(by_sqlite).start
