"""Segment's own Python SDK against the real command, with the projects that `init` writes."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from segment.analytics.client import Client

from sandbox.clock import iso
from tests.acceptance.command import Up, run, up
from tests.partner import Partner, Received

KEY: Final = "acmeWebsiteWriteKey000000000000a"
"""The write key in the templates of `init`."""

ECHOES: Final = {
    "function": "${SEGMENT_SANDBOX_URL}/_sandbox/echo/function",
    "webhook": "${SEGMENT_SANDBOX_URL}/_sandbox/echo/webhook",
}
COLLECTIONS: Final = {
    "identify": "contacts",
    "track": "activities",
    "page": "visits",
    "screen": "visits",
    "group": "companies",
    "alias": "aliases",
}
"""Where the template's function posts each type of call."""

MODES: Final = [
    pytest.param({"sync_mode": True, "gzip": False}, id="sync"),
    pytest.param({"sync_mode": True, "gzip": True}, id="sync-gzip"),
    pytest.param({"gzip": False}, id="batches"),
    pytest.param({"gzip": True}, id="batches-gzip"),
]


@dataclass(frozen=True, slots=True)
class Project:
    """A partner's project at work: the sandbox that serves it, and the service that it delivers to."""

    sandbox: Up
    partner: Partner


@asynccontextmanager
async def project(folder: Path, template: str) -> AsyncIterator[Project]:
    """Begin a project with `init`, point it to a partner's service, and start it."""
    began = await run("init", "--template", template, cwd=folder)
    assert began.code == 0, began.stderr
    async with Partner() as partner:
        file = folder / "workspace.toml"
        text = file.read_text()
        assert ECHOES[template] in text
        file.write_text(text.replace(ECHOES[template], f"{partner.url}/segment"))
        async with up(folder) as sandbox:
            yield Project(sandbox, partner)


def six_calls(client: Client) -> list[dict[str, Any]]:
    """Make one call of each type; return the messages as the SDK made them, in order."""
    made = [
        client.identify("user-1", {"email": "jane@example.com", "plan": "pro", "logins": 5}),
        client.track("user-1", "Order Completed", {"total": 27, "city": "Zürich", "note": 'a "b" \\ \n\u2028'}),
        client.page("user-1", "Docs", "Webhooks", {"path": "/docs"}),
        client.screen("user-1", "Docs", "Webhooks", {"width": 1080}),
        client.group("user-1", "company-1", {"name": "Acme", "employees": 100}),
        client.alias("anonymous-1", "user-1", {"ip": "8.8.8.8"}),
    ]
    assert all(taken for taken, _ in made)
    return [message for _, message in made]


async def call(url: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the six calls with the SDK in a thread of its own, and wait until it has sent them."""

    def work() -> list[dict[str, Any]]:
        failures: list[Exception] = []
        client = Client(KEY, host=url, on_error=lambda error, _: failures.append(error), **options)
        made = six_calls(client)
        if client.consumers:
            client.shutdown()
        assert not failures
        return made

    return await asyncio.to_thread(work)


def by_message_id(received: list[Received]) -> dict[str, Received]:
    """Return what came by the id of the message; every message came once."""
    found = {json.loads(each.body)["messageId"]: each for each in received}
    assert len(found) == len(received)
    return found


def milliseconds(text: str) -> int:
    """Read a time, whatever the form."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def expected_body(made: Mapping[str, Any], body: Mapping[str, Any]) -> bytes:
    """Write the message as Segment stamps it; only when it was sent and received is taken from what came."""
    sent, received = body["sentAt"], body["receivedAt"]
    skew = milliseconds(sent) - milliseconds(made["timestamp"])
    message = {
        **made,
        "timestamp": iso(milliseconds(received) - skew),
        "sentAt": sent,
        "originalTimestamp": made["timestamp"],
        "receivedAt": received,
        "channel": "server",
        "version": 2,
        "projectId": body["projectId"],
    }
    order = [*made, "sentAt", "originalTimestamp", "receivedAt", "channel", "version", "projectId"]
    ordered = {name: message[name] for name in order}
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("options", MODES)
async def test_a_webhook_receives_what_the_sdk_sent(tmp_path: Path, options: dict[str, Any]) -> None:
    """Each call is one POST, exact in its line, headers and body, and the journal holds the same bytes."""
    before = datetime.now(UTC)
    async with project(tmp_path, "webhook") as running:
        made = await call(running.sandbox.url, options)
        await running.sandbox.settled()
        received = by_message_id(running.partner.received)
        assert received.keys() == {message["messageId"] for message in made}
        for message in made:
            request = received[message["messageId"]]
            body = json.loads(request.body)
            assert request.body == expected_body(message, body)
            assert before <= datetime.fromisoformat(body["receivedAt"]).replace(microsecond=999_999)
            assert datetime.fromisoformat(body["receivedAt"]) <= datetime.now(UTC)
            assert (request.method, request.target) == ("POST", "/segment")
            assert request.headers == _webhook_headers(running.partner, request.body)
        await _assert_journal_holds(running.sandbox, [received[message["messageId"]].body for message in made])


def _webhook_headers(partner: Partner, body: bytes) -> tuple[tuple[str, str], ...]:
    """Return the headers of a webhook with the template's settings. Source: segment-docs, Build a webhook."""
    return (
        ("Host", f"127.0.0.1:{partner.port}"),
        ("Accept", "*/*"),
        ("Authorization", "Basic bG9jYWwtYXBpLWtleTo="),
        ("Cache-Control", "no-cache"),
        ("Connection", "Keep-Alive"),
        ("Content-Length", str(len(body))),
        ("Content-Type", "application/json"),
        ("User-Agent", "Segment.io/1.0"),
        ("X-Segment-Settings", "eyJyZWdpb24iOiJ1cyJ9"),
    )


async def _assert_journal_holds(sandbox: Up, bodies: list[bytes]) -> None:
    """Compare the journal's messages, byte for byte and in order, with what a partner received."""
    messages = await sandbox.all("messages")
    assert [message["state"] for message in messages] == ["accepted"] * len(bodies)
    for message, body in zip(messages, bodies, strict=True):
        raw = await sandbox.raw(f"/messages/{message['seq']}")
        assert b'"message":' + body in raw
        shown = json.loads(raw)
        (delivery,) = shown["deliveries"]
        assert (delivery["state"], delivery["attempts"][0]["code"]) == ("delivered", "200")


@pytest.mark.parametrize("options", MODES)
async def test_a_function_calls_its_service_for_what_the_sdk_sent(tmp_path: Path, options: dict[str, Any]) -> None:
    """The template's function posts each event, unchanged, to the collection for its type."""
    async with project(tmp_path, "function") as running:
        made = await call(running.sandbox.url, options)
        await running.sandbox.settled()
        received = by_message_id(running.partner.received)
        assert received.keys() == {message["messageId"] for message in made}
        for message in made:
            request = received[message["messageId"]]
            assert request.body == expected_body(message, json.loads(request.body))
            target = f"/segment?collection={COLLECTIONS[message['type']]}"
            assert (request.method, request.target) == ("POST", target)
            assert request.headers == _fetch_headers(running.partner, request.body)
        await _assert_journal_holds(running.sandbox, [received[message["messageId"]].body for message in made])


def _fetch_headers(partner: Partner, body: bytes) -> tuple[tuple[str, str], ...]:
    """Return the headers of the template's request, as the node-fetch of Segment's functions sends them."""
    return (
        ("Host", f"127.0.0.1:{partner.port}"),
        ("Content-Type", "application/json"),
        ("Authorization", "Basic bG9jYWwtYXBpLWtleTo="),
        ("Accept", "*/*"),
        ("Content-Length", str(len(body))),
        ("User-Agent", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"),
        ("Accept-Encoding", "gzip,deflate"),
        ("Connection", "close"),
    )


async def test_an_attempt_of_the_function_shows_its_log_and_return(tmp_path: Path) -> None:
    """Console output, callback return and the exchange with the service stand in the journal."""
    async with project(tmp_path, "function") as running:
        await call(running.sandbox.url, {"sync_mode": True})
        await running.sandbox.settled()
        messages = await running.sandbox.all("messages")
        shown = await running.sandbox.get(f"/messages/{messages[0]['seq']}")
        (attempt,) = shown["deliveries"][0]["attempts"]
        assert [line["text"] for line in attempt["logs"]] == ["identify went to contacts"]
        assert json.loads(attempt["returned"]) == {"status": 200}
        (exchange,) = attempt["exchanges"]
        assert exchange["request"]["url"] == f"{running.partner.url}/segment?collection=contacts"
        assert exchange["response"]["status"] == 200


def test_the_settings_header_of_the_template_is_the_region() -> None:
    """The expectation above, readable."""
    assert json.loads(b64decode("eyJyZWdpb24iOiJ1cyJ9")) == {"region": "us"}
