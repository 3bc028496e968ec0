"""`segment-sandbox send --to`: the Event Tester on the command line."""

import json
from pathlib import Path

import pytest

from tests.acceptance.command import run, up
from tests.conftest import destination, write_workspace
from tests.partner import Answer, Partner

JSON = (("Content-Type", "application/json"),)


async def test_one_event_is_shown_with_all_that_happened(tmp_path: Path) -> None:
    """The verdict first, then request, response, log and return; nothing is stored."""
    async with Partner(otherwise=Answer(200, JSON, b'{"ok":true}')) as partner:
        write_workspace(tmp_path, partner.url, destinations=destination("crm", "function"))
        (tmp_path / "function.js").write_text(f"""async function onTrack(event) {{
  console.log(event.properties.revenue);
  return (await fetch('{partner.url}/events', {{ method: 'POST', body: JSON.stringify(event) }})).json();
}}""")
        async with up(tmp_path) as sandbox:
            arguments = (
                "send",
                "track",
                "--to",
                "crm",
                "--set",
                "properties.revenue=12",
                "--unset",
                "properties.tax",
            )
            ended = await run(*arguments, cwd=tmp_path)
            assert await sandbox.all("messages") == []
    lines = ended.stdout.splitlines()
    assert (ended.code, ended.stderr) == (0, "")
    assert lines[0].startswith("✓ 200 TRACK    Order Completed  to crm  function.js")
    assert f"request 1 of 1  POST {partner.url}/events" in lines
    assert '    {"ok":true}' in lines
    assert lines[-2:] == ["log log: 12", 'returned {"ok":true}']
    properties = json.loads(partner.received[0].body)["properties"]
    assert properties["revenue"] == 12
    assert "tax" not in properties


async def test_a_message_of_the_journal_is_tried_again(tmp_path: Path) -> None:
    """A red verdict is exit code 1, and --json prints what the API answers."""
    async with Partner(Answer(), Answer(400, JSON, b'{"message":"No"}')) as partner:
        write_workspace(tmp_path, partner.url)
        async with up(tmp_path) as sandbox:
            assert (await run("send", "track", cwd=tmp_path)).stdout == "1\n"
            await sandbox.settled()
            ended = await run("send", "--message", "1", "--to", "crm", "--json", cwd=tmp_path)
    answer = json.loads(ended.stdout)
    assert (ended.code, answer["rule"], answer["message"]) == (1, "answered-400", "No")
    first, second = (json.loads(each.body)["messageId"] for each in partner.received)
    assert first == second


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((), "Say what to send", id="nothing"),
        pytest.param(("track", "--message", "1"), "Say what to send", id="two events"),
        pytest.param(("track", "--to", "crm", "--source", "website"), "do not go with --to", id="source"),
        pytest.param(("track", "--to", "nobody"), "There is no destination nobody", id="no destination"),
        pytest.param(("track", "--set", "event"), "says no value", id="no value"),
        pytest.param(("track", "--set", "event.name=x"), "cannot be changed", id="no way"),
        pytest.param(("--message", "999"), "There is no message 999", id="no message"),
    ],
)
async def test_a_mistake_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """And exit code 2."""
    write_workspace(tmp_path, "http://127.0.0.1:9/")
    async with up(tmp_path):
        ended = await run("send", *arguments, cwd=tmp_path)
    assert (ended.code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_secrets_are_shown_only_where_they_are_asked_for(tmp_path: Path) -> None:
    """By `send --to`, by `test`, and in the lines of `up`; what is sent is whole."""
    async with Partner(otherwise=Answer(400, JSON, b'{"message":"bad local-api-key"}')) as partner:
        write_workspace(tmp_path, partner.url)
        async with up(tmp_path) as sandbox:
            for words in (
                ("send", "track", "--to", "crm"),
                ("send", "track", "--to", "crm", "--json"),
                ("test", "webhook", "--json"),
            ):
                masked = await run(*words, cwd=tmp_path)
                shown = await run(*words, "--secrets", cwd=tmp_path)
                assert ("bad ••••" in masked.stdout, "bad local-api-key" in masked.stdout) == (True, False)
                assert "bad local-api-key" in shown.stdout
            await run("send", "track", cwd=tmp_path)
            line = await sandbox.command.out.line(lambda each: " -x- 400 " in each)
    assert line is not None
    assert "bad ••••" in line
    assert {each.header("Authorization") for each in partner.received} == {"Basic bG9jYWwtYXBpLWtleTo="}


async def test_secrets_of_an_answer_that_has_none_are_a_mistake(tmp_path: Path) -> None:
    """What is sent through a source is answered by its number."""
    ended = await run("send", "track", "--secrets", cwd=tmp_path)
    assert (ended.code, ended.stderr.startswith("--secrets goes with --to.")) == (2, True)
