"""Every path that an SDK calls, in every dress in which its bodies come."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.workspace import WRITE_KEY
from tests.conftest import STEP_S, Running, basic

OK = {"success": True}
ITEM = {"type": "track", "userId": "user-1", "event": "Signed Up"}
CALLS = ("track", "identify", "page", "screen", "group", "alias")
LETTERS = tuple(call[0] for call in CALLS)
BATCHES = ("batch", "import", "import/", "b")
ELSEWHERE = "http://localhost:3000"
BODY = json.dumps({**ITEM, "writeKey": WRITE_KEY}).encode()


async def send(
    sandbox: Running, path: str, body: Any, headers: dict[str, str], method: str = "POST"
) -> tuple[int, dict[str, str], Any]:
    """Send bytes, or pieces of a body, with these headers and no others; return status, headers and JSON."""
    skipped = ["Content-Type", "Accept", "User-Agent"]
    url = sandbox.url + path
    async with sandbox.client.request(method, url, data=body, headers=headers, skip_auto_headers=skipped) as response:
        text = await response.text()
        return response.status, dict(response.headers), json.loads(text) if text else None


@pytest.mark.parametrize("prefix", [pytest.param("/v1", id="with prefix"), pytest.param("", id="without prefix")])
@pytest.mark.parametrize("path", [*CALLS, *LETTERS])
async def test_a_call_is_taken_in_at_every_path(embedded: Running, prefix: str, path: str) -> None:
    """13, 14, 15, 17: long and short, with the prefix and where an SDK strips it."""
    body = json.dumps({"userId": "user-1", "event": "e", "groupId": "g", "writeKey": WRITE_KEY}).encode()
    status, _, answer = await send(embedded, f"{prefix}/{path}", body, {"Content-Type": "text/plain"})
    assert (status, answer) == (200, OK)
    (message,) = await embedded.messages()
    assert message["type"][0] == path[0]
    assert message["state"] == "accepted"


@pytest.mark.parametrize("prefix", [pytest.param("/v1", id="with prefix"), pytest.param("", id="without prefix")])
@pytest.mark.parametrize("path", BATCHES)
async def test_a_batch_is_taken_in_at_every_path(embedded: Running, prefix: str, path: str) -> None:
    """18, 19, 22, 23: with the key in the envelope, and no header at all."""
    body = json.dumps({"batch": [ITEM, ITEM], "writeKey": WRITE_KEY}).encode()
    status, _, answer = await send(embedded, f"{prefix}/{path}", body, {})
    assert (status, answer) == (200, OK)
    channels = {message["message"]["channel"] for message in await embedded.messages()}
    assert channels == {"mobile" if path == "b" else "server"}


async def test_18_a_key_may_stand_in_the_messages_of_a_batch(embedded: Running) -> None:
    """As analytics.js puts it; its own name makes the channel browser, and the key is not shown."""
    item = {**ITEM, "writeKey": WRITE_KEY, "context": {"library": {"name": "analytics.js", "version": "next-1.84.3"}}}
    body = json.dumps({"batch": [item] * 3}).encode()
    status, headers, _ = await send(embedded, "/v1/b", body, {"Origin": ELSEWHERE})
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, ELSEWHERE)
    messages = await embedded.messages()
    assert [(each["source"], each["message"]["channel"]) for each in messages] == [("website", "browser")] * 3
    assert "writeKey" not in messages[0]["message"]


@pytest.mark.parametrize("path", ["/v1/m", "/m"])
async def test_25_what_an_sdk_measures_of_itself_is_forgotten(embedded: Running, path: str) -> None:
    """200, and nothing in the journal; the body is not looked at."""
    before = await embedded.get("/changes")
    for body in (b'{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1}]}', b"{bad", b""):
        status, headers, answer = await send(embedded, path, body, {"Origin": ELSEWHERE})
        assert (status, answer, headers["Access-Control-Allow-Origin"]) == (200, OK, ELSEWHERE)
    assert await embedded.get("/changes") == before


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    """Send a body in pieces, so that its length is not told."""
    for start in range(0, len(data), 10):
        yield data[start : start + 10]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(BODY, {"Content-Type": "application/json; charset=utf-8"}, id="JSON with a charset"),
        pytest.param(BODY, {"Content-Type": "text/plain;charset=UTF-8"}, id="31 text, from sendBeacon"),
        pytest.param(BODY, {}, id="no content type"),
        pytest.param(BODY, {"Content-Type": "application/x-www-form-urlencoded"}, id="a wrong content type"),
        pytest.param(BODY, {"Content-Type": "///"}, id="an impossible content type"),
        pytest.param(gzip.compress(BODY), {"Content-Encoding": "gzip"}, id="21 gzip without a content type"),
        pytest.param(zlib.compress(BODY), {"Content-Encoding": "deflate"}, id="deflate"),
        pytest.param(BODY, {"Content-Encoding": "identity"}, id="identity"),
    ],
)
@pytest.mark.parametrize("whole", [pytest.param(True, id="whole"), pytest.param(False, id="in chunks")])
async def test_a_body_is_read_in_every_dress(
    embedded: Running, body: bytes, headers: dict[str, str], *, whole: bool
) -> None:
    """The label does not matter, and the encoding is undone."""
    status, _, answer = await send(embedded, "/v1/t", body if whole else chunks(body), headers)
    assert (status, answer) == (200, OK)
    assert [message["event"] for message in await embedded.messages()] == ["Signed Up"]


@pytest.mark.parametrize("path", ["/v1/t", "/v1/batch", "/b"])
@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br"])
async def test_an_unknown_encoding_is_refused_in_json(embedded: Running, path: str, encoding: str) -> None:
    """400 in Segment's shape, readable for a page, and in the journal; never text from the web server."""
    sent = {"Content-Encoding": encoding, "Origin": ELSEWHERE}
    status, headers, answer = await send(embedded, path, b"\x0b\x02\x80{}\x03", sent)
    assert (status, answer) == (400, {"success": False, "message": "malformed JSON", "code": "invalid_request"})
    assert headers["Access-Control-Allow-Origin"] == ELSEWHERE
    (refused,) = (await embedded.get("/refused"))["refused"]
    assert f"Content-Encoding {encoding} is not known" in refused["message"]


async def test_a_body_that_grows_beyond_all_measure_is_refused(embedded: Running) -> None:
    """39: limits count what comes out, and no more than that is ever kept."""
    bomb = gzip.compress(b" " * 20_000_000)
    status, _, answer = await send(embedded, "/v1/batch", bomb, {"Content-Encoding": "gzip"})
    assert status == 400
    assert "Exceed payload limit" in answer["message"]


PATHS = [
    *[f"{prefix}/{path}" for prefix in ("/v1", "") for path in (*CALLS, *LETTERS, *BATCHES, "m", "pixel/track")],
    "/v1/nothing",
]


async def test_30_a_preflight_is_allowed_everywhere(embedded: Running) -> None:
    """The headers asked for are named, credentials allowed, and what runs on a private network as well."""
    asked = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-retry-count",
        "Access-Control-Request-Private-Network": "true",
    }
    for path in PATHS:
        status, headers, _ = await send(embedded, path, None, asked, "OPTIONS")
        assert status == 204
        assert headers["Access-Control-Allow-Origin"] == ELSEWHERE
        assert headers["Access-Control-Allow-Headers"] == "authorization,x-retry-count"
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert headers["Access-Control-Allow-Private-Network"] == "true"
        assert int(headers["Access-Control-Max-Age"]) > 0
        assert {"GET", "POST"} <= set(headers["Access-Control-Allow-Methods"].split(", "))
        assert headers["Vary"] == "Origin"
    assert (await embedded.get("/refused"))["refused"] == []


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
async def test_every_refusal_is_json_that_a_page_can_read(embedded: Running, method: str) -> None:
    """115: a client that gets anything else sends again and again; `Retry-After` is exposed."""
    for path in PATHS:
        status, headers, answer = await send(embedded, path, b"{}", {"Origin": ELSEWHERE}, method)
        assert status in (404, 405)
        assert answer["success"] is False
        assert headers["Access-Control-Allow-Origin"] == ELSEWHERE
        assert {"Retry-After", "X-RateLimit-Reset"} <= set(headers["Access-Control-Expose-Headers"].split(", "))
        assert "Date" in headers


async def test_115_every_answer_to_a_post_is_a_json_object_with_a_date(embedded: Running) -> None:
    """SDKs of Segment read the body even of a success, and correct their clocks by the date."""
    for path in PATHS:
        _, headers, answer = await send(embedded, path, BODY, {"Authorization": basic(WRITE_KEY)})
        assert isinstance(answer["success"], bool)
        assert headers["Content-Type"] == "application/json"
        assert "Date" in headers


@pytest.mark.parametrize(
    ("expected", "answered"),
    [
        pytest.param("100-continue", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", id="100-continue"),
        pytest.param("something-else", b"HTTP/1.1 200 OK\r\n", id="anything else"),
    ],
)
async def test_who_waits_to_be_asked_for_the_body_is_asked(embedded: Running, expected: str, answered: bytes) -> None:
    """Curl does with a large body; nobody is turned away for what he expects."""
    host, port = embedded.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/t HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: {expected}\r\nContent-Length: {len(BODY)}"
    writer.write(head.encode() + b"\r\n\r\n" + BODY)
    async with asyncio.timeout(STEP_S):
        received = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert received.startswith(answered)
    assert len(await embedded.messages()) == 1


@pytest.mark.parametrize("path", ["/", "/page.js", "/_sandbox/health"])
async def test_paths_without_a_prefix_leave_the_page_alone(embedded: Running, path: str) -> None:
    """The page, its script and the sandbox's own API answer where they did."""
    async with embedded.client.get(embedded.url + path) as response:
        assert response.status == 200
