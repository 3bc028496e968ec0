"""Traffic that real SDKs sent, as it was recorded, replayed at the source.

tests/wire/ holds, per SDK and version, the requests to the Tracking API: path, headers but those of the
connection, body. Repeated requests are the SDK's own retries.
"""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.messages import parse_time
from tests.conftest import Running, destination, running

WIRE: Final = Path(__file__).resolve().parents[1] / "wire"
PATHS: Final = {"/v1/batch", "/v1/b", *(f"/v1/{letter}" for letter in "tipsga")}
"""The paths in the records."""

FILES: Final = [pytest.param(file, id=file.stem) for file in sorted(WIRE.glob("*.json"))]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded request."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def write_key(self) -> str:
        """The key in its Basic authorisation, else in its body."""
        if "Authorization" not in self.headers:
            return str(self.body["writeKey"])
        encoded = self.headers["Authorization"].removeprefix("Basic ")
        return base64.b64decode(encoded).decode().removesuffix(":")

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """The calls in it: those of a batch, or the only one."""
        items: list[Mapping[str, Any]] = self.body.get("batch", [self.body])
        return items

    def content(self) -> bytes:
        """Write the body as it was sent, compressed where it was."""
        text = json.dumps(self.body).encode()
        return gzip.compress(text) if self.headers.get("Content-Encoding") == "gzip" else text


def recorded(file: Path) -> list[Recorded]:
    """Read the requests of one SDK, in order."""
    records = json.loads(file.read_text(encoding="utf-8"))["records"]
    return [Recorded(each["path"], dict(each["headers"]), each["body"]) for each in records]


def write_sources(folder: Path, requests: list[Recorded]) -> dict[str, str]:
    """Write a workspace with a source for every write key; return the sources' slugs by key."""
    slugs = {key: f"source-{number}" for number, key in enumerate(sorted({each.write_key for each in requests}))}
    sources = "".join(f'[[sources]]\nslug = "{slug}"\nwrite_key = "{key}"\n' for key, slug in slugs.items())
    (folder / "workspace.toml").write_text(
        f'[workspace]\nslug = "acme"\nstrict = true\n{sources}\n[app]\nname = "Acme"\n'
        f'[app.components.webhook]\nendpoint = "http://127.0.0.1:9/"\n'
        f"{destination('crm', 'webhook', enabled=False, source='source-0')}"
    )
    return slugs


async def replay(sandbox: Running, requests: list[Recorded]) -> None:
    """Send the requests one after the other; each is accepted."""
    for request in requests:
        url = sandbox.url + request.path
        async with sandbox.client.post(url, data=request.content(), headers=request.headers) as response:
            assert (response.status, await response.json()) == (200, {"success": True})
            assert response.headers.get("Access-Control-Allow-Origin") == request.headers.get("Origin")


def channel_of(path: str, library: str) -> str:
    """Say which channel follows from where a call came in, and from which library."""
    if path == "/v1/batch":
        return "server"
    return "browser" if library == "analytics.js" else "mobile"


def assert_kept(item: Mapping[str, Any], request: Recorded, stored: Mapping[str, Any]) -> None:
    """Compare what an SDK sent with what is stored: all of it but the time, which is corrected by the skew."""
    channel = channel_of(request.path, item["context"]["library"]["name"])
    changed = {"timestamp", "context"} if channel == "server" else {"timestamp", "context", "writeKey"}
    kept = {name: value for name, value in item.items() if name not in changed}
    assert {name: stored[name] for name in kept} == kept
    assert item["context"].items() <= stored["context"].items()
    assert stored["originalTimestamp"] == item["timestamp"]
    assert stored["sentAt"] == request.body["sentAt"]
    assert stored["channel"] == channel
    assert ("ip" in stored["context"]) == (channel != "server" or "ip" in item["context"])
    assert "writeKey" not in stored or channel == "server"
    sent, made = parse_time(stored["sentAt"]), parse_time(item["timestamp"])
    received, corrected = parse_time(stored["receivedAt"]), parse_time(stored["timestamp"])
    assert None not in (sent, made, received, corrected)
    assert received - corrected == sent - made  # type: ignore[operator]  # none of them is None


@pytest.mark.parametrize("file", FILES)
async def test_recorded_traffic_is_taken_in_and_kept(tmp_path: Path, file: Path) -> None:
    """Every item of every request is found in the journal, in order, with its fields, at its source."""
    requests = recorded(file)
    slugs = write_sources(tmp_path, requests)
    async with running(tmp_path) as sandbox:
        await replay(sandbox, requests)
        messages = await sandbox.messages()
        assert (await sandbox.get("/refused"))["refused"] == []
    sent = [(request, item) for request in requests for item in request.items]
    assert len(messages) == len(sent)
    for (request, item), message in zip(sent, messages, strict=True):
        assert message["source"] == slugs[request.write_key]
        assert message["type"] == item["type"]
        assert_kept(item, request, message["message"])


@pytest.mark.parametrize("file", FILES)
async def test_what_an_sdk_retried_is_taken_once(tmp_path: Path, file: Path) -> None:
    """The first request with a messageId is accepted; each later one is a duplicate, and says so."""
    requests = recorded(file)
    write_sources(tmp_path, requests)
    async with running(tmp_path) as sandbox:
        await replay(sandbox, requests)
        messages = await sandbox.messages()
    seen: set[str] = set()
    for message in messages:
        message_id = message["message"]["messageId"]
        repeated = ("duplicate", "sandbox_duplicate")
        assert (message["state"], message["reason"]) == (repeated if message_id in seen else ("accepted", None))
        seen.add(message_id)


def test_there_is_traffic_of_every_sdk_and_type() -> None:
    """The SDKs for servers, pages and phones, the six calls, gzip and retries are among the records."""
    requests = [request for file in WIRE.glob("*.json") for request in recorded(file)]
    items = [item for request in requests for item in request.items]
    assert {request.path for request in requests} == PATHS
    assert {item["type"] for item in items} == {"identify", "track", "page", "screen", "group", "alias"}
    assert any(request.headers.get("Content-Encoding") == "gzip" for request in requests)
    assert len({item["messageId"] for item in items}) < len(items)
    assert any(request.headers.get("X-Retry-Count") for request in requests)
    assert len(FILES) == 7
