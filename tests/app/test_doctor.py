"""The doctor of a sandbox that runs: what it gathers, and what command and route say."""

import asyncio
import json
import shlex
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from sandbox.cli.main import cli
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, running, write_workspace

CALL = {
    "userId": "user-1",
    "event": "Signed Up",
    "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
}
SLIP = WRITE_KEY[:-1] + "7"


async def ids(sandbox: Running, query: str = "") -> list[str]:
    """Return the ids of what the doctor finds."""
    return [finding["id"] for finding in (await sandbox.get(f"/doctor{query}"))["findings"]]


async def asked(sandbox: Running, *arguments: str) -> Result:
    """Run the command against a sandbox of this very process."""
    invoke = CliRunner().invoke
    return await asyncio.to_thread(invoke, cli, ["doctor", "--url", sandbox.url, *arguments])


async def test_before_anything_has_come(embedded: Running) -> None:
    """Where to begin, with a command that works; the exit code is that of something wrong."""
    result = await asked(embedded)
    assert result.exit_code == 1
    assert "nothing_arrived" in result.output
    assert "segment-sandbox sdk" in result.output
    (line,) = [line.strip() for line in result.output.splitlines() if line.startswith("    curl ")]
    program, *arguments = shlex.split(line)
    process = await asyncio.create_subprocess_exec(program, "--silent", "--noproxy", "*", *arguments)
    assert await process.wait() == 0
    assert (await asked(embedded)).exit_code == 0


async def test_after_an_event_all_is_well(embedded: Running) -> None:
    """The SDK is named with its version, source and time."""
    await embedded.call("/v1/track", CALL)
    result = await asked(embedded)
    assert result.exit_code == 0, result.output
    assert "analytics-python 2.4.0  website  1" in result.output
    assert result.output.endswith("Nothing is wrong.\n")
    report = json.loads((await asked(embedded, "--json")).output)
    assert (report["well"], report["arrived"][0]["sdk"]) == (True, "python")


async def test_what_goes_wrong_is_found(embedded: Running) -> None:
    """By its id; what came before a number is not judged again."""
    await embedded.call("/v1/track", CALL, key=SLIP)
    await embedded.call("/v1/track", CALL | {"event": ""})
    await embedded.call("/v1/v1/track", CALL)
    await embedded.call("/v1/track", CALL | {"sentAt": "2020-01-01T00:00:00Z"})
    await embedded.call("/v1/track", "{bad")
    for _ in range(2):
        await embedded.call("/v1/track", CALL | {"messageId": "m-1"})
    wrong = ["unknown_path", "unknown_write_key", "refused", "dropped", "clock_off", "duplicates"]
    assert await ids(embedded) == wrong
    seq = embedded.journal.seq
    await embedded.call("/v1/track", CALL)
    assert await ids(embedded, f"?after={seq}") == []


async def test_no_write_key_is_shown(embedded: Running) -> None:
    """Neither one that a source has, nor one that none has, wherever it stands."""
    await embedded.call("/v1/track", CALL, key=SLIP)
    await embedded.call("/v1/nowhere", {"writeKey": SLIP})
    async with embedded.client.get(f"{embedded.url}/v1/projects/{SLIP}/settings") as response:
        assert response.status == 200
    for options in ([], ["--json"]):
        output = (await asked(embedded, *options)).output
        assert SLIP[-4:] in output
        assert SLIP not in output
        assert WRITE_KEY not in output
        assert "source website" in output


async def test_strange_senders_do_no_harm(embedded: Running) -> None:
    """An event may say anything of itself."""
    for library in ({"name": 5, "version": {}}, "none", {"name": "\x1b[31m" + "x" * 500}, None):
        await embedded.call("/v1/track", CALL | {"context": {"library": library}, "sentAt": 7})
    result = await asked(embedded)
    assert result.exit_code == 0, result.output
    assert "\x1b[31m" not in result.output
    assert "x" * 101 not in result.output


async def test_batches_that_are_none_do_no_harm(embedded: Running) -> None:
    """What is in the journal for them is no message."""
    await embedded.call("/v1/batch", {"batch": []})
    await embedded.call("/v1/batch", {"batch": [1, "two", None]})
    assert await ids(embedded) == ["dropped", "dropped"]


async def test_the_workspace_and_its_functions(tmp_path: Path) -> None:
    """As they are now."""
    file = write_workspace(tmp_path, "http://127.0.0.1:9/")
    async with running(tmp_path) as sandbox:
        await sandbox.call("/v1/track", CALL)
        assert await ids(sandbox) == []
        file.write_text("[workspace")
        await sandbox.sandbox.on_change(frozenset({file}))
        (finding,) = (await sandbox.get("/doctor"))["findings"]
        assert finding["id"] == "workspace_mistake"
        assert finding["cause"].startswith("workspace.toml:1")


async def test_only_this_run_is_judged(tmp_path: Path) -> None:
    """What came before the start is listed, and was another day's matter."""
    async with running(tmp_path) as sandbox:
        await sandbox.call("/v1/nowhere", CALL)
        await sandbox.call("/v1/track", CALL)
        assert await ids(sandbox) == ["unknown_path"]
    async with running(tmp_path) as sandbox:
        report: dict[str, Any] = await sandbox.get("/doctor")
        assert report["arrived"][0]["sdk"] == "python"
        assert [finding["id"] for finding in report["findings"]] == ["nothing_arrived"]
        assert await ids(sandbox, "?after=0") == ["unknown_path"]


async def test_a_wrong_parameter_is_told(embedded: Running) -> None:
    """In the API's own shape."""
    assert (await embedded.get("/doctor?before=1"))["error"]["code"] == "bad_query"
    assert (await embedded.get("/doctor?after=x"))["error"]["code"] == "bad_query"
