"""What Segment's SDKs for Python and Node, and those before them, retry and lose: nothing in vain, nothing twice."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.calls import Every, Listed, Span
from sandbox.faults import Recipe
from sandbox.sources.faults import CUT_STATUS
from tests.acceptance.sdks import ALL_SDKS, NODE, OLD_SDKS, PYTHON, SDKS, Sdk
from tests.conftest import Running, running
from tests.keys import KID, oauth_table, pair

KEY = "acmeServerWriteKey0000000000000b"


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Running]:
    """A sandbox with a source for servers."""
    (tmp_path / "workspace.toml").write_text(f'[[sources]]\nslug = "server"\nwrite_key = "{KEY}"\n')
    async with running(tmp_path) as started:
        yield started


@pytest.fixture
async def oauth(tmp_path: Path) -> AsyncIterator[Running]:
    """A sandbox with a source for servers that enforces OAuth."""
    source = f'[[sources]]\nslug = "server"\nwrite_key = "{KEY}"\n'
    (tmp_path / "workspace.toml").write_text(source + oauth_table(client_id="app-1"))
    async with running(tmp_path) as started:
        yield started


def settings(running: Running, key: str = KID) -> dict[str, str]:
    """Return what an SDK needs for OAuth."""
    return {"clientId": "app-1", "clientKey": pair(key).private, "keyId": KID, "authServer": running.url}


def strike(running: Running, status: int, **recipe: Any) -> None:
    """Add a recipe for this status, or for a cut connection."""
    what: dict[str, Any] = {"cut": True} if status == CUT_STATUS else {"status": status}
    running.sandbox._parts.faults.add(Recipe(path=recipe.pop("path", "/v1/batch"), **what, **recipe))


async def struck(running: Running) -> list[int]:
    """Return the statuses that were answered on purpose, in order."""
    refused = (await running.get("/refused?limit=1000"))["refused"]
    return [entry["status"] for entry in refused if entry["code"] == "sandbox_fault"]


async def arrived(running: Running) -> list[str]:
    """Return the events that were taken in, in order; none of them is there twice."""
    messages = await running.messages()
    assert {message["state"] for message in messages} <= {"accepted"}
    return [message["event"] for message in messages]


async def tokens(running: Running) -> int:
    """Return how many tokens were given out."""
    return sum(change["kind"] == "token" for change in await running.journal.read.changes(0, 1_000))


@pytest.mark.parametrize("sdk", ALL_SDKS)
async def test_what_is_final_is_sent_once_and_lost(plain: Running, sdk: Sdk) -> None:
    """The SDK says so, once for each event, and sends none of them again."""
    for call, status in enumerate(sdk.final, 1):
        strike(plain, status, calls=Span(call, call))
    errors = await sdk.send(plain.url, KEY, *[[f"after {status}"] for status in sdk.final], ["the next"])
    assert await struck(plain) == list(sdk.final)
    assert len(errors) == len(sdk.final)
    assert await arrived(plain) == ["the next"]


@pytest.mark.parametrize("sdk", ALL_SDKS)
async def test_what_is_transient_is_sent_again_and_arrives_once(plain: Running, sdk: Sdk) -> None:
    """A failing status or a cut connection loses nothing, and nothing comes twice."""
    transient = [*sdk.transient, CUT_STATUS]
    for number, status in enumerate(transient):
        strike(plain, status, calls=Listed((2 * number + 1,)))
    events = [f"after {status}" for status in transient]
    errors = await sdk.send(plain.url, KEY, *[[event] for event in events])
    assert errors == []
    assert await struck(plain) == transient
    assert await arrived(plain) == events


@pytest.mark.parametrize("sdk", ALL_SDKS)
async def test_an_answer_that_is_lost_makes_a_duplicate_and_no_second_event(plain: Running, sdk: Sdk) -> None:
    """The SDK cannot know that it was heard; what it sends again is told from the first by its messageId."""
    strike(plain, CUT_STATUS, calls=Span(1, 1), taken_in=True)
    assert await sdk.send(plain.url, KEY, ["heard"], ["the next"]) == []
    messages = await plain.messages()
    assert [(each["event"], each["state"]) for each in messages] == [
        ("heard", "accepted"),
        ("heard", "duplicate"),
        ("the next", "accepted"),
    ]


@pytest.mark.parametrize("sdk", SDKS)
async def test_a_whole_batch_is_sent_again(plain: Running, sdk: Sdk) -> None:
    """Every second request fails, and each of the fifty events of a batch arrives once."""
    strike(plain, 503, calls=Every(1), probability=0.5, seed=3)
    rounds = [[f"{number}.{each}" for each in range(50)] for number in range(3)]
    assert await sdk.send(plain.url, KEY, *rounds, max_retries=6) == []
    assert await struck(plain)
    assert await arrived(plain) == [event for events in rounds for event in events]


@pytest.mark.parametrize("sdk", SDKS)
async def test_111_the_wait_that_was_asked_for_is_kept(plain: Running, sdk: Sdk) -> None:
    """111: after 429 with Retry-After the same events come again, once, and no sooner than asked."""
    strike(plain, 429, calls=Span(1, 1), headers=(("Retry-After", "2"),))
    assert await sdk.send(plain.url, KEY, ["one", "two"]) == []
    assert await arrived(plain) == ["one", "two"]
    waited_ms = await _waited_ms(plain)
    assert waited_ms >= 1_990  # timers of the SDKs may be a few milliseconds early


@pytest.mark.parametrize("sdk", OLD_SDKS)
async def test_an_older_sdk_does_not_wait_as_asked(plain: Running, sdk: Sdk) -> None:
    """It sends again long before the five minutes are over, and loses nothing."""
    strike(plain, 429, calls=Span(1, 1), headers=(("Retry-After", "300"),))
    assert await sdk.send(plain.url, KEY, ["one"], ["two"]) == []
    assert await arrived(plain) == ["one", "two"]


async def _waited_ms(plain: Running) -> int:
    """Return how long after the struck request the next one came, in milliseconds."""
    refused, message = await plain.journal.read.changes(0, 2)
    return _ms(message["at"]) - _ms(refused["at"])


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize("sdk", SDKS)
async def test_an_sdk_gives_up_in_the_end(plain: Running, sdk: Sdk) -> None:
    """After its retries it says that the events are lost."""
    strike(plain, 500)
    errors = await sdk.send(plain.url, KEY, ["lost"], max_retries=2)
    assert len(errors) == 1
    assert await struck(plain) == [500] * 3
    assert await arrived(plain) == []


@pytest.mark.parametrize("sdk", SDKS)
async def test_a_success_that_is_no_json_is_believed(plain: Running, sdk: Sdk) -> None:
    """Both look at the status alone; so the event is lost, and nobody complains."""
    strike(plain, 200, calls=Span(1, 1), body="OK", headers=(("Content-Type", "text/plain"),))
    assert await sdk.send(plain.url, KEY, ["lost"], ["the next"]) == []
    assert await arrived(plain) == ["the next"]


@pytest.mark.parametrize("sdk", SDKS)
async def test_oauth_works_with_the_sdks_own_settings(oauth: Running, sdk: Sdk) -> None:
    """One token serves all batches."""
    assert await sdk.send(oauth.url, KEY, ["one"], ["two"], oauth=settings(oauth)) == []
    assert await arrived(oauth) == ["one", "two"]
    assert await tokens(oauth) == 1


@pytest.mark.parametrize("sdk", SDKS)
async def test_without_oauth_an_enforcing_source_takes_nothing(oauth: Running, sdk: Sdk) -> None:
    """The SDK sends once, is told 401, and the event is lost."""
    errors = await sdk.send(oauth.url, KEY, ["lost"])
    assert len(errors) == 1
    assert "401" in errors[0]
    assert await arrived(oauth) == []


@pytest.mark.parametrize("sdk", SDKS)
async def test_511_is_retried_with_a_new_token(oauth: Running, sdk: Sdk) -> None:
    """It is final only without OAuth."""
    strike(oauth, 511, calls=Span(1, 1))
    assert await sdk.send(oauth.url, KEY, ["one"], oauth=settings(oauth)) == []
    assert await arrived(oauth) == ["one"]
    assert await tokens(oauth) == 2


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refusal_loses_the_batch_and_the_token(oauth: Running, sdk: Sdk, status: int) -> None:
    """The next batch goes with a new token."""
    strike(oauth, status, calls=Span(1, 1))
    errors = await sdk.send(oauth.url, KEY, ["lost"], ["the next"], oauth=settings(oauth))
    assert len(errors) == 1
    assert await arrived(oauth) == ["the next"]
    assert await tokens(oauth) == 2


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(500, (), id="500"),
        pytest.param(CUT_STATUS, (), id="cut"),
        pytest.param(429, (("Retry-After", "1"), ("X-RateLimit-Reset", "1")), id="429"),
    ],
)
async def test_a_token_server_that_fails_once_costs_nothing(
    oauth: Running, sdk: Sdk, status: int, headers: tuple[tuple[str, str], ...]
) -> None:
    """The SDK asks again, and the event arrives once."""
    strike(oauth, status, path="/token", calls=Span(1, 1), headers=headers)
    assert await sdk.send(oauth.url, KEY, ["one"], oauth=settings(oauth)) == []
    assert await arrived(oauth) == ["one"]


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize("words", ["Token is expired", "Token used before issued"])
async def test_126_a_clock_that_is_off_is_made_up_for(oauth: Running, sdk: Sdk, words: str) -> None:
    """126: told that its time is wrong, the SDK asks again, and the event arrives."""
    body = json.dumps({"error": "invalid_request", "error_description": words})
    strike(oauth, 400, path="/token", calls=Span(1, 1), body=body)
    assert await sdk.send(oauth.url, KEY, ["one"], oauth=settings(oauth)) == []
    assert await arrived(oauth) == ["one"]


@pytest.mark.parametrize(("sdk", "asked"), [pytest.param(PYTHON, 1, id="python"), pytest.param(NODE, 3, id="node")])
async def test_125_a_wrong_key_is_surfaced(oauth: Running, sdk: Sdk, asked: int) -> None:
    """125: the event is lost. Python asks once; Node takes it for a failed request, and asks for each retry."""
    errors = await sdk.send(oauth.url, KEY, ["lost"], oauth=settings(oauth, key="other"), max_retries=2)
    assert len(errors) == 1
    assert "401" in errors[0]
    refused = (await oauth.get("/refused"))["refused"]
    assert [entry["code"] for entry in refused] == ["invalid_client"] * asked
    assert await arrived(oauth) == []


@pytest.mark.parametrize("sdk", SDKS)
async def test_an_sdk_that_trusts_the_authority_speaks_tls(tmp_path: Path, sdk: Sdk) -> None:
    """One variable of the environment does it; without, nothing arrives."""
    (tmp_path / "workspace.toml").write_text(f'[[sources]]\nslug = "server"\nwrite_key = "{KEY}"\n')
    async with running(tmp_path, tls=True, tls_port=0) as started:
        assert started.sandbox.tls is not None
        url = started.sandbox.tls.url
        environment = {sdk.trust: str(started.sandbox.tls.authority)}
        assert await sdk.send(url, KEY, ["one"], environment=environment) == []
        assert len(await sdk.send(url, KEY, ["lost"], max_retries=1)) == 1
        assert await arrived(started) == ["one"]
