"""Headers that are no text, at a whole sandbox's routes, byte for byte."""

import asyncio
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.app.test_functions import write
from tests.app.test_source_functions import HOOK
from tests.conftest import Running, running

LOGS = "async function onRequest(request) { console.log(request.headers.get('x-shop')) }"
NAMES = (
    "Access-Control-Request-Headers",
    "Authorization",
    "Content-Encoding",
    "Content-Type",
    "Origin",
    "User-Agent",
    "X-Anything",
)
METHODS = ("POST", "PUT", "OPTIONS")
PATHS = ("/functions/hook", "/functions/none", "/v1/track", "/v1/batch", "/token", "/v1/projects/x/settings")
VALUES = (b"\xff", b"Basic \xff", b"Bearer \xff", "ü".encode(), "Basic ü".encode())


async def sent(sandbox: Running, method: str, path: str, name: str, value: bytes) -> bytes:
    """Send a request as it stands; return the status of the answer."""
    address = urlsplit(sandbox.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    host = f"Host: {address.netloc}\r\nContent-Length: 2\r\nConnection: close\r\n"
    kind = "" if name == "Content-Type" else "Content-Type: application/json\r\n"
    writer.write(f"{method} {path} HTTP/1.1\r\n{host}{kind}{name}: ".encode() + value + b"\r\n\r\n{}")
    answer = await reader.read()
    writer.close()
    return answer.split(b" ", 2)[1]


async def test_a_header_that_is_no_text_is_no_fault_of_ours(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever it came, it is answered and written down as any other request."""
    write(tmp_path, HOOK, hook="async function onRequest() {}")
    async with running(tmp_path) as sandbox:
        for method, path, name, value in product(METHODS, PATHS, NAMES, VALUES):
            status = await sent(sandbox, method, path, name, value)
            assert b"200" <= status < b"500", (method, path, name, value)
        assert (await sandbox.get("/refused?limit=1000"))["refused"]
    assert "failed inside the sandbox" not in caplog.text


async def test_code_gets_a_character_for_each_byte_of_a_header(tmp_path: Path) -> None:
    """As in Node, whose Headers take no others."""
    write(tmp_path, HOOK, hook=LOGS)
    async with running(tmp_path) as sandbox:
        await sent(sandbox, "POST", "/functions/hook", "X-Shop", b"a\xff\xe2\x82\xacb")
        run = await sandbox.change(lambda change: change["kind"] == "invocation")
    assert [line["text"] for line in run["logs"]] == ["aÿâ\x82¬b"]
