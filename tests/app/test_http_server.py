"""Below the routes: what is no HTTP is answered in JSON as well."""

import asyncio
import json

import pytest

from tests.conftest import STEP_S, Running


async def answer(sandbox: Running, data: bytes) -> tuple[bytes, bytes]:
    """Send bytes on a connection of their own; return the head and the body of all that comes back."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    async with asyncio.timeout(STEP_S):
        received = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"this is no HTTP\r\n\r\n", id="no HTTP"),
        pytest.param(
            b"POST /v1/track HTTP/1.1\r\nHost: x\r\nrecognisable header\r\n\r\n", id="a header without a name"
        ),
        pytest.param(
            b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
            id="two lengths",
        ),
        pytest.param(b"POST /v1/" + b"recognisable" * 1_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", id="a huge path"),
    ],
)
async def test_what_is_no_http_is_answered_in_json(embedded: Running, data: bytes) -> None:
    """400 in Segment's shape, with a date, and nothing of what was sent."""
    head, body = await answer(embedded, data)
    assert b" 400 Bad Request" in head.splitlines()[0]
    assert b"application/json" in head
    assert b"\r\nDate: " in head
    told = json.loads(body)
    assert (told["success"], told["code"]) == (False, "invalid_request")
    assert told["message"].startswith("malformed HTTP: ")
    assert "recognisable" not in told["message"]


async def test_tls_on_the_plain_port_is_told(embedded: Running) -> None:
    """A client that was given https:// for the plain port gets no further, and is among the refused requests."""
    assert await answer(embedded, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n") == (b"", b"")
    await embedded.change(lambda change: change["kind"] == "refused")
    (told,) = (await embedded.get("/refused"))["refused"]
    assert (told["method"], told["path"], told["status"], told["code"]) == ("TLS", "/", 0, "sandbox_tls")
    assert "use http://" in told["message"]
