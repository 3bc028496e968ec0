"""The commands as a partner types them: what they print, where, and how they exit."""

import asyncio
import json
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.workspace import WRITE_KEY
from tests.acceptance.command import Ended, Up, run, started, up
from tests.conftest import write_workspace
from tests.partner import Answer, Partner

ESCAPE: Final = "\x1b"
EVENT: Final = {"type": "track", "userId": "user-1", "event": "Signed Up"}
NOWHERE: Final = "http://127.0.0.1:9"
"""Nothing listens on the discard port of a test machine."""


def assert_mistake(ended: Ended, code: int, *words: str) -> None:
    """Check for a sentence on standard error, no traceback, and the exit code."""
    assert ended.code == code, ended
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in ended.stderr
    assert ended.stdout == ""


# -- up ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGINT, 130, id="SIGINT"), pytest.param(signal.SIGTERM, 0, id="SIGTERM")],
)
async def test_up_ends_in_order_when_told_to(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Interrupted it exits 130, terminated 0; nothing says any more that it runs, and nothing is on stderr."""
    async with up(tmp_path) as sandbox:
        assert (tmp_path / ".segment-sandbox" / "run.json").exists()
        assert await sandbox.command.end(number) == code
    assert not (tmp_path / ".segment-sandbox" / "run.json").exists()
    assert sandbox.command.err.text == ""


async def test_the_line_of_a_failed_delivery_ends_with_its_advice(tmp_path: Path) -> None:
    """By the rule's id, of which docs/advice.md says more; as `up` prints it, and as `listen` does."""
    async with Partner(otherwise=Answer(404)) as partner:
        write_workspace(tmp_path, partner.url)
        async with up(tmp_path) as sandbox:
            await sandbox.call("/v1/track", {"userId": "u", "event": "E"}, WRITE_KEY)
            line = await sandbox.command.out.line(lambda each: " -x- 404 " in each)
            async with started("listen", "--after", "0", "--url", sandbox.url, cwd=tmp_path) as listener:
                heard = await listener.out.line(lambda each: " -x- 404 " in each)
    assert line is not None
    assert "  advice: wrong_path [" in line
    assert heard == line


async def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    """`up` exits 3 and says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await run("up", "--port", port, cwd=tmp_path)
    assert_mistake(ended, 3, f"127.0.0.1:{port}", "in use", "--port 0")
    assert len(ended.stderr.splitlines()) == 2


async def test_a_second_sandbox_in_a_folder_cannot_start(tmp_path: Path) -> None:
    """`up` exits 3, naming the address and the process of the first, which goes on."""
    async with up(tmp_path) as first:
        ended = await run("up", "--port", "0", cwd=tmp_path)
        assert_mistake(ended, 3, first.url, str(first.command.pid), "--ephemeral")
        assert len(ended.stderr.splitlines()) == 2
        assert (await first.get("/health"))["status"] == "ok"


async def test_a_folder_is_free_again_after_a_kill(tmp_path: Path) -> None:
    """The word that a killed sandbox left behind keeps nobody from starting."""
    async with up(tmp_path) as killed:
        await killed.command.end(signal.SIGKILL)
    assert (tmp_path / ".segment-sandbox" / "run.json").exists()
    async with up(tmp_path) as next_one:
        assert json.loads((tmp_path / ".segment-sandbox" / "run.json").read_text())["url"] == next_one.url


async def test_every_mistake_of_the_workspace_file_is_told(tmp_path: Path) -> None:
    """Three mistakes are three sentences with their lines, and exit code 2."""
    file = write_workspace(tmp_path, "ftp://partner.example")
    file.write_text(
        file.read_text().replace("local-api-key", "short").replace('source = "website"', 'source = "shop"')
    )
    ended = await run("up", "--port", "0", cwd=tmp_path)
    assert_mistake(ended, 2, "endpoint", "apiKey", "shop")
    assert sum("workspace.toml:" in line for line in ended.stderr.splitlines()) == 3


async def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    """A workspace file that leads nowhere is the user's mistake; a link to itself is unreadable for root, too."""
    file = tmp_path / "workspace.toml"
    file.symlink_to(file)
    assert_mistake(await run("up", "--port", "0", cwd=tmp_path), 2, "workspace.toml")


async def test_a_folder_in_place_of_the_workspace_file_is_a_sentence(tmp_path: Path) -> None:
    """Neither is a folder of that name a traceback."""
    (tmp_path / "workspace.toml").mkdir()
    assert_mistake(await run("up", "--port", "0", cwd=tmp_path), 2, "workspace.toml")


@pytest.mark.parametrize("name", ["journal.db", "run.json", "lock"])
async def test_a_state_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path, name: str) -> None:
    """Where a file should be and is a folder, `up` exits 3 and says which."""
    (tmp_path / ".segment-sandbox" / name).mkdir(parents=True)
    assert_mistake(await run("up", "--port", "0", cwd=tmp_path), 3, ".segment-sandbox", "--ephemeral")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("up", "--prot", "0"), id="unknown option"),
        pytest.param(("up", "--port", "65536"), id="port out of range"),
        pytest.param(("up", "--port", "many"), id="port is no number"),
        pytest.param(("up", "--keep", "0"), id="keeping nothing"),
        pytest.param(("listen", "--after", "-1"), id="negative number"),
        pytest.param(("init", "--template", "lambda"), id="unknown template"),
        pytest.param(("send",), id="argument missing"),
        pytest.param(("upp",), id="unknown command"),
        pytest.param(("send", "track", "--url", "localhost:8484"), id="address without a scheme"),
    ],
)
async def test_what_is_no_command_line_exits_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Nothing starts, and a sentence names what was wrong."""
    assert_mistake(await run(*arguments, cwd=tmp_path), 2)


async def test_a_host_that_is_not_here_is_a_sentence(tmp_path: Path) -> None:
    """`up --host` with an address of another machine exits 3."""
    assert_mistake(await run("up", "--port", "0", "--host", "192.0.2.1", cwd=tmp_path), 3, "192.0.2.1")


async def test_an_ephemeral_sandbox_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither in the folder nor among the temporary files, and it runs beside another one."""
    folder, temporary = tmp_path / "project", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    async with up(folder, "--ephemeral", environment={"TMPDIR": str(temporary)}) as sandbox:
        await sandbox.call("/v1/track", EVENT, WRITE_KEY)
        await sandbox.settled()
        async with up(folder, "--ephemeral", environment={"TMPDIR": str(temporary)}) as other:
            assert await other.all("messages") == []
            await other.command.end(signal.SIGTERM)
        await sandbox.command.end(signal.SIGINT)
    assert list(folder.iterdir()) == []
    assert list(temporary.iterdir()) == []


async def test_keep_says_how_many_messages_stay(tmp_path: Path) -> None:
    """`--keep 5` leaves the newest five of twenty, whatever the file says."""
    async with up(tmp_path, "--keep", "5") as sandbox:
        for number in range(20):
            await sandbox.call("/v1/track", {**EVENT, "event": f"Event {number}"}, WRITE_KEY)
            await sandbox.settled()
        names = [message["event"] for message in await sandbox.all("messages")]
    assert names[-1] == "Event 19"
    assert 5 <= len(names) <= 6


# -- send ----------------------------------------------------------------------------------------------


async def sent(sandbox: Up, folder: Path, *arguments: str, stdin: bytes = b"") -> dict[str, Any]:
    """Run `send` and return the message that it printed the number of."""
    ended = await run("send", *arguments, cwd=folder, stdin=stdin)
    assert (ended.code, ended.stderr) == (0, "")
    message: dict[str, Any] = await sandbox.get(f"/messages/{int(ended.stdout)}")
    return message


async def test_send_takes_a_file_standard_input_or_a_sample(tmp_path: Path) -> None:
    """Each is sent through the one source, and the number printed is the message's."""
    (tmp_path / "mine.json").write_text(json.dumps(EVENT))
    async with up(tmp_path) as sandbox:
        assert (await sent(sandbox, tmp_path, "mine.json"))["event"] == "Signed Up"
        piped = json.dumps({**EVENT, "event": "Piped"}).encode()
        assert (await sent(sandbox, tmp_path, "-", stdin=piped))["event"] == "Piped"
        assert (await sent(sandbox, tmp_path, "identify"))["type"] == "identify"
        assert (await sent(sandbox, tmp_path, "test_suite/1-page"))["type"] == "page"
        ended = await run("send", "track", "--json", cwd=tmp_path)
        assert json.loads(ended.stdout)["seq"] > 0


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        pytest.param(("missing.json",), b"", ("There is no file missing.json", "identify"), id="missing file"),
        pytest.param(("-",), b'{"type": "track",}', ("standard input:1:", "not JSON"), id="broken JSON"),
        pytest.param(("-",), b"", ("standard input",), id="nothing"),
        pytest.param(("-",), b"[1]", ("no JSON object",), id="no object"),
        pytest.param(("-",), b'{"event": "x"}', ("has no type",), id="no type"),
        pytest.param(("-",), b"\xff\xfe\x00", ("standard input",), id="not UTF-8"),
        pytest.param(("-",), b'{"type":"track","a":' + b"[" * 300 + b"]" * 300 + b"}", ("deep",), id="too deep"),
        pytest.param(("track", "--source", "shop"), b"", ("no source shop", "website"), id="unknown source"),
        pytest.param((".",), b"", ("There is no file .",), id="a folder"),
    ],
)
async def test_send_says_what_is_wrong_with_the_event(
    tmp_path: Path, arguments: tuple[str, ...], stdin: bytes, words: tuple[str, ...]
) -> None:
    """Exit code 2, one sentence, where a sandbox runs."""
    async with up(tmp_path) as sandbox:
        assert_mistake(await run("send", *arguments, cwd=tmp_path, stdin=stdin), 2, *words)
        assert await sandbox.all("messages") == []


@pytest.mark.parametrize(
    "arguments", [pytest.param(("send", "track"), id="send"), pytest.param(("listen",), id="listen")]
)
@pytest.mark.parametrize(
    ("option", "environment"),
    [
        pytest.param(("--url", NOWHERE), {}, id="option"),
        pytest.param((), {"SEGMENT_SANDBOX_URL": NOWHERE}, id="environment"),
    ],
)
async def test_a_command_without_a_sandbox_says_where_it_looked(
    tmp_path: Path, arguments: tuple[str, ...], option: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    """Exit code 2; the sentence names the address and how to start one."""
    ended = await run(*arguments, *option, cwd=tmp_path, environment=environment)
    assert_mistake(ended, 2, NOWHERE, "segment-sandbox up")


async def test_what_answers_but_is_no_sandbox_is_told(tmp_path: Path) -> None:
    """A partner's own service under that address is recognised."""
    async with Partner() as partner:
        assert_mistake(await run("send", "track", "--url", partner.url, cwd=tmp_path), 2, "not a sandbox")


# -- listen --------------------------------------------------------------------------------------------


async def test_listen_prints_a_change_as_it_happens(tmp_path: Path) -> None:
    """A line of JSON for each change, from the first after it began; it ends when the sandbox does."""
    async with up(tmp_path) as sandbox, started("listen", "--json", "--after", "0", cwd=tmp_path) as listening:
        await sandbox.call("/v1/track", EVENT, WRITE_KEY)
        line = await listening.out.line(lambda text: '"message"' in text)
        assert line is not None
        change = json.loads(line)
        assert (change["kind"], change["event"], change["state"]) == ("message", "Signed Up", "accepted")
        await sandbox.settled()
        last = (await sandbox.all("changes"))[-1]["seq"]
        assert await listening.out.line(lambda text: json.loads(text)["seq"] == last)
        assert [json.loads(line)["seq"] for line in listening.out.lines] == list(range(1, last + 1))
        await sandbox.command.end(signal.SIGINT)
        assert await listening.end(signal.SIGCONT) == 0


async def test_listen_can_be_interrupted(tmp_path: Path) -> None:
    """It exits 130, without a traceback."""
    async with up(tmp_path) as sandbox, started("listen", cwd=tmp_path) as listening:
        line = None
        while line is None:
            await sandbox.call("/v1/track", EVENT, WRITE_KEY)
            line = next(iter(listening.out.lines), None)
        assert await listening.end(signal.SIGINT) == 130
    assert listening.err.text == ""


async def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    """`listen | head -1` ends quietly."""
    async with up(tmp_path) as sandbox, started("listen", "--after", "0", cwd=tmp_path) as listening:
        await sandbox.call("/v1/track", EVENT, WRITE_KEY)
        await listening.out.line(bool)
        transport = listening.process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]  # there is no other way to close it
        transport.close()
        ended = asyncio.create_task(listening.process.wait())
        while not ended.done():
            await sandbox.call("/v1/track", EVENT, WRITE_KEY)
        assert "Traceback" not in listening.err.text


# -- what is printed -----------------------------------------------------------------------------------


async def test_piped_output_is_plain(tmp_path: Path) -> None:
    """No escape sequence goes into a pipe."""
    async with up(tmp_path) as sandbox:
        await sandbox.call("/v1/track", EVENT, WRITE_KEY)
        await sandbox.command.out.line(lambda line: "<--" in line and "webhook" in line)
        await sandbox.command.end(signal.SIGINT)
    assert ESCAPE not in sandbox.command.out.text + sandbox.command.err.text


async def test_no_key_and_no_setting_is_in_a_line_of_the_log(tmp_path: Path) -> None:
    """After the table, no write key, API key or value of a setting is printed, whatever happens."""
    secrets = (
        "recognisableApiKey",
        "recognisableRegion",
        WRITE_KEY,
        "wrongWriteKeyOfSomebody",
        "bodyWriteKeyOfSomebody",
    )
    async with Partner() as partner:
        settings = '[[app.settings]]\nlabel = "Region"\n[[destinations]]\nslug = "crm"\ncomponent = "webhook"\n'
        settings += 'source = "website"\nenabled = true\n'
        settings += 'settings = { apiKey = "recognisableApiKey", region = "recognisableRegion" }\n'
        write_workspace(tmp_path, f"{partner.url}/", destinations=settings)
        async with up(tmp_path) as sandbox:
            first = await sandbox.command.out.line(lambda line: line.startswith("Python"))
            assert first is not None
            await _much_that_goes_wrong(sandbox)
            await sandbox.settled()
            await sandbox.command.end(signal.SIGINT)
    assert any(each.header("Authorization") for each in partner.received)
    table, _, log = sandbox.command.out.text.partition(first)
    assert "recognisable" not in table
    assert log.count("\n") > 5
    for secret in secrets:
        assert secret not in log + sandbox.command.err.text


async def _much_that_goes_wrong(sandbox: Up) -> None:
    """Send what is accepted, what is dropped and what is refused."""
    for key in (WRITE_KEY, "wrongWriteKeyOfSomebody"):
        await sandbox.call("/v1/track", EVENT, key)
        await sandbox.call("/v1/track", {**EVENT, "properties": {"p": "x" * 40_000}}, key)
        await sandbox.call("/v1/batch", {"batch": []}, key)
        await sandbox.call(f"/v1/projects/{key}/settings", EVENT, key)
    await sandbox.call(f"/v1/{WRITE_KEY}", EVENT, WRITE_KEY)
    broken = b'{"writeKey":"bodyWriteKeyOfSomebody", broken'
    await sandbox.client.post(f"{sandbox.url}/v1/track", data=broken)
