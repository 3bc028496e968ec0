"""The published facts about a partner's components, as conformance vectors; each test says its number.

Vectors that concern one module alone are tests of that module: 1, 2, 10 and the refusal of http in
tests/destinations, 18 and 20 in tests/workspace, 22 in tests/sources.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox import samples
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Answer, Hang, Partner, Script


@dataclass(frozen=True, slots=True)
class Webhook:
    """A sandbox with one webhook destination, and the service behind it."""

    sandbox: Running
    partner: Partner


@asynccontextmanager
async def webhook(folder: Path, *script: Script) -> AsyncIterator[Webhook]:
    """Run a sandbox whose webhook gives these answers, and waits a moment for them."""
    async with Partner(*script) as partner:
        endpoint = f'endpoint = "{partner.url}"'
        file = write_workspace(folder, partner.url)
        file.write_text(file.read_text().replace(endpoint, f"{endpoint}\ntimeout = 0.3"))
        async with running(folder) as sandbox:
            yield Webhook(sandbox, partner)


async def deliver(sandbox: Running, event: Mapping[str, Any]) -> dict[str, Any]:
    """Send one event and return its one delivery with every attempt."""
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/send", json={"event": event}) as response:
        assert response.status == 200, await response.text()
        seq = (await response.json())["seq"]
    await sandbox.settled()
    (delivery,) = (await sandbox.get(f"/messages/{seq}"))["deliveries"]
    shown: dict[str, Any] = delivery
    return shown


def track(**fields: Any) -> dict[str, Any]:
    """Make a valid track event."""
    return {"type": "track", "userId": "user-1", "event": "Signed Up", **fields}


async def test_vector_3_a_batch_is_one_post_per_event(tmp_path: Path) -> None:
    """A webhook gets exactly one event per request, however they came in."""
    async with webhook(tmp_path) as at_work:
        sandbox, partner = at_work.sandbox, at_work.partner
        events = [track(messageId=f"m-{number}") for number in range(5)]
        assert (await sandbox.call("/v1/batch", {"batch": events})).status == 200
        await sandbox.settled()
    bodies = [json.loads(each.body) for each in partner.received]
    assert sorted(body["messageId"] for body in bodies) == [event["messageId"] for event in events]


async def test_vector_4_an_endpoint_that_answers_200_takes_the_whole_suite(tmp_path: Path) -> None:
    """The eight events of the Test Suite, in their order and unchanged, are all delivered."""
    suite = samples.test_suite()
    async with webhook(tmp_path) as at_work:
        states = [(await deliver(at_work.sandbox, sample.event))["state"] for sample in suite]
    assert states == ["delivered"] * 8
    for sample, received in zip(suite, at_work.partner.received, strict=True):
        body = json.loads(received.body)
        given = {key: value for key, value in sample.event.items() if key not in {"messageId", "timestamp"}}
        assert given.items() <= body.items()


async def test_vector_5_an_answer_of_501_means_unsupported(tmp_path: Path) -> None:
    """A group call answered 501 is no failure of the partner's, and is not tried again."""
    async with webhook(tmp_path, Answer(501)) as at_work:
        delivery = await deliver(at_work.sandbox, {"type": "group", "userId": "user-1", "groupId": "company-1"})
    assert (delivery["state"], delivery["reason"]) == ("discarded", "UNSUPPORTED_EVENT_TYPE")
    assert len(at_work.partner.received) == 1


async def test_vector_6_the_message_of_a_400_is_shown(tmp_path: Path) -> None:
    """The partner's own words stand at the delivery, and on the terminal's line."""
    answer = Answer(400, (("Content-Type", "application/json"),), b'{"message":"Missing email address"}')
    async with webhook(tmp_path, answer) as at_work:
        delivery = await deliver(at_work.sandbox, track())
        changes = (await at_work.sandbox.get("/changes"))["changes"]
    assert (delivery["state"], delivery["reason"], delivery["detail"]) == (
        "discarded",
        "400",
        "Missing email address",
    )
    assert delivery["delivery_code"] == "errors.discarded.400"
    assert changes[-1]["detail"] == "Missing email address"


async def test_vector_7_an_endpoint_that_sleeps_beyond_the_limit_times_out(tmp_path: Path) -> None:
    """No answer in time is a timeout, after which Segment tries again."""
    async with webhook(tmp_path, Hang()) as at_work:
        delivery = await deliver(at_work.sandbox, track())
    assert (delivery["state"], delivery["reason"]) == ("awaiting_retry", "ETIMEDOUT")


BOILERPLATE: Final = """
// Touches every class of outcome.
async function onTrack(event, settings) {
  const response = await fetch(`${settings.endpoint}?ts=${event.timestamp}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(event),
  });
  return response.json();
}

async function onIdentify(event, settings) {
  for (const secret of ['ssn', 'first_name', 'last_name', 'name', 'email']) delete event.traits[secret];
  event.traits.avatar = 'https://example.com/avatar.png';
  return onTrack(event, settings);
}

async function onGroup(event) {
  if (!event.traits || !event.traits.company) throw new InvalidEventPayload('A company is required');
}

async function onPage(event, settings) {
  if (!settings.accountId) throw new ValidationError('An account id is required');
}

async function onAlias() {
  throw new EventNotSupported('alias is not supported');
}
"""
"""A function as the Developer Center's first one behaves: onScreen is left out on purpose."""


async def function_outcomes(folder: Path, code: str, endpoint: str) -> dict[str, dict[str, Any]]:
    """Run one sample of each type, then the suite, through a function; return the deliveries by title or name."""
    extra = '[[app.settings]]\nlabel = "Endpoint"\n'
    file = write_workspace(folder, endpoint, destinations=extra + destination("crm", "function"))
    settings = f'{{ apiKey = "local-api-key", endpoint = "{endpoint}" }}'
    file.write_text(file.read_text().replace('{ apiKey = "local-api-key" }', settings))
    (folder / "function.js").write_text(code)
    async with running(folder) as sandbox:
        return {sample.name: await deliver(sandbox, sample.event) for sample in samples.bundled()}


async def test_vector_11_the_boilerplate_function_meets_every_outcome(tmp_path: Path) -> None:
    """Of the suite, identify and track make requests; the others end in the class that the code throws."""
    answer = Answer(200, (("Content-Type", "application/json"),), b'{"ok":true}')
    async with Partner(otherwise=answer) as partner:
        outcomes = await function_outcomes(tmp_path, BOILERPLATE, partner.url)
    rejected, unsupported = ("discarded", "MESSAGE_REJECTED"), ("discarded", "UNSUPPORTED_EVENT_TYPE")
    expected = {
        "identify": ("delivered", None),
        "track": ("delivered", None),
        "page": rejected,
        "group": rejected,
        "screen": unsupported,
        "alias": unsupported,
        "delete": unsupported,
    }
    suite = {name: each for name, each in outcomes.items() if name.startswith("test_suite/")}
    for name, delivery in outcomes.items():
        kind = name.rpartition("-")[2].rpartition("/")[2]
        assert (delivery["state"], delivery["reason"]) == expected[kind], name
    assert sum(len(each["attempts"][0]["exchanges"]) for each in suite.values()) == 4
    assert {json.loads(each.body)["type"] for each in partner.received} == {"identify", "track"}
    assert all("ts=" in each.target for each in partner.received)
    assert all("email" not in json.loads(each.body).get("traits", {}) for each in partner.received)


LOADER: Final = """
let events = 0;
register();
function register() { events += 100; }
return;
function onTrack(event) {
  events += 1;
  return { events, require: typeof require, module: typeof module, process: typeof process };
}
"""


async def test_vector_13_a_handler_after_a_return_counts_and_keeps_its_globals(tmp_path: Path) -> None:
    """Code is the body of a function: hoisted handlers count, module scope lives on, there is no require."""
    file = write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "function"))
    file.with_name("function.js").write_text(LOADER)
    async with running(tmp_path) as sandbox:
        assert (await sandbox.get("/health"))["mistakes"] == []
        deliveries = [await deliver(sandbox, track()) for _ in range(3)]
    returned = [json.loads(each["attempts"][0]["returned"]) for each in deliveries]
    assert [each["events"] for each in returned] == [101, 102, 103]
    kinds = {(each["require"], each["module"], each["process"]) for each in returned}
    assert kinds == {("undefined", "undefined", "undefined")}


async def test_vector_21_a_delete_event_is_sent_verbatim(tmp_path: Path) -> None:
    """Where other events have objects, a delete has arrays, and keeps them."""
    event = next(sample.event for sample in samples.bundled() if sample.event["type"] == "delete")
    async with webhook(tmp_path) as at_work:
        assert (await deliver(at_work.sandbox, event))["state"] == "delivered"
    body = json.loads(at_work.partner.received[0].body)
    arrays = {key: value for key, value in event.items() if isinstance(value, list)}
    assert arrays
    assert arrays.items() <= body.items()


async def test_vector_22_the_same_message_id_twice_is_one_delivery(tmp_path: Path) -> None:
    """Within a day, whatever the two messages say, in one batch or in two requests."""
    async with webhook(tmp_path) as at_work:
        sandbox = at_work.sandbox
        for event in ("First", "Second"):
            call = track(messageId="m-1", event=event)
            assert (await sandbox.call("/v1/batch", {"batch": [call, call]})).status == 200
        await sandbox.settled()
        states = [message["state"] for message in await sandbox.messages()]
    assert states == ["accepted", "duplicate", "duplicate", "duplicate"]
    (received,) = at_work.partner.received
    assert json.loads(received.body)["event"] == "First"


@pytest.mark.parametrize(
    ("key", "size", "status"),
    [
        pytest.param("z" * 32, 10, 200, id="bad key"),
        pytest.param(WRITE_KEY, 33 * 1024, 400, id="33 KB"),
    ],
)
async def test_vector_24_what_the_tracking_api_drops_never_arrives(
    tmp_path: Path, key: str, size: int, status: int
) -> None:
    """A wrong key looks like success and an event of 33 KB is refused; either way nothing reaches a partner."""
    async with webhook(tmp_path) as at_work:
        sandbox = at_work.sandbox
        response = await sandbox.call("/v1/track", track(properties={"p": "x" * size}), key=key)
        assert response.status == status
        await sandbox.settled()
        assert (await sandbox.get("/deliveries"))["deliveries"] == []
    assert at_work.partner.received == []
