"""Deliveries tried again and messages sent again, over HTTP."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import Rate
from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Answer, Partner

EVENT = {"type": "track", "userId": "u", "event": "Signed Up", "messageId": "m-1", "properties": {"revenue": 1}}


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with Partner() as service:
        yield service


@pytest.fixture
async def sandbox(tmp_path: Path, partner: Partner) -> AsyncIterator[Running]:
    """A workspace with two webhooks, on a clock that stands still."""
    write_workspace(
        tmp_path, partner.url, destinations=destination("crm", "webhook") + destination("mail", "webhook")
    )
    async with running(tmp_path, clock=Rate(0)) as started:
        yield started


async def ask(sandbox: Running, path: str, order: Any) -> tuple[int, dict[str, Any]]:
    """Post an order; return the status and the answer, once nothing is due."""
    async with sandbox.client.post(f"{sandbox.url}/_sandbox{path}", json=order) as response:
        answer = await response.json()
    await sandbox.settled()
    return response.status, answer


async def take(sandbox: Running, **changes: Any) -> None:
    """Send the event and wait until it is delivered, or is not."""
    await sandbox.call("/v1/track", {**EVENT, **changes})
    await sandbox.settled()


async def states(sandbox: Running) -> dict[str, tuple[str, int]]:
    """Return state and number of attempts of each destination's last delivery."""
    deliveries = (await sandbox.get("/deliveries"))["deliveries"]
    return {each["destination"]: (each["state"], each["attempts"]) for each in deliveries}


async def test_what_failed_is_tried_again(sandbox: Running, partner: Partner) -> None:
    """By its number, with its attempts going on; what is delivered already is left alone unless it is named."""
    partner.answer(Answer(401), Answer(401))
    await take(sandbox)
    assert await states(sandbox) == {"crm": ("discarded", 1), "mail": ("discarded", 1)}
    assert await ask(sandbox, "/retry", {"destination": "crm"}) == (200, {"retried": 1})
    assert await states(sandbox) == {"crm": ("delivered", 2), "mail": ("discarded", 1)}
    assert await ask(sandbox, "/retry", {"event": "Signed Up"}) == (200, {"retried": 1})
    assert await ask(sandbox, "/retry", {"event": "Signed Up"}) == (200, {"retried": 0})
    assert await ask(sandbox, "/deliveries/2/retry", {}) == (200, {"retried": 1})
    assert await states(sandbox) == {"crm": ("delivered", 3), "mail": ("delivered", 2)}
    assert sandbox.journal.pending == 0


async def test_a_retry_does_not_wait_for_its_time(sandbox: Running, partner: Partner) -> None:
    """And begins the schedule anew."""
    partner.answer(Answer(503), Answer(503))
    await take(sandbox)
    assert await states(sandbox) == {"crm": ("awaiting_retry", 1), "mail": ("awaiting_retry", 1)}
    assert await ask(sandbox, "/retry", {"state": "awaiting_retry"}) == (200, {"retried": 2})
    assert await states(sandbox) == {"crm": ("delivered", 2), "mail": ("delivered", 2)}


async def test_a_replay_is_no_duplicate_and_says_what_it_is(sandbox: Running, partner: Partner) -> None:
    """To one destination, with the integrations object that Segment gives replays, and all else as it was."""
    await take(sandbox, integrations={"All": False, "acme-crm": True})
    first = json.loads(partner.received[0].body)
    status, answer = await ask(sandbox, "/messages/1/replay", {"destination": "mail"})
    assert (status, answer["replayed"]) == (200, 1)
    shown = await sandbox.get(f"/messages/{answer['messages'][0]}")
    assert (shown["state"], shown["replay_of"]) == ("accepted", 1)
    assert [(each["destination"], each["state"]) for each in shown["deliveries"]] == [("mail", "delivered")]
    again = json.loads(partner.received[-1].body)
    assert again.pop("integrations") == {"All": False, "Acme CRM": True}
    first.pop("integrations")
    assert again == first


async def test_a_replay_may_change_the_event(sandbox: Running, partner: Partner) -> None:
    """Values by dotted path; what is stored stays as it was."""
    await take(sandbox)
    order = {"event": "Signed Up", "set": {"properties.revenue": 12, "context.ip": "8.8.8.8"}, "unset": ["userId"]}
    status, answer = await ask(sandbox, "/replay", {**order, "destination": "crm"})
    assert (status, answer["replayed"]) == (200, 1)
    again = json.loads(partner.received[-1].body)
    assert (again["properties"], again["context"]["ip"], "userId" in again) == ({"revenue": 12}, "8.8.8.8", False)
    assert (await sandbox.get("/messages/1"))["message"]["userId"] == "u"


async def test_a_replay_sends_what_was_there_when_it_began(sandbox: Running) -> None:
    """Never its own replays, however often it is asked for."""
    for number in range(3):
        await take(sandbox, messageId=f"m-{number}")
    assert (await ask(sandbox, "/replay", {"source": "website"}))[1]["replayed"] == 3
    assert (await ask(sandbox, "/replay", {"source": "website"}))[1]["replayed"] == 6


async def test_a_replay_takes_the_messages_of_deliveries_that_fit(sandbox: Running, partner: Partner) -> None:
    """One and the same delivery has to fit all that is said of deliveries; how many it would be is told before."""
    partner.answer(Answer(400), Answer(401))  # of the first message, the two destinations' in either order
    await take(sandbox)
    await take(sandbox, messageId="m-2")
    reasons = {each["destination"]: each["reason"] for each in (await sandbox.get("/deliveries"))["deliveries"][:2]}
    assert sorted(reasons.values()) == ["400", "401"]
    assert await sandbox.get("/replay?state=delivered&sent_to=crm") == {"count": 1}
    assert await sandbox.get("/replay?source=website") == await sandbox.get("/replay") == {"count": 2}
    assert await sandbox.get(f"/replay?sent_to=crm&reason={reasons['mail']}") == {"count": 0}
    failed = {"sent_to": "crm", "state": "discarded", "reason": reasons["crm"]}
    assert await sandbox.get(f"/replay?sent_to=crm&state=discarded&reason={reasons['crm']}") == {"count": 1}
    status, answer = await ask(sandbox, "/replay", {**failed, "destination": "crm"})
    assert (status, answer["replayed"]) == (200, 1)
    shown = await sandbox.get(f"/messages/{answer['messages'][0]}")
    assert (shown["replay_of"], [each["destination"] for each in shown["deliveries"]]) == (1, ["crm"])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        pytest.param("?state=lost", "state=lost is wrong", id="no state"),
        pytest.param("?message=1", "message is not a parameter", id="one message"),
    ],
)
async def test_what_cannot_be_counted_is_a_sentence(sandbox: Running, query: str, words: str) -> None:
    """As for a replay itself."""
    async with sandbox.client.get(f"{sandbox.url}/_sandbox/replay{query}") as response:
        assert (response.status, words in (await response.json())["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("path", "order", "status", "words"),
    [
        pytest.param("/retry", {}, 400, "Nothing says which", id="everything"),
        pytest.param("/retry", {"state": "failed"}, 400, "state=failed is wrong: ", id="a state that is none"),
        pytest.param("/replay", {"state": "lost"}, 400, "state=lost is wrong: ", id="of deliveries to replay"),
        pytest.param(
            "/retry", {"delivery": "2", "colour": 1}, 400, "colour is not known. delivery is no number", id="all"
        ),
        pytest.param("/replay", {"set": []}, 400, "set is no object", id="no changes"),
        pytest.param("/replay", {"unset": [1]}, 400, "unset is no array of paths", id="no paths"),
        pytest.param("/replay", {"message": 1, "destination": "x"}, 404, "no enabled destination x", id="nowhere"),
        pytest.param(
            "/replay", {"message": 1, "set": {"userId.x": 1}}, 400, "Message 1 cannot be changed so", id="path"
        ),
        pytest.param("/messages/x/replay", {}, 404, "x is not a sequence number", id="no number"),
        pytest.param("/retry", [], 400, "no object", id="a list"),
    ],
)
async def test_what_cannot_be_done_is_a_sentence(
    sandbox: Running, path: str, order: Any, status: int, words: str
) -> None:
    """All mistakes at once, and nothing is sent."""
    await take(sandbox)
    before = sandbox.journal.seq
    found, answer = await ask(sandbox, path, order)
    assert (found, words in answer["error"]["message"]) == (status, True), answer
    assert sandbox.journal.seq == before
