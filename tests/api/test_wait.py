"""Waiting for messages and deliveries."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from sandbox.access import ApiError
from sandbox.api.wait import Waiting
from tests.conftest import Running, running, write_workspace

ORDER = {
    "userId": "u1",
    "event": "Order Completed",
    "properties": {"revenue": 12, "paid": True, "items": [{"sku": "a.1"}]},
}


async def wait(sandbox: Running, query: str = "", status: int = 200) -> Any:
    """Ask for a wait that a busy machine cannot end by itself, and read its answer."""
    url = f"{sandbox.url}/_sandbox/wait?{query}" + ("" if "timeout" in query else "&timeout=60s")
    async with sandbox.client.get(url) as response:
        answer = await response.json()
        assert response.status == status, answer
        return answer


async def track(sandbox: Running, **changes: Any) -> int:
    """Send an order, and return its number."""
    response = await sandbox.call("/v1/track", {**ORDER, **changes})
    return int(response.headers["X-Sandbox-Seq"].split("-")[0])


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="anything"),
        pytest.param("type=track&event=Order+Completed&user=u1&source=website", id="all filters"),
        pytest.param("message=1&state=accepted", id="number and state"),
        pytest.param("properties.revenue=12&properties.paid=true", id="a number and a boolean"),
        pytest.param("properties.items.0.sku=a.1&where.userId=u1", id="in an array"),
        pytest.param("where.type=track&where.event=Order+Completed", id="paths that are called as parameters are"),
        pytest.param("kind=delivery", id="a delivery that is over"),
        pytest.param("kind=delivery&destination=webhook&state=delivered&event=Order+Completed", id="a delivery"),
        pytest.param("kind=delivery&message=1&properties.revenue=12", id="by what the message has"),
    ],
)
async def test_what_has_come_already_is_found(embedded: Running, query: str) -> None:
    """At once, by its fields, by any path, and by what became of it."""
    assert await track(embedded) == 1
    (match,) = (await wait(embedded, query))["matches"]
    assert match["message"]["event"] == "Order Completed"


async def test_a_path_called_as_a_parameter_is_looked_for_in_the_message(embedded: Running) -> None:
    """It neither replaces the parameter nor is replaced by it; a dot in a name is written with a backslash."""
    await track(embedded, properties={"a.b": 1})
    told = await wait(embedded, "type=track&where.type=page&timeout=0", 408)
    assert told["diff"] == [{"path": "type", "asked": "page", "came": "track"}]
    assert (await wait(embedded, "where.properties.a%5C.b=1"))["matches"]


async def test_a_wait_ends_when_it_comes(embedded: Running) -> None:
    """Whoever waits before it is sent gets it as well."""
    waiting = asyncio.create_task(wait(embedded, "event=Order+Completed"))
    await wait(embedded, "timeout=0s", 408)  # a whole answer later, the first one waits
    sent = await track(embedded)
    answer = await waiting
    assert [each["seq"] for each in answer["matches"]] == [sent]
    assert answer["next"] == sent


async def test_next_goes_on_behind_what_was_found(embedded: Running) -> None:
    """So nothing is found twice, and nothing is left out in between."""
    sent = [await track(embedded, userId=f"u{number}") for number in range(5)]
    first = await wait(embedded, "count=2")
    second = await wait(embedded, f"count=3&after={first['next']}")
    assert [each["seq"] for answer in (first, second) for each in answer["matches"]] == sent


async def test_a_delivery_counts_once_and_shows_its_attempts(embedded: Running) -> None:
    """With the exchanges, so that a test can look at what the partner was sent."""
    await track(embedded)
    matches = (await wait(embedded, "kind=delivery&count=2"))["matches"]
    assert sorted(each["destination"] for each in matches) == ["function", "webhook"]
    assert all(each["attempts"][0]["exchanges"] for each in matches)


async def test_a_state_on_the_way_can_be_waited_for(tmp_path: Path) -> None:
    """Without a state, only what is over counts."""
    write_workspace(tmp_path, "http://127.0.0.1:9/closed")
    async with running(tmp_path) as sandbox:
        await track(sandbox)
        (match,) = (await wait(sandbox, "kind=delivery&state=awaiting_retry,discarded"))["matches"]
        assert match["state"] == "awaiting_retry"
        told = await wait(sandbox, "kind=delivery&timeout=0", 408)
        assert told["diff"][0]["came"] == "awaiting_retry"
        assert "clock advance" in told["error"]["hint"]


async def test_the_nearest_miss_is_told(embedded: Running) -> None:
    """The error has a sentence; beside it stand the miss, and what was asked and what came."""
    await track(embedded, event="Left")
    near = await track(embedded)
    answer = await wait(embedded, "event=Order+Completed&properties.revenue=13&properties.tax=1&timeout=0s", 408)
    assert answer["nearest"]["seq"] == near
    assert answer["diff"] == [
        {"path": "properties.revenue", "asked": 13, "came": 12},
        {"path": "properties.tax", "asked": 1, "came": None},
    ]
    assert answer["matches"] == []
    assert answer["error"] == {
        "code": "waited_in_vain",
        "message": "0 of 1 messages with event=Order Completed, properties.revenue=13, properties.tax=1 came after 0 "
        f"within 0 s. The nearest is message {near}: properties.revenue is 12, not 13; "
        "properties.tax is missing, not 1.",
        "hint": "What was asked for and what came stand side by side in diff.",
    }


async def test_of_as_many_differences_the_like_word_is_nearer(embedded: Running) -> None:
    """A slip in a name is found among other events."""
    near = await track(embedded, event="order completed")
    await track(embedded, event="Page Left")
    assert (await wait(embedded, "event=Order+Completed&timeout=0", 408))["nearest"]["seq"] == near


async def test_another_value_is_nearer_than_another_event(embedded: Running) -> None:
    """However alike the names are."""
    near = await track(embedded, userId="user-2", properties={"revenue": 98})
    await track(embedded, userId="user-1")
    answer = await wait(embedded, "user=user-2&properties.revenue=12&timeout=0", 408)
    assert answer["nearest"]["seq"] == near


async def test_what_came_before_is_told_so(embedded: Running) -> None:
    """A number that was taken too late is a mistake that is hard to see."""
    sent = await track(embedded)
    answer = await wait(embedded, f"event=Order+Completed&after={sent}&timeout=0", 408)
    assert answer["diff"] == [{"path": "after", "asked": sent, "came": sent}]


async def test_what_was_found_of_several_is_shown(embedded: Running) -> None:
    """One of two came; it is no miss."""
    sent = await track(embedded)
    answer = await wait(embedded, "count=2&timeout=0", 408)
    assert [each["seq"] for each in answer["matches"]] == [sent]
    assert answer["nearest"] is None


async def test_a_refused_request_is_named(embedded: Running) -> None:
    """What never became a message cannot be near."""
    await embedded.call("/v1/track", "{bad")
    assert "POST /v1/track was refused" in (await wait(embedded, "timeout=0", 408))["error"]["hint"]


async def test_a_message_that_was_not_accepted_does_not_count(embedded: Running) -> None:
    """Unless its state is asked for."""
    await track(embedded, messageId="same")
    again = await track(embedded, messageId="same")
    assert len((await wait(embedded, "count=2&timeout=0", 408))["matches"]) == 1
    assert (await wait(embedded, "state=duplicate"))["matches"][0]["seq"] == again


@pytest.mark.parametrize(
    ("query", "words"),
    [
        pytest.param("evnt=x", "Did you mean event?", id="a slip"),
        pytest.param("userId=u1", "a value in the message is asked for as where.userId", id="a value without where"),
        pytest.param("where.=1", '"" is no path', id="an empty path"),
        pytest.param("properties..x=1", '"properties..x" is no path', id="an empty part"),
        pytest.param("properties.items[0].sku=1", "stands as a part: products.0.price", id="brackets"),
        pytest.param("a.b=1&where.a.b=2", "a.b is given twice", id="one path twice"),
        pytest.param("destination=crm", "destination is not a parameter for a message", id="of the other kind"),
        pytest.param("revenue=1", "is asked for as where.revenue", id="no path"),
        pytest.param("kind=batch", "message or delivery is expected", id="no kind"),
        pytest.param("state=delivered", "expected are accepted,", id="no state of a message"),
        pytest.param("timeout=61", "at most 60 seconds", id="too long"),
        pytest.param("timeout=-1", "at most 60 seconds", id="no time"),
        pytest.param("count=0&after=x", "count=0 is wrong: a whole number, 1 or more, is expected.", id="numbers"),
        pytest.param("event=a&event=b", "event is given twice.", id="twice"),
    ],
)
async def test_a_mistake_is_told_at_once(embedded: Running, query: str, words: str) -> None:
    """Nobody waits for what cannot come."""
    assert words in (await wait(embedded, query, 400))["error"]["message"]


async def test_nobody_is_missed_nor_confused_among_many(embedded: Running) -> None:
    """A hundred, eight at a time: each wait has the message that its own client sent, and its delivery."""
    free = asyncio.Semaphore(8)

    async def one(number: int) -> None:
        async with free:
            sent = await track(embedded, userId=f"user-{number}", properties={"number": number})
            message = await wait(embedded, f"after={sent - 1}&properties.number={number}")
            delivery = await wait(embedded, f"kind=delivery&destination=webhook&after={sent}&user=user-{number}")
        assert [each["seq"] for each in message["matches"]] == [sent]
        assert [each["message_seq"] for each in delivery["matches"]] == [sent]

    await asyncio.gather(*(one(number) for number in range(100)))


async def test_a_stop_ends_the_waits(embedded: Running) -> None:
    """Nobody who waits keeps the sandbox from stopping."""
    waiting = Waiting(embedded.journal, frozenset)
    await waiting.close(web.Application())
    with pytest.raises(ApiError, match="waited_in_vain"):
        await waiting.wait(make_mocked_request("GET", "/_sandbox/wait?timeout=60s&event=never"))
