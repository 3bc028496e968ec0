"""Lists of the journal, from either end."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from sandbox.journal import Finished, Journal, PlannedDelivery
from sandbox.journal.reader import NEIGHBOURS_CHARACTERS
from sandbox.journal.schema import BLOCK_BITS
from sandbox.outcomes import AttemptRecord, Delivered, DeliveryState, Discarded
from sandbox.wire import Exchange, Request, Response
from tests.journal.conftest import entry

_CALLS = (("website", "track", "Signed Up"), ("app", "identify", None), ("app", "track", "Left"))
_DELIVERIES = (
    PlannedDelivery("crm"),
    PlannedDelivery("mail", DeliveryState.FILTERED, "FILTERED_BY_INTEGRATIONS_OBJECT"),
)


@pytest.fixture
async def filled(journal: Journal) -> Journal:
    """Messages 1, 4 and 7, each with two deliveries behind it: one pending, one filtered."""
    for number, (source, kind, event) in enumerate(_CALLS):
        call = {"source": source, "type": kind, "event": event, "user_id": f"u{number % 2}"}
        await journal.accept([entry(f"m{number}", **call, deliveries=_DELIVERIES)])
    return journal


@pytest.mark.parametrize("newest", [False, True], ids=["oldest", "newest"])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({}, [1, 4, 7], id="all"),
        pytest.param({"type": "track"}, [1, 7], id="type"),
        pytest.param({"event": "Left"}, [7], id="event"),
        pytest.param({"source": "app"}, [4, 7], id="source"),
        pytest.param({"user": "u0"}, [1, 7], id="user"),
        pytest.param({"type": "track", "source": "app"}, [7], id="two"),
        pytest.param({"type": "track", "source": "app", "event": "Left", "user": "u0"}, [7], id="every one"),
        pytest.param({"user": "u0", "type": "track"}, [1, 7], id="user and type"),
        pytest.param({"event": "Joined"}, [], id="none fits"),
        pytest.param({"user": "nobody"}, [], id="no such user"),
    ],
)
async def test_messages_come_from_either_end(
    filled: Journal, filters: Mapping[str, str], expected: list[int], *, newest: bool
) -> None:
    """Each filter leaves the same, whatever the list begins with."""
    found = [each["seq"] for each in await filled.read.messages(0, 10, filters, newest=newest)]
    assert found == (expected[::-1] if newest else expected)


@pytest.mark.parametrize("newest", [False, True], ids=["oldest", "newest"])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({}, [2, 3, 5, 6, 8, 9], id="all"),
        pytest.param({"destination": "mail"}, [3, 6, 9], id="destination"),
        pytest.param({"state": "pending"}, [2, 5, 8], id="state"),
        pytest.param({"destination": "crm", "state": "pending"}, [2, 5, 8], id="both"),
        pytest.param({"destination": "crm", "state": "filtered"}, [], id="none fits"),
        pytest.param({"state": "delivered"}, [], id="none in that state"),
        pytest.param(
            {"state": "filtered", "reason": "FILTERED_BY_INTEGRATIONS_OBJECT"}, [3, 6, 9], id="state, reason"
        ),
        pytest.param({"destination": "mail", "reason": "FILTERED_BY_INTEGRATIONS_OBJECT"}, [3, 6, 9], id="reason"),
    ],
)
async def test_deliveries_come_from_either_end(
    filled: Journal, filters: Mapping[str, str], expected: list[int], *, newest: bool
) -> None:
    """Each filter leaves the same, whatever the list begins with."""
    found = [each["seq"] for each in await filled.read.deliveries(0, 10, filters, newest=newest)]
    assert found == (expected[::-1] if newest else expected)


async def test_the_deliveries_of_a_destination_come_in_order_whatever_their_states(filled: Journal) -> None:
    """They are found state by state, and a page is the newest of all of them."""
    await filled.accept([entry("m3", deliveries=(PlannedDelivery("mail"),))])
    pages = [
        await filled.read.deliveries(0, 2, {"destination": "mail"}, before=end, newest=True) for end in (None, 9)
    ]
    assert [[each["seq"] for each in page] for page in pages] == [[11, 9], [6, 3]]


@pytest.mark.parametrize("newest", [False, True], ids=["oldest", "newest"])
async def test_a_users_messages_are_found_from_block_to_block(journal: Journal, *, newest: bool) -> None:
    """A user's messages lie far apart; the pages follow one another without a gap."""
    block = 1 << BLOCK_BITS
    expected = []
    for number in range(3):
        journal._writer._ledger.seq = number * 5 * block
        expected += [(await journal.accept([entry(f"{number}-{item}", user_id="u")])).first for item in range(2)]
        await journal.accept([entry(f"{number}", user_id="other")])
    found: list[int] = []
    while True:
        end = (
            {"after": found[-1] if found else 0}
            if not newest
            else {"after": 0, "before": found[-1] if found else None}
        )
        page = await journal.read.messages(limit=2, filters={"user": "u"}, newest=newest, **end)
        found += [each["seq"] for each in page]
        if not page:
            break
    assert found == (expected[::-1] if newest else expected)


async def test_an_empty_journal_has_no_messages_of_a_user(journal: Journal) -> None:
    """There is no block to look into."""
    assert await journal.read.messages(0, 10, {"user": "u"}) == []


async def test_deliveries_in_a_state_come_in_order_whatever_their_destinations(filled: Journal) -> None:
    """They are found destination by destination, and a page is the newest of all of them."""
    await filled.accept(
        [entry("m3", deliveries=(PlannedDelivery("a"), PlannedDelivery("z"), PlannedDelivery("crm")))]
    )
    pages = [await filled.read.deliveries(0, 3, {"state": "pending"}, before=end, newest=True) for end in (None, 11)]
    assert [[each["seq"] for each in page] for page in pages] == [[13, 12, 11], [8, 5, 2]]


def sent(status: int, answered: bytes) -> AttemptRecord:
    """Record a request with a key, and its answer."""
    request = Request("POST", "http://crm.test/", (("Authorization", "Basic azo="),), b'{"messageId":"m"}')
    exchange = Exchange(request, Response(status, "", (), answered), 1_000, 1.0)
    refused = Discarded("401", "errors.discarded.401", "refused")
    return AttemptRecord(Delivered(status) if status == 200 else refused, (exchange,) * 2)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        pytest.param(100, ["unauthorized_at_times"], id="small"),
        pytest.param(NEIGHBOURS_CHARACTERS // 4, [], id="beyond what is read"),
    ],
)
async def test_what_is_read_of_a_deliverys_neighbours_is_bounded(
    journal: Journal, answered: int, expected: list[str]
) -> None:
    """The oldest of three neighbours took the key; the newer ones may hold more than is worth reading for advice."""
    await journal.accept([entry(f"m{number}", "crm") for number in range(4)])
    claims = (await journal.claim("crm", 4)).claims
    for number, claim in enumerate(claims):
        status = 401 if number == len(claims) - 1 else 200
        record = sent(status, b"" if number == 0 else b"x" * answered)
        if number in {1, 2}:
            record = replace(record, exchanges=tuple(replace(each, fault=1) for each in record.exchanges))
        state = DeliveryState.DISCARDED if status != 200 else DeliveryState.DELIVERED
        await journal.finish(Finished(claim, record, state, 1_005, 5.0))
    shown = await journal.read.delivery(claims[-1].delivery)
    assert shown is not None
    assert [each["id"] for each in shown["advice"] if each["id"] == "unauthorized_at_times"] == expected


async def test_what_takes_long_holds_nothing_else_up(filled: Journal) -> None:
    """However many such queries there are, the newest messages are found before the first of them ends."""
    goes_on = threading.Event()
    long = [asyncio.create_task(filled.read._long_query(lambda _: goes_on.wait())) for _ in range(5)]
    try:
        assert [each["seq"] for each in await filled.read.messages(0, 2, {}, newest=True)] == [7, 4]
        assert filled.counts()["messages"] == {"accepted": 3}
        assert not any(each.done() for each in long)
    finally:
        goes_on.set()
        await asyncio.gather(*long)
