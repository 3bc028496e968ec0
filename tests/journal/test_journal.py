"""The journal's promises."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.clock import ManualClock, SandboxClock
from sandbox.errors import CannotStartError
from sandbox.journal import Finished, Journal, PlannedDelivery, Refusal
from sandbox.journal.schema import VERSION
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered, DeliveryState, MessageState
from tests.journal.conftest import DAY_MS, entry

REFUSAL = Refusal(1_000, "POST", "/v1/track", 400, "invalid_request", "malformed JSON", None, None, "{bad")


async def deliver(journal: Journal, destination: str, limit: int = 1_000) -> int:
    """Deliver what is due; return how many that were."""
    claims = (await journal.claim(destination, limit)).claims
    for claim in claims:
        record = AttemptRecord(Delivered(200))
        await journal.finish(Finished(claim, record, DeliveryState.DELIVERED, 1_005, 5.0))
    return len(claims)


async def test_what_is_accepted_can_be_read_at_once(journal: Journal) -> None:
    """An answer comes after the commit, so whoever asks after it finds the message."""
    accepted = await journal.accept([entry("a", "crm"), entry("b", "crm")])
    assert (accepted.first, accepted.last) == (1, 2)
    messages = await journal.read.messages(0, 10, {})
    assert [message["seq"] for message in messages] == [1, 2]
    shown = await journal.read.message(1)
    assert shown is not None
    assert [delivery["state"] for delivery in shown["deliveries"]] == ["pending"]


async def test_each_of_many_messages_keeps_what_is_its_own(journal: Journal) -> None:
    """However many are written in one step, and wherever one body ends and the next begins."""
    texts = ["x", "é" * 7, '"\\', "\u2028", "𝄞" * 3, "[1,2]"]
    bodies = [orjson.dumps({"n": number, "text": texts[number % 6] * (number % 5)}) for number in range(2_500)]
    entries = [
        entry(f"m{number}", *["crm"] * (number % 3), event=texts[number % 6], body=body, path=f"/{number}")
        for number, body in enumerate(bodies)
    ]
    accepted = await journal.accept(entries)
    claims = (await journal.claim("crm", 10_000)).claims
    expected = [number for number in range(2_500) for _ in range(number % 3)]
    assert [claim.body for claim in claims] == [bodies[number] for number in expected]
    assert [(claim.message_id, claim.event) for claim in claims] == [
        (f"m{number}", texts[number % 6]) for number in expected
    ]
    last = await journal.read.message(accepted.last)
    assert last is not None
    assert (last["path"], orjson.dumps(last["message"])) == ("/2499", bodies[-1])


async def test_one_counter_numbers_everything(journal: Journal) -> None:
    """Births and changes of state come in one order, each number once."""
    await journal.accept([entry("a", "crm")])
    await journal.refuse(REFUSAL)
    await deliver(journal, "crm")
    await journal.note("reload", what="function", path="f.js", error=None, took_ms=1)
    changes = await journal.read.changes(0, 100)
    assert [(change["seq"], change["kind"], change.get("state")) for change in changes] == [
        (1, "message", "accepted"),
        (2, "delivery", "pending"),
        (3, "refused", None),
        (4, "attempt", "started"),
        (5, "delivery", "delivered"),
        (6, "reload", None),
    ]


async def test_changes_read_in_pieces_are_the_same_changes(journal: Journal) -> None:
    """A watcher that goes on from the last number misses nothing and sees nothing twice."""
    for number in range(20):
        await journal.accept([entry(f"m{number}", "crm", "mail")])
    await deliver(journal, "crm")
    whole = await journal.read.changes(0, 1_000)
    pieces: list[dict[str, Any]] = []
    while piece := await journal.read.changes(pieces[-1]["seq"] if pieces else 0, 7):
        pieces += piece
    assert pieces == whole


async def test_beyond_wakes_every_waiter(journal: Journal) -> None:
    """Whoever waits for news gets it with the commit."""
    waiters = [asyncio.create_task(journal.beyond(0)) for _ in range(3)]
    await asyncio.sleep(0)
    await journal.accept([entry("a")])
    assert await asyncio.gather(*waiters) == [1, 1, 1]


async def test_the_same_message_id_is_a_duplicate_for_a_day(journal: Journal, machine: ManualClock) -> None:
    """66, 67: the first wins whatever the source, also within one batch; after the window it is new again."""
    await journal.accept([entry("a", "crm"), entry("a", "crm")])
    await journal.accept([entry("a", "crm", source="app")])
    machine.advance(DAY_MS / 1000 + 1)
    await journal.accept([entry("a", "crm", source="app")])
    messages = await journal.read.messages(0, 10, {})
    assert [message["state"] for message in messages] == ["accepted", "duplicate", "duplicate", "accepted"]
    assert len(await journal.read.deliveries(0, 10, {})) == 2


async def test_what_is_not_told_apart_is_never_a_duplicate(journal: Journal) -> None:
    """Replay and its kin go through again."""
    await journal.accept([entry("a")])
    await journal.accept([entry("a", once=False)])
    assert [message["state"] for message in await journal.read.messages(0, 10, {})] == ["accepted", "accepted"]


async def test_a_failed_message_does_not_use_its_id_up(journal: Journal) -> None:
    """A message that failed on ingest may be sent again with the same id once it is mended."""
    failed = {"state": MessageState.FAILED_ON_INGEST, "reason": "event_not_defined", "once": False}
    await journal.accept([entry("a", **failed)])
    await journal.accept([entry("a", "crm")])
    assert [message["state"] for message in await journal.read.messages(0, 10, {})] == [
        "failed_on_ingest",
        "accepted",
    ]


async def test_a_delivery_is_claimed_once_and_in_order(journal: Journal) -> None:
    """Two workers never get the same delivery."""
    await journal.accept([entry(f"m{number}", "crm") for number in range(5)])
    first, second = await asyncio.gather(journal.claim("crm", 3), journal.claim("crm", 3))
    assert [claim.message for claim in [*first.claims, *second.claims]] == [1, 2, 3, 4, 5]


async def test_a_delivery_shows_its_attempts_with_everything(journal: Journal) -> None:
    """State, reason with its remedy, and what the attempt came to."""
    await journal.accept([entry("a", "crm")])
    (claim,) = (await journal.claim("crm", 1)).claims
    outcome = AwaitingRetry("503", "errors.awaiting-retry.5xx", "down for maintenance", asked_s=60.0)
    record = AttemptRecord(outcome)
    await journal.finish(Finished(claim, record, DeliveryState.AWAITING_RETRY, 1_020, 20.04, next_ms=61_020))
    shown = await journal.read.delivery(claim.delivery)
    assert shown is not None
    assert shown["state"] == "awaiting_retry"
    assert (shown["reason"], shown["delivery_code"]) == ("503", "errors.awaiting-retry.5xx")
    assert shown["next_attempt_at"] == "1970-01-01T00:01:01.020Z"
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["outcome"], attempt["duration_ms"]) == (1, "awaiting_retry", 20.0)
    assert (attempt["retry_after_s"], attempt["next_attempt_at"]) == (60.0, "1970-01-01T00:01:01.020Z")


async def test_only_the_newest_messages_stay(journal: Journal) -> None:
    """Older ones go, with all that belongs to them."""
    for number in range(30):
        await journal.accept([entry(f"m{number}-{item}", "crm") for item in range(10)])
        await deliver(journal, "crm")
    messages = await journal.read.messages(0, 1_000, {})
    assert [len(messages), len(await journal.read.deliveries(0, 1_000, {}))] == [100, 100]
    assert messages[0]["message"]
    changes = await journal.read.changes(0, 1_000)
    assert len(changes) <= 100 * 4 + 10
    assert all(change.get("destination", "crm") == "crm" for change in changes)


async def test_a_message_with_work_pending_never_goes(journal: Journal) -> None:
    """It stays until its delivery is over, and does not push newer ones out."""
    await journal.accept([entry("slow", "slow")])
    for number in range(25):
        await journal.accept([entry(f"m{number}-{item}", "crm") for item in range(10)])
        await deliver(journal, "crm")
    assert [message["seq"] for message in await journal.read.messages(0, 1, {})] == [1]
    assert len(await journal.read.messages(0, 1_000, {})) == 101
    assert await deliver(journal, "slow") == 1
    assert [message["seq"] for message in await journal.read.messages(0, 1, {})] != [1]


async def test_too_much_pending_is_said(tmp_path: Path, clock: SandboxClock) -> None:
    """The source asks, and answers 429."""
    journal = Journal(tmp_path, clock, keep=1, pending_limit=2, seen_for_ms=DAY_MS)
    await journal.accept([entry("a", "crm")])
    assert not journal.full
    await journal.accept([entry("b", "crm")])
    assert journal.full
    await deliver(journal, "crm")
    assert not journal.full
    await journal.close()


async def test_a_clock_that_is_set_back_holds_nothing_up(tmp_path: Path) -> None:
    """What came in before the step is due all the same, at once and after a restart."""
    machine = ManualClock(9_000)
    journal = Journal(tmp_path, SandboxClock(machine=machine), keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    await journal.accept([entry("a", "crm", "mail")])
    machine.advance(-8)
    assert len((await journal.claim("crm", 10)).claims) == 1
    await journal.close()
    journal = Journal(tmp_path, SandboxClock(machine=machine), keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    assert len((await journal.claim("mail", 10)).claims) == 1
    await journal.close()


async def test_an_attempt_under_way_at_the_end_is_taken_up_again(tmp_path: Path, clock: SandboxClock) -> None:
    """The attempt that was cut off is shown as such, and the delivery is due again."""
    journal = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    await journal.accept([entry("a", "crm")])
    (claim,) = (await journal.claim("crm", 1)).claims
    await journal.close()
    journal = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    assert journal.taken_up_again == 1
    (again,) = (await journal.claim("crm", 1)).claims
    assert (again.delivery, again.number, again.made) == (claim.delivery, 2, 1)
    shown = await journal.read.delivery(claim.delivery)
    assert shown is not None
    assert [attempt["outcome"] for attempt in shown["attempts"]] == ["cut_off", "started"]
    await journal.close()


async def test_a_restart_goes_on_counting(tmp_path: Path, clock: SandboxClock) -> None:
    """Numbers and remembered ids outlive the process."""
    journal = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    await journal.accept([entry("a")])
    await journal.close()
    journal = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    assert (await journal.accept([entry("a")])).first == 2
    assert [message["state"] for message in await journal.read.messages(0, 10, {})] == ["accepted", "duplicate"]
    await journal.close()


async def test_what_is_pending_can_be_stopped(journal: Journal) -> None:
    """A destination that is gone has its pending deliveries shown as stopped, not lost."""
    await journal.accept([entry("a", "crm", "mail")])
    assert await journal.stop("crm", "sandbox_destination_removed") == 1
    states = {each["destination"]: each["state"] for each in await journal.read.deliveries(0, 10, {})}
    assert states == {"crm": "stopped", "mail": "pending"}
    assert journal.pending == 1


async def test_one_request_that_cannot_be_written_fails_alone(journal: Journal) -> None:
    """Its neighbours in the transaction are written all the same, and the numbers have no gap for it."""
    broken = entry("x", body=None)
    good, bad = await asyncio.gather(journal.accept([entry("a")]), journal.accept([broken]), return_exceptions=True)
    assert isinstance(bad, sqlite3.Error | TypeError)
    assert not isinstance(good, BaseException)
    assert (await journal.accept([entry("b")])).first == good.last + 1


async def test_a_full_disk_loses_nothing_that_was_accepted(journal: Journal) -> None:
    """What does not fit is an error to whoever sent it; with room again, numbers and counts go on in order."""
    database, big = journal._writer._db, b'"' + b"x" * 1_000_000 + b'"'
    accepted = await journal.accept([entry("a", "crm")])
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages + 10}")
    for number in range(3):
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await journal.accept([entry(f"big-{number}", "crm", body=big)])
    database.execute("PRAGMA max_page_count = 1000000")
    assert (await journal.accept([entry("b", "crm")])).first == accepted.last + 2
    assert journal.pending == 2
    assert await deliver(journal, "crm") == 2


@pytest.mark.parametrize(
    ("content", "version"),
    [
        pytest.param(b"this is no database, however long one looks at it" * 30, 0, id="no database"),
        pytest.param(None, VERSION - 1, id="an older version"),
        pytest.param(None, VERSION + 1, id="a newer version"),
    ],
)
async def test_a_file_that_is_not_ours_is_set_aside(
    tmp_path: Path, clock: SandboxClock, content: bytes | None, version: int
) -> None:
    """Never a crash, never an overwrite."""
    file = tmp_path / "journal.db"
    if content is None:
        with sqlite3.connect(file) as other:
            other.execute(f"PRAGMA user_version = {version}")
        other.close()
    else:
        file.write_bytes(content)
    before = file.read_bytes()
    journal = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    await journal.accept([entry("a")])
    await journal.close()
    assert (tmp_path / "journal.db.old1").read_bytes() == before


async def test_a_folder_that_cannot_be_one_is_a_sentence(tmp_path: Path, clock: SandboxClock) -> None:
    """The user is told, not traced back."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(CannotStartError, match="the journal cannot be opened"):
        Journal(tmp_path / "taken", clock, keep=1, pending_limit=1, seen_for_ms=DAY_MS)


async def test_filtered_deliveries_are_there_from_birth(journal: Journal) -> None:
    """What the integrations object switches off has its row and its reason."""
    planned = (PlannedDelivery("crm", DeliveryState.FILTERED, "FILTERED_BY_INTEGRATIONS_OBJECT"),)
    await journal.accept([replace(entry("a"), deliveries=planned)])
    (shown,) = await journal.read.deliveries(0, 10, {"state": "filtered"})
    assert shown["reason"] == "FILTERED_BY_INTEGRATIONS_OBJECT"
    assert (await journal.claim("crm", 10)).claims == ()


async def test_an_attempts_end_waits_for_room_on_the_disk(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    """What became of a delivery is written as soon as the file can be, and the process goes on meanwhile."""
    await journal.accept([entry("a", "crm")])
    (claim,) = (await journal.claim("crm", 1)).claims
    database = journal._writer._db
    database.execute("PRAGMA query_only = ON")
    finished = Finished(claim, AttemptRecord(Delivered(200)), DeliveryState.DELIVERED, 1_005, 5.0)
    finishing = asyncio.create_task(journal.finish(finished))
    while "could not be written" not in caplog.text:  # noqa: ASYNC110 - a log has no event to wait for
        await asyncio.sleep(0)
    assert not finishing.done()
    database.execute("PRAGMA query_only = OFF")  # the writer waits for the next try
    await finishing
    assert journal.pending == 0


async def test_a_reset_removes_everything_but_the_numbers(tmp_path: Path, clock: SandboxClock) -> None:
    """Ids are free again; the counter goes on, also after a restart."""
    journal = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    await journal.accept([entry("a", "crm"), entry("b", "crm")])
    await journal.refuse(REFUSAL)
    before = journal.seq
    assert await journal.reset(None) == 2
    assert (journal.pending, await journal.read.messages(0, 10, {}), await journal.read.refused(0, 10)) == (0, [], [])
    assert [each["kind"] for each in await journal.read.changes(0, 10)] == ["reset"]
    await journal.close()
    journal = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    assert (await journal.accept([entry("a", "crm")])).first == before + 2
    assert [each["state"] for each in await journal.read.messages(0, 10, {})] == ["accepted"]
    await journal.close()


async def test_a_reset_of_a_source_leaves_the_others_alone(journal: Journal) -> None:
    """With their deliveries, ids and changes."""
    await journal.accept([entry("a", "crm")])
    await journal.accept([entry("b", "mail", source="app")])
    assert await journal.reset("website") == 1
    assert [each["source"] for each in await journal.read.messages(0, 10, {})] == ["app"]
    assert journal.pending == 1
    await journal.accept([entry("a"), entry("b", source="app")])
    assert [each["state"] for each in await journal.read.messages(0, 10, {})] == ["accepted", "accepted", "duplicate"]


async def test_a_reset_of_a_source_frees_the_ids_of_messages_that_are_gone(
    tmp_path: Path, clock: SandboxClock
) -> None:
    """An id is remembered longer than its message, and is still its source's."""
    journal = Journal(tmp_path, clock, keep=1, pending_limit=1_000, seen_for_ms=DAY_MS)
    await journal.accept([entry("a")])
    await journal.accept([entry("b", source="app")])
    assert [each["source"] for each in await journal.read.messages(0, 10, {})] == ["app"]
    assert await journal.reset("website") == 0
    await journal.accept([entry("a")])
    assert [each["state"] for each in await journal.read.messages(0, 10, {})] == ["accepted"]
    await journal.accept([entry("b")])
    assert [each["state"] for each in await journal.read.messages(0, 10, {})] == ["duplicate"]
    await journal.close()


async def test_a_reset_of_a_source_leaves_an_id_that_counted_at_another(journal: Journal) -> None:
    """Two sources sent it; it belongs to the one whose message counted."""
    await journal.accept([entry("a", source="app")])
    await journal.accept([entry("a", source="website")])
    await journal.reset("website")
    await journal.accept([entry("a", source="website")])
    assert [each["state"] for each in await journal.read.messages(0, 10, {})] == ["accepted", "duplicate"]
    await journal.reset("app")
    await journal.accept([entry("a", source="website")])
    assert [each["state"] for each in await journal.read.messages(0, 10, {})] == ["duplicate", "accepted"]


async def test_what_is_under_way_at_a_reset_ends_unseen(journal: Journal) -> None:
    """And counts nowhere."""
    await journal.accept([entry("a", "crm"), entry("b", "crm")])
    gone, other = (await journal.claim("crm", 2)).claims
    await journal.reset(None)
    await journal.accept([entry("c", "crm")])
    record = AttemptRecord(Delivered(200))
    for claim in (gone, other):
        await journal.finish(Finished(claim, record, DeliveryState.DELIVERED, 1_005, 5.0))
    assert journal.pending == 1
    assert await deliver(journal, "crm") == 1
    assert journal.pending == 0
    kinds = [each["kind"] for each in await journal.read.changes(0, 100)]
    assert kinds == ["reset", "message", "delivery", "attempt", "delivery"]


async def test_old_messages_go_after_a_reset_as_before(journal: Journal) -> None:
    """The bound counts what is there."""
    for number in range(15):
        await journal.accept([entry(f"m{number}-{item}", "crm" if item % 2 else "slow") for item in range(10)])
        await deliver(journal, "crm")
    await journal.reset(None)
    for number in range(30):
        await journal.accept([entry(f"n{number}-{item}", "crm") for item in range(10)])
        await deliver(journal, "crm")
    assert len(await journal.read.messages(0, 1_000, {})) == 100
