"""What clients, networks and machines do to a sandbox that nobody meant to."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from sandbox.workspace import WRITE_KEY
from tests.acceptance.command import WAIT_S, Up, started, up
from tests.conftest import basic, destination, write_workspace

EVENT: Final = {"type": "track", "userId": "user-1", "event": "Signed Up"}
BODY: Final = b'{"userId":"u","event":"Piped"}'
UNREADABLE: Final = "A request could not be read and was answered 400: "
ESCAPES: Final = "\x1b[31mred\x1b[0m\nnew line\r\x07\u202eback\x9b31m"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Up]:
    """A sandbox with the embedded workspace, which has to be well at the end, and to end well."""
    async with up(tmp_path) as running:
        yield running
        assert (await running.call("/v1/track", EVENT, WRITE_KEY)).status == 200
        assert await running.command.end(signal.SIGTERM) == 0
    assert "Traceback" not in running.command.err.text


@dataclass(frozen=True, slots=True)
class Connection:
    """A TCP connection to a sandbox, for what no HTTP client would send."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes; the other end may have had enough before the last of them."""
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def receive(self, pattern: bytes, count: int = 1) -> bytes:
        """Receive until a pattern was found so often, or the end."""
        received = b""
        async with asyncio.timeout(WAIT_S):
            while len(re.findall(pattern, received)) < count and (piece := await self.reader.read(65_536)):
                received += piece
        return received


@asynccontextmanager
async def connections(sandbox: Up, count: int) -> AsyncIterator[list[Connection]]:
    """Open connections, and close them at the end."""
    host, _, port = sandbox.url.removeprefix("http://").partition(":")
    opened = [Connection(*await asyncio.open_connection(host, int(port))) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.writer.close()
            with suppress(ConnectionError):
                await connection.writer.wait_closed()


@asynccontextmanager
async def connected(sandbox: Up) -> AsyncIterator[Connection]:
    """Open one connection."""
    async with connections(sandbox, 1) as (connection,):
        yield connection


def request(
    body: bytes = BODY, *, length: int | None = None, headers: bytes = b"", path: bytes = b"/v1/track"
) -> bytes:
    """Write a request, well-formed unless told otherwise."""
    size = len(body) if length is None else length
    return b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (
        path,
        basic(WRITE_KEY).encode(),
        size,
        headers,
        body,
    )


@pytest.mark.parametrize(
    ("data", "logged"),
    [
        pytest.param(
            request(headers=b"X: " + b"recognisable" * 10_000 + b"\r\n"), "more than 8190", id="huge header"
        ),
        pytest.param(request(headers=b"X: a\r\n" * 50_000), "many headers", id="many headers"),
        pytest.param(request(path=b"/v1/" + b"recognisable" * 1_000), "more than 8190", id="huge path"),
        pytest.param(request(headers=b"Content-Length: 5\r\n"), "Duplicate", id="two lengths"),
        pytest.param(b"\x00\xff recognisable\r\n\r\n", None, id="no HTTP"),
    ],
)
async def test_what_is_no_http_is_answered_400(sandbox: Up, data: bytes, logged: str | None) -> None:
    """The log has a sentence and nothing of what was sent."""
    async with connected(sandbox) as connection:
        await connection.send(data)
        assert b" 400 Bad Request\r\n" in await connection.receive(rb"\r\n\r\n")
    if logged is not None:
        line = await sandbox.command.err.line(lambda text: text.startswith(UNREADABLE))
        assert line is not None
        assert logged in line
    assert "recognisable" not in sandbox.command.err.text + sandbox.command.out.text


async def test_requests_that_do_not_wait_for_answers_are_answered_in_order(sandbox: Up) -> None:
    """HTTP pipelining: fifty requests in one write have fifty answers with rising numbers."""
    async with connected(sandbox) as connection:
        await connection.send(request() * 50)
        answers = await connection.receive(rb'"success": true', 50)
    numbers = [int(number) for number in re.findall(rb"X-Sandbox-Seq: (\d+)-", answers)]
    assert len(numbers) == 50
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("abort", [pytest.param(True, id="reset"), pytest.param(False, id="closed")])
async def test_a_body_that_breaks_off_is_shown_as_refused(sandbox: Up, abort: bool) -> None:
    """It is no message; the journal has where it came to."""
    async with connected(sandbox) as connection:
        await connection.send(request(b'{"us', length=1_000))
        if abort:
            connection.writer.transport.abort()
    async with asyncio.timeout(WAIT_S):
        change = await anext(sandbox.changes(0))
    assert (change["kind"], change["path"]) == ("refused", "/v1/track")
    assert "before the body was complete" in change["detail"]
    assert await sandbox.all("messages") == []


async def test_slow_bodies_hold_nobody_up(tmp_path: Path) -> None:
    """With three hundred requests that never end, the next one is answered, and the sandbox can be stopped."""
    async with up(tmp_path) as sandbox, connections(sandbox, 300) as slow:
        for connection in slow:
            await connection.send(request(b"{", length=1_000))
        assert (await sandbox.call("/v1/track", EVENT, WRITE_KEY)).status == 200
        assert await sandbox.command.end(signal.SIGTERM) == 0
    assert sandbox.command.err.text == ""


@pytest.mark.parametrize(
    ("header", "body"),
    [
        pytest.param({"Authorization": basic("k" * 3_000)}, EVENT, id="in the header"),
        pytest.param({}, {**EVENT, "writeKey": "k" * 20_000}, id="in the body"),
    ],
)
async def test_a_huge_write_key_is_an_unknown_one(sandbox: Up, header: dict[str, str], body: dict[str, Any]) -> None:
    """It is answered as any key that no source has."""
    async with sandbox.client.post(f"{sandbox.url}/v1/track", json=body, headers=header) as response:
        assert response.status == 200
    (message,) = await sandbox.all("messages")
    assert message["reason"] == "project_not_found"


async def test_no_name_reaches_the_terminal_as_it_is(sandbox: Up) -> None:
    """Escape sequences, newlines and marks of direction in names, types and paths stay in the journal."""
    names = {"event": ESCAPES, "userId": ESCAPES, "messageId": ESCAPES}
    assert (await sandbox.call("/v1/track", {**EVENT, **names}, WRITE_KEY)).status == 200
    await sandbox.call("/v1/batch", {"batch": [{**EVENT, "type": ESCAPES}]}, WRITE_KEY)
    async with connected(sandbox) as connection:
        await connection.send(request(path=b"/v1/%1b%5b31m%0anew-line"))
        assert b"not_found" in await connection.receive(rb"not_found")
    await sandbox.settled()
    assert await sandbox.command.out.line(lambda line: "new-line" in line)
    message = (await sandbox.all("messages"))[0]
    assert (message["event"], message["user_id"]) == (ESCAPES, ESCAPES)
    log = [line for line in sandbox.command.out.lines if re.match(r"\d\d:\d\d:\d\d", line)]
    assert sum("red" in line for line in log) >= 2
    assert all(line.rstrip("\n").isprintable() for line in log)
    assert all(re.search(r"\[\d+\]$", line) for line in log)


async def test_a_watcher_that_leaves_leaves_quietly(tmp_path: Path) -> None:
    """Neither one that closes during traffic nor one that reads nothing prints anything or holds up the end."""
    async with up(tmp_path) as sandbox:
        for _ in range(3):
            async with started("listen", "--json", "--after", "0", cwd=tmp_path) as listening:
                assert (await sandbox.call("/v1/track", EVENT, WRITE_KEY)).status == 200
                await listening.out.line(bool)
            assert (await sandbox.call("/v1/track", EVENT, WRITE_KEY)).status == 200
        async with connected(sandbox) as deaf:
            await deaf.send(b"GET /_sandbox/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await sandbox.settled()
            assert await sandbox.command.end(signal.SIGTERM) == 0
    assert sandbox.command.err.text == ""


async def test_a_stop_under_load_loses_nothing(tmp_path: Path) -> None:
    """After SIGTERM, requests under way are answered or not; what was answered is there, and delivered next time."""
    acknowledged: list[int] = []

    async def send(sandbox: Up, loaded: asyncio.Event) -> None:
        while True:
            try:
                response = await sandbox.call("/v1/batch", {"batch": [EVENT] * 20}, WRITE_KEY)
            except (aiohttp.ClientError, OSError):
                return
            assert response.status == 200
            acknowledged.append(int(response.headers["X-Sandbox-Seq"].partition("-")[0]))
            if len(acknowledged) > 20:
                loaded.set()

    async with up(tmp_path) as sandbox, asyncio.TaskGroup() as clients:
        loaded = asyncio.Event()
        for _ in range(4):
            clients.create_task(send(sandbox, loaded))
        await loaded.wait()
        assert await sandbox.command.end(signal.SIGTERM) == 0
    assert sandbox.command.err.text == ""
    async with up(tmp_path) as sandbox:
        await sandbox.settled()
        messages = {message["seq"] for message in await sandbox.all("messages")}
        assert messages.issuperset(seq + each for seq in acknowledged for each in range(20))
        assert {each["state"] for each in await sandbox.all("deliveries")} == {"delivered"}


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="pidfd tells the end of a process that is not ours")
async def test_a_killed_sandbox_leaves_no_process_behind(tmp_path: Path) -> None:
    """The processes that run functions end with the one that started them."""
    async with up(tmp_path) as sandbox:
        await sandbox.call("/v1/track", EVENT, WRITE_KEY)
        await sandbox.settled()
        handles = [os.pidfd_open(child) for child in _children(sandbox.command.pid)]
        assert handles
        await sandbox.command.end(signal.SIGKILL)
        for handle in handles:
            await _readable(handle)
            os.close(handle)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def _readable(handle: int) -> None:
    """Wait until a process has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        async with asyncio.timeout(WAIT_S):
            await ended.wait()
    finally:
        loop.remove_reader(handle)


async def test_a_hundred_destinations_each_get_every_event(tmp_path: Path) -> None:
    """A source with many destinations answers at once and delivers to all."""
    names = [f"destination-{number}" for number in range(100)]
    file = write_workspace(tmp_path, "http://127.0.0.1:9/", destinations="".join(map(_webhook, names)))
    file.write_text(file.read_text().replace("http://127.0.0.1:9/", "${SEGMENT_SANDBOX_URL}/_sandbox/echo"))
    async with up(tmp_path) as sandbox:
        await sandbox.call("/v1/batch", {"batch": [EVENT] * 10}, WRITE_KEY)
        await sandbox.settled()
        deliveries = await sandbox.all("deliveries")
    assert len(deliveries) == 1_000
    assert {each["destination"] for each in deliveries} == set(names)
    assert {each["state"] for each in deliveries} == {"delivered"}


def _webhook(slug: str) -> str:
    return destination(slug, "webhook")
