"""The delivery overview of the API."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.clock import Rate
from sandbox.outcomes import REASONS
from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Answer, Partner

SHOP_KEY: Final = "shopWriteKey00000000000000000001"
SHOP: Final = f"""
[[sources]]
slug = "shop"
write_key = "{SHOP_KEY}"
"""
OF_WEBSITE: Final = destination("crm", "webhook") + destination("mail", "webhook")
DELIVERY_STEPS: Final = (
    "filtered_at_destination",
    "pending",
    "pending_retry",
    "failed_delivery",
    "successful_delivery",
)
"""Where a delivery can stand; its six states are in these five steps."""


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with Partner() as service:
        yield service


@pytest.fixture
async def sandbox(tmp_path: Path, partner: Partner) -> AsyncIterator[Running]:
    """The webhooks `crm` and `mail` of `website`, `erp` of `shop`, on a clock that stands still."""
    destinations = SHOP + OF_WEBSITE + destination("erp", "webhook", source="shop")
    write_workspace(tmp_path, partner.url, destinations=destinations)
    async with running(tmp_path, clock=Rate(0)) as started:
        await started.settled()
        yield started


async def track(running: Running, event: str, **fields: Any) -> None:
    """Send an event of a user through `website`, or with another `key`, and wait until nothing is due."""
    options = {"key": fields.pop("key")} if "key" in fields else {}
    await running.call("/v1/track", {"userId": "u", "event": event, **fields}, **options)
    await running.settled()


async def advance(running: Running, duration: str) -> None:
    """Advance the clock, and wait until all that fell due was tried."""
    async with running.client.post(f"{running.url}/_sandbox/clock", json={"advance": duration}) as answer:
        assert answer.status == 200
    await running.settled()


async def reasons(running: Running, step: str, query: str = "") -> dict[str, int]:
    """Return why so many stand at a step."""
    answer = await running.get(f"/overview{query}")
    (found,) = [each for each in answer["steps"] if each["step"] == step]
    return {each["reason"]: each["count"] for each in found["reasons"]}


async def totals(running: Running, query: str = "") -> dict[str, int]:
    """Return what each step counts, those alone that count anything."""
    answer = await running.get(f"/overview{query}")
    return {each["step"]: each["total"] for each in answer["steps"] if each["total"]}


@pytest.mark.parametrize(
    ("query", "counted"),
    [
        pytest.param(
            "", {"successfully_received": 3, "filtered_at_destination": 2, "successful_delivery": 4}, id="all"
        ),
        pytest.param(
            "?destination=webhook",
            {"successfully_received": 3, "filtered_at_destination": 1, "successful_delivery": 2},
            id="destination",
        ),
        pytest.param("?event=Left", {"successfully_received": 1, "successful_delivery": 2}, id="event"),
        pytest.param("?source=elsewhere", {}, id="source"),
    ],
)
async def test_the_overview_counts_by_step(embedded: Running, query: str, counted: dict[str, int]) -> None:
    """Each message once at the door, each delivery once at the step where it stands."""
    items: list[dict[str, Any]] = [
        {"type": "track", "event": "Came", "userId": "u"},
        {"type": "track", "event": "Left", "userId": "u"},
        {"type": "track", "event": "Off", "userId": "u", "integrations": {"All": False}},
    ]
    await embedded.call("/v1/batch", {"batch": items})
    await embedded.settled()
    assert await totals(embedded, query) == counted


async def test_the_overview_tells_reasons_minutes_and_attempts(embedded: Running) -> None:
    """Why, when, at which try, and how long it took."""
    await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.call("/v1/track", {"userId": "u", "event": "e", "integrations": {"All": False}})
    await embedded.settled()
    answer = await embedded.get("/overview")
    steps = {each["step"]: each for each in answer["steps"]}
    (reason,) = steps["filtered_at_destination"]["reasons"]
    assert (reason["reason"], reason["count"]) == ("FILTERED_BY_INTEGRATIONS_OBJECT", 2)
    assert reason["remedy"] == REASONS["FILTERED_BY_INTEGRATIONS_OBJECT"].remedy
    assert sum(each["count"] for each in steps["successful_delivery"]["series"]) == 2
    assert answer["attempts"] == [{"number": 1, "count": 2}]
    assert answer["p95_ms"] >= 0


async def test_the_overview_goes_by_the_sandbox_s_clock(embedded: Running) -> None:
    """What came before the clock was advanced is as old as the clock says."""
    await embedded.call("/v1/track", {"userId": "u", "event": "Old"})
    await embedded.settled()
    async with embedded.client.post(embedded.url + "/_sandbox/clock", json={"advance": "2h"}) as answer:
        assert answer.status == 200
    await embedded.call("/v1/track", {"userId": "u", "event": "New"})
    await embedded.settled()
    assert await totals(embedded) == {"successfully_received": 1, "successful_delivery": 2}
    assert await totals(embedded, "?since=4h") == {"successfully_received": 2, "successful_delivery": 4}


async def test_the_overview_of_a_clock_that_stands_still_counts_all(tmp_path: Path) -> None:
    """Messages that have no delivery too, of which it knows nothing but when they came."""
    async with running(tmp_path, clock=Rate(0)) as sandbox:
        await sandbox.call("/v1/track", {"event": "Nobody's"})
        await sandbox.call("/v1/track", {"userId": "u", "event": "Late"})
        await sandbox.settled()
        counted = {"successfully_received": 1, "failed_on_ingest": 1, "successful_delivery": 2}
        assert await totals(sandbox) == counted
        async with sandbox.client.post(f"{sandbox.url}/_sandbox/clock", json={"advance": "2h"}) as answer:
            assert answer.status == 200
        assert await totals(sandbox) == {}
        assert await totals(sandbox, "?since=4h") == counted


@pytest.mark.parametrize("since", ["0s", "5h", "soon"])
async def test_the_overview_takes_a_window_of_up_to_four_hours(embedded: Running, since: str) -> None:
    """Anything else is a mistake that is told."""
    async with embedded.client.get(embedded.url + f"/_sandbox/overview?since={since}") as answer:
        assert answer.status == 400
        assert f"since={since} is wrong" in await answer.text()


async def test_every_message_and_delivery_stands_at_one_step(sandbox: Running, partner: Partner) -> None:
    """With its reason; for each destination, the deliveries of all six states are the messages that were received."""
    for answer in (Answer(), Answer(503), Answer(400), Answer(501)):
        partner.answer(answer, answer)
    for event in ("Taken", "Later", "Rejected", "Unsupported"):
        await track(sandbox, event, messageId=event)
    await track(sandbox, "Taken", messageId="Taken")
    await track(sandbox, "Off", integrations={"All": False})
    await track(sandbox, "Nobody's", userId=None)
    sandbox.sandbox.pause("crm", paused=True)
    await track(sandbox, "Waits")
    expected = {
        "successfully_received": 6,
        "failed_on_ingest": 1,
        "duplicate": 1,
        "filtered_at_destination": 2,
        "pending": 1,
        "pending_retry": 2,
        "failed_delivery": 4,
        "successful_delivery": 3,
    }
    assert await totals(sandbox) == expected
    assert await reasons(sandbox, "successfully_received") == {}
    assert await reasons(sandbox, "failed_on_ingest") == {"no_user_anon_id": 1}
    assert await reasons(sandbox, "duplicate") == {"sandbox_duplicate": 1}
    assert await reasons(sandbox, "pending_retry") == {"503": 2}
    assert await reasons(sandbox, "failed_delivery") == {"400": 2, "UNSUPPORTED_EVENT_TYPE": 2}
    for slug in ("crm", "mail"):
        counted = await totals(sandbox, f"?destination={slug}")
        assert sum(counted.get(step, 0) for step in DELIVERY_STEPS) == counted["successfully_received"] == 6


async def test_a_delivery_that_is_stopped_has_failed(sandbox: Running, tmp_path: Path) -> None:
    """What waits for a destination that leaves the workspace; it still adds up."""
    sandbox.sandbox.pause("mail", paused=True)
    await track(sandbox, "Waits")
    file = write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "webhook"))
    await sandbox.sandbox.on_change(frozenset({file}))
    of_mail = "?destination=mail"
    assert await totals(sandbox, of_mail) == {"successfully_received": 1, "failed_delivery": 1}
    assert await reasons(sandbox, "failed_delivery", of_mail) == {"sandbox_destination_removed": 1}


async def test_the_overview_tells_at_which_try_deliveries_succeeded(sandbox: Running, partner: Partner) -> None:
    """A delivery counts once, where it stands now: first as a retry, then with its number of tries."""
    await track(sandbox, "At once")
    partner.answer(Answer(503), Answer(429))
    await track(sandbox, "Later")
    assert await reasons(sandbox, "pending_retry") == {"503": 1, "429": 1}
    assert (await sandbox.get("/overview"))["attempts"] == [{"number": 1, "count": 2}]
    await advance(sandbox, "1h")
    answer = await sandbox.get("/overview?since=2h")
    assert answer["attempts"] == [{"number": 1, "count": 2}, {"number": 2, "count": 2}]
    assert await totals(sandbox, "?since=2h") == {"successfully_received": 2, "successful_delivery": 4}


async def test_latency_goes_from_the_arrival_to_the_success(sandbox: Running, partner: Partner) -> None:
    """The wait for the retry is in it, as at Segment; what has not succeeded has none."""
    partner.answer(Answer(503), Answer(503))
    await track(sandbox, "Later")
    assert (await sandbox.get("/overview"))["p95_ms"] is None
    await advance(sandbox, "1h")
    answer = await sandbox.get("/overview?since=2h&destination=crm")
    (delivery,) = (await sandbox.get("/deliveries?destination=crm"))["deliveries"]
    story = await sandbox.get(f"/deliveries/{delivery['seq']}")
    finished, came = (
        datetime.fromisoformat(text) for text in (story["attempts"][-1]["finished_at"], story["created_at"])
    )
    assert answer["p95_ms"] == round((finished - came).total_seconds() * 1000)
    assert answer["p95_ms"] > 1_000


async def test_what_is_given_up_has_failed(sandbox: Running, partner: Partner) -> None:
    """After the last try, for the reason of that one; no success has a number."""
    partner.otherwise = Answer(503)
    await track(sandbox, "Never", key=SHOP_KEY)
    await advance(sandbox, "4h")
    await track(sandbox, "Later", key=SHOP_KEY)
    within = "?since=4h&destination=erp&event="
    assert await totals(sandbox, f"{within}Later") == {"successfully_received": 1, "pending_retry": 1}
    await advance(sandbox, "3h")
    (first, _) = (await sandbox.get("/deliveries?destination=erp"))["deliveries"]
    assert (first["state"], first["reason"]) == ("discarded", "503")
    assert (await sandbox.get("/overview?since=4h"))["attempts"] == []


async def test_a_success_that_was_tried_again_counts_where_it_stands_now(sandbox: Running, partner: Partner) -> None:
    """Its earlier success is neither a step, nor a try, nor a time."""
    partner.answer(Answer(), Answer(401))
    await track(sandbox, "Again", key=SHOP_KEY)
    order = {"state": "delivered", "destination": "erp"}
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/retry", json=order) as answer:
        assert await answer.json() == {"retried": 1}
    await sandbox.settled()
    assert await totals(sandbox) == {"successfully_received": 1, "failed_delivery": 1}
    shown = await sandbox.get("/overview")
    assert (shown["attempts"], shown["p95_ms"]) == ([], None)


async def test_the_series_has_the_minutes_in_which_something_came(sandbox: Running) -> None:
    """By the sandbox's clock: deliveries and messages without one alike, the sum is the total."""
    await track(sandbox, "First")
    await track(sandbox, "", userId=None)
    await advance(sandbox, "3m")
    await track(sandbox, "Second")
    await track(sandbox, "Third")
    answer = await sandbox.get("/overview")
    series = {each["step"]: each["series"] for each in answer["steps"]}
    minutes = [datetime.fromisoformat(each["time"]) for each in series["successfully_received"]]
    assert [each["count"] for each in series["successfully_received"]] == [1, 2]
    assert [each["count"] for each in series["failed_on_ingest"]] == [1]
    assert [each["count"] for each in series["successful_delivery"]] == [2, 4]
    assert (minutes[1] - minutes[0]).total_seconds() == 3 * 60
    assert all(minute.second == minute.microsecond == 0 for minute in minutes)
    assert {each["time"] for each in series["successful_delivery"]} == {
        each["time"] for each in series["successfully_received"]
    }
    for step in answer["steps"]:
        assert sum(each["count"] for each in step["series"]) == step["total"]


@pytest.mark.parametrize(
    ("query", "counted"),
    [
        pytest.param(
            "source=website",
            {"successfully_received": 2, "failed_delivery": 2, "successful_delivery": 2},
            id="source",
        ),
        pytest.param("source=shop", {"successfully_received": 1, "successful_delivery": 1}, id="another source"),
        pytest.param("event=Seen", {"successfully_received": 2, "successful_delivery": 3}, id="event"),
        pytest.param("event=Seen&source=shop", {"successfully_received": 1, "successful_delivery": 1}, id="both"),
        pytest.param("destination=erp", {"successfully_received": 1, "successful_delivery": 1}, id="destination"),
        pytest.param(
            "destination=mail&event=Bad",
            {"successfully_received": 1, "failed_delivery": 1},
            id="destination and event",
        ),
        pytest.param("destination=erp&source=website", {"successfully_received": 2}, id="of another source"),
        pytest.param("destination=crm&event=seen", {}, id="names are case sensitive"),
    ],
)
async def test_filters_leave_what_fits_all_of_them(
    sandbox: Running, partner: Partner, query: str, counted: dict[str, int]
) -> None:
    """A destination has the messages of its source."""
    partner.answer(Answer(400), Answer(400))
    await track(sandbox, "Bad")
    await track(sandbox, "Seen")
    await track(sandbox, "Seen", key=SHOP_KEY)
    assert await totals(sandbox, f"?{query}") == counted
