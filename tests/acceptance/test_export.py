"""Export, import and reset, with the real command."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from sandbox.workspace import WRITE_KEY
from tests.acceptance.command import Ended, Up, run, up
from tests.conftest import write_workspace
from tests.partner import Partner

EVENT = {"type": "track", "userId": "u", "event": "Signed Up", "properties": {"quote": "it's 5 o'clock \\ é"}}


async def command(sandbox: Up, folder: Path, *arguments: str, stdin: bytes = b"") -> Ended:
    """Run a verb against the sandbox."""
    return await run(*arguments, "--url", sandbox.url, cwd=folder, stdin=stdin)


async def take(sandbox: Up, *names: str) -> None:
    """Send an event of each name, and wait until they are delivered."""
    for name in names:
        await sandbox.call("/v1/track", {**EVENT, "event": name}, WRITE_KEY)
    await sandbox.settled()


async def test_what_is_exported_can_be_imported(tmp_path: Path) -> None:
    """As new events, with ids of their own or the same."""
    async with up(tmp_path) as sandbox:
        await take(sandbox, "One", "Two")
        exported = await command(sandbox, tmp_path, "export", "-o", "events.ndjson")
        assert (exported.code, exported.stderr) == (0, "")
        lines = [json.loads(line) for line in (tmp_path / "events.ndjson").read_text("utf-8").splitlines()]
        assert [(line["event"], line["properties"]) for line in lines] == [
            ("One", EVENT["properties"]),
            ("Two", EVENT["properties"]),
        ]
        imported = await command(sandbox, tmp_path, "import", "events.ndjson", "--json")
        assert json.loads(imported.stdout)["imported"] == 2
        again = await command(sandbox, tmp_path, "import", "events.ndjson", "--keep-message-id")
        assert again.stdout.startswith("2 imported, ")
        states = [message["state"] for message in await sandbox.all("messages")]
    assert states == ["accepted"] * 4 + ["duplicate"] * 2


async def test_a_bad_line_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    """Every one of them, with its number."""
    async with up(tmp_path) as sandbox:
        ended = await command(sandbox, tmp_path, "import", "-", stdin=b'{"type":"track"}\n{bad\n\n[1]\n')
        assert ended.code == 2
        assert "-:2 is no JSON" in ended.stderr
        assert "-:4 is no object" in ended.stderr
        assert await sandbox.all("messages") == []


async def test_a_file_as_editors_write_it_can_be_imported(tmp_path: Path) -> None:
    """With a byte order mark, CRLF, empty lines, a line separator within a string, and no end of the last line."""
    separated = json.dumps({**EVENT, "event": "a\u2028b"}, ensure_ascii=False).encode()
    plain = json.dumps(EVENT).encode()
    (tmp_path / "events.ndjson").write_bytes(b"\xef\xbb\xbf" + plain + b"\r\n\r\n" + separated)
    async with up(tmp_path) as sandbox:
        ended = await command(sandbox, tmp_path, "import", "events.ndjson")
        assert (ended.code, ended.stdout.startswith("2 imported, "), ended.stderr) == (0, True, "")
        assert [each["event"] for each in await sandbox.all("messages")] == ["Signed Up", "a\u2028b"]


async def test_more_lines_than_a_batch_holds_come_in_order(tmp_path: Path) -> None:
    """Through a pipe as well, which can be read but once."""
    lines = [json.dumps({**EVENT, "event": f"E{number}"}) for number in range(2_600)]
    async with up(tmp_path) as sandbox:
        ended = await command(sandbox, tmp_path, "import", "-", "--json", stdin="\n".join(lines).encode())
        answer = json.loads(ended.stdout)
        assert (answer["imported"], answer["duplicates"], answer["stopped"]) == (2_600, 0, [])
        messages = await sandbox.all("messages")
    assert [each["event"] for each in messages] == [f"E{number}" for number in range(2_600)]
    assert [each["seq"] for each in messages] == answer["messages"]


async def test_lines_that_go_no_further_are_told_with_their_reasons(tmp_path: Path) -> None:
    """All of them at once; the others are in, and the exit code says that something is wrong."""
    lines = [EVENT, {"type": "track", "event": "Nobody"}, EVENT, {"type": "click", "userId": "u"}]
    async with up(tmp_path) as sandbox:
        ended = await command(sandbox, tmp_path, "import", "-", stdin="\n".join(map(json.dumps, lines)).encode())
        states = [each["state"] for each in await sandbox.all("messages")]
    assert ended.code == 1
    assert "-:2 failed_on_ingest: no_user_anon_id: " in ended.stderr
    assert "-:4 failed_on_ingest: invalid_type: " in ended.stderr
    assert ended.stdout.endswith(", 2 of them stopped\n")
    assert states == ["accepted", "failed_on_ingest", "accepted", "failed_on_ingest"]


async def test_an_import_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    """The sandbox took the second batch in and the answer was lost; none is delivered twice or missing."""
    lines = [json.dumps({**EVENT, "event": f"E{number}"}) for number in range(6_000)]
    (tmp_path / "events.ndjson").write_text("\n".join(lines), "utf-8")
    async with up(tmp_path) as sandbox, cutting_off(sandbox.url, 2) as cut:
        broken = await run("import", "events.ndjson", "--url", cut, cwd=tmp_path)
        resume = re.search(r"--resume (\S+:\d+)`", broken.stderr)
        assert resume is not None, broken.stderr
        assert (broken.code, "; lines " in broken.stderr) == (2, True)
        ended = await command(sandbox, tmp_path, "import", "events.ndjson", "--resume", resume[1])
        assert (ended.code, "of them duplicates" in ended.stdout) == (0, True)
        messages = await sandbox.all("messages")
    assert [each["event"] for each in messages if each["state"] == "accepted"] == [f"E{n}" for n in range(6_000)]


@asynccontextmanager
async def cutting_off(url: str, number: int) -> AsyncIterator[str]:
    """Stand before a sandbox, and lose the answer to the request of that number and to all later ones."""
    count = 0

    async def pass_on(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        if count > number:
            request.transport.abort()  # type: ignore[union-attr]  # the connection is there
        async with ClientSession() as client, client.post(url + request.path, data=await request.read()) as answer:
            body = await answer.read()
        if count == number:
            request.transport.abort()  # type: ignore[union-attr]  # the connection is there
        return web.Response(body=body, status=answer.status, content_type="application/json")

    async def healthy(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    application = web.Application(client_max_size=1024 * 1024)
    application.add_routes([web.get("/_sandbox/health", healthy), web.post("/{path:.*}", pass_on)])
    async with TestServer(application) as server:
        yield str(server.make_url("/")).rstrip("/")


async def test_the_requests_of_deliveries_are_an_http_archive(tmp_path: Path) -> None:
    """With what the format requires, and without secrets unless they are asked for."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url + "/in?a=1")
        async with up(tmp_path) as sandbox:
            await take(sandbox, "One")
            ended = await command(sandbox, tmp_path, "export", "--format", "har")
            (entry,) = entries(ended)
            (shown,) = entries(await command(sandbox, tmp_path, "export", "--format", "har", "--secrets"))
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}]
    assert (entry["response"]["status"], json.loads(entry["request"]["postData"]["text"])["event"]) == (200, "One")
    assert header(entry, "Authorization") == "••••"
    assert header(shown, "Authorization").startswith("Basic ")


def entries(ended: Ended) -> list[dict[str, Any]]:
    """Return the entries of an archive."""
    log = json.loads(ended.stdout)["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "segment-sandbox")
    found: list[dict[str, Any]] = log["entries"]
    return found


def header(entry: dict[str, Any], name: str) -> str:
    """Return a header of an entry's request."""
    found: str = next(each["value"] for each in entry["request"]["headers"] if each["name"] == name)
    return found


@pytest.mark.skipif(shutil.which("curl") is None, reason="SKIPPED: there is no curl")
async def test_a_command_for_curl_sends_the_same_again(tmp_path: Path) -> None:
    """Byte for byte, whatever stands in the event."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url + "/in")
        async with up(tmp_path) as sandbox:
            await take(sandbox, 'It\'s; $(one) \\ "two"')
            ended = await command(sandbox, tmp_path, "export", "--format", "curl", "--secrets")
        script = tmp_path / "again.sh"
        script.write_text(ended.stdout, "utf-8")
        null = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec("/bin/sh", str(script), stdout=null, stderr=null)
        assert await process.wait() == 0
        first, second = partner.received
    assert first.body == second.body
    assert first.header("Authorization") == second.header("Authorization")


async def test_filters_that_do_not_fit_the_format_are_a_mistake(tmp_path: Path) -> None:
    """The sentence says which do."""
    async with up(tmp_path) as sandbox:
        ended = await command(sandbox, tmp_path, "export", "--format", "har", "--event", "One")
    assert ended.code == 2
    assert "--event cannot choose among requests of deliveries" in ended.stderr


async def test_a_reset_forgets(tmp_path: Path) -> None:
    """Messages and seen ids; a source that is not there is a mistake."""
    async with up(tmp_path) as sandbox:
        await take(sandbox, "One", "Two")
        wrong = await command(sandbox, tmp_path, "reset", "--source", "webside")
        assert (wrong.code, "There is no source webside." in wrong.stderr) == (2, True)
        odd = await command(sandbox, tmp_path, "reset", "--source", "web\nside\x1b[31m")
        assert odd.stderr.splitlines()[0] == r"There is no source 'web\nside\x1b[31m'."
        ended = await command(sandbox, tmp_path, "reset")
        assert ended.stdout == "2 messages removed\n"
        assert await sandbox.all("messages") == []
        assert [change["kind"] for change in await sandbox.all("changes")] == ["reset"]
