"""`segment-sandbox test` as a partner runs it: with the real command, beside a running sandbox and without one."""

import asyncio
import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.command import WAIT_S, Ended, Started, run, started, up
from tests.conftest import destination, write_workspace
from tests.partner import Answer, Partner

JSON: Final = (("Content-Type", "application/json"),)
FUNCTION: Final = """async function onTrack(event) {
  if (event.event === 'Invited Teammate') {
    throw new Error('No seat is left');
  }
}
async function onIdentify() {}
async function onPage() {}
async function onGroup() {}
"""
BOTH: Final = destination("crm-function", "function") + destination("crm-webhook", "webhook")


async def run_test(folder: Path, *arguments: str) -> Ended:
    """Run the command in a folder where no sandbox runs."""
    return await run("test", *arguments, cwd=folder)


@pytest.fixture
def partner_project(tmp_path: Path) -> Path:
    """A folder with a function that fails for one event and does not know screens; nothing answers at the webhook."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=BOTH)
    (tmp_path / "function.js").write_text(FUNCTION)
    return tmp_path


async def test_it_needs_no_running_sandbox(partner_project: Path) -> None:
    """One is started for the run, and forgets everything."""
    ended = await run_test(partner_project, "function")
    assert ended.code == 1
    assert ended.stdout.splitlines() == [
        "function  function.js, settings of crm-function",
        "1 of 8 Tests Failed",
        "Success: 6  Unsupported: 1  Failed: 1",
        "",
        "✓ 200 PAGE     Anonymous User Navigates to Homepage",
        "✓ 200 PAGE     Anonymous User Navigates to Signup Page",
        "✓ 200 IDENTIFY Identify Anonymous User",
        "✓ 200 TRACK    User Signs Up",
        "✓ 200 GROUP    User is Grouped into myUsers",
        "✓ 200 TRACK    User enables an Integration",
        "⊖ 400 TRACK    User Invites a Teammate",
        "      The function threw an error of no class that means something to Segment.",
        "      Error: No seat is left",
        "      function.js:3:11: throw new Error('No seat is left');",
        "      A reviewer does not accept it. Mend the line, or throw EventNotSupported or InvalidEventPayload.",
        "△ 501 SCREEN   User Opens Mobile Application",
        "      The function has no handler for this type.",
        "      screen not supported",
        "      A reviewer accepts it; name the types that you support in the catalog's text.",
    ]
    assert not (partner_project / ".segment-sandbox").exists()


async def test_a_running_sandbox_is_used(partner_project: Path) -> None:
    """The one of this folder, and nothing of the run is stored in it."""
    async with up(partner_project) as sandbox:
        ended = await run_test(partner_project, "function", "--json")
        assert await sandbox.all("messages") == []
    (told,) = json.loads(ended.stdout)["runs"]
    assert (ended.code, told["counts"]["Failed"]) == (1, 1)


async def test_without_a_name_every_component_is_tested(tmp_path: Path) -> None:
    """Function and webhook, one after the other; 501 passes, 400 does not."""
    refusal = Answer(400, JSON, b'{"message":"Missing email address"}')
    async with Partner(*[Answer()] * 4, Answer(501), refusal) as partner:
        write_workspace(tmp_path, partner.url, destinations=BOTH)
        (tmp_path / "function.js").write_text(FUNCTION)
        ended = await run_test(tmp_path, "--json", "--junit", "results.xml")
    answer = json.loads(ended.stdout)
    assert [run["component"] for run in answer["runs"]] == ["function", "webhook"]
    assert [rules(run) for run in answer["runs"]] == [
        {"threw": 1, "no-handler": 1, "delivered": 6},
        {"answered-501": 1, "answered-400": 1, "delivered": 6},
    ]
    assert (ended.code, answer["passed"]) == (1, False)
    suites = ET.fromstring((tmp_path / "results.xml").read_bytes())  # noqa: S314 - our own
    assert [(each.attrib["name"], each.attrib["failures"], each.attrib["skipped"]) for each in suites] == [
        ("function standard", "1", "1"),
        ("webhook standard", "1", "1"),
    ]


def rules(run: Mapping[str, Any]) -> dict[str, int]:
    """Count the results of a run by their rules."""
    ids = [each["rule"] for each in run["results"]]
    return {each: ids.count(each) for each in ids}


async def test_yellow_is_good_unless_it_is_not_to_be(tmp_path: Path) -> None:
    """--strict makes yellow red, in the exit code and in TAP."""
    async with Partner(Answer(501)) as partner:
        write_workspace(tmp_path, partner.url)
        assert (await run_test(tmp_path, "webhook", "--tap")).code == 0
        partner.answer(Answer(501))
        ended = await run_test(tmp_path, "webhook", "--strict", "--tap")
    assert ended.code == 1
    assert ended.stdout.splitlines()[2].startswith("not ok 1 - webhook 501 PAGE")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("webhook", "--setting", "apiKey=1234567"), "apiKey has 7 characters", id="short key"),
        pytest.param(("webhook", "--setting", "apiKey"), "--setting apiKey says no value", id="no value"),
        pytest.param(("plugin",), "There is no component plugin", id="no such component"),
        pytest.param(("--watch", "--samples", "."), "no folder of --samples", id="not watched"),
        pytest.param(("--json", "--tap"), "--json and --tap cannot share the output", id="two forms"),
        pytest.param(("--update", "--junit", "x.xml"), "--update writes and judges nothing", id="update, report"),
        pytest.param(("--suite", "samples"), "There is no sample event in sample_events/", id="no sample"),
        pytest.param(("webhook", "--junit", "no/such/folder.xml"), "cannot be written", id="no such folder"),
    ],
)
async def test_a_mistake_of_the_users_is_a_sentence(
    partner_project: Path, arguments: tuple[str, ...], words: str
) -> None:
    """And exit code 2."""
    ended = await run_test(partner_project, *arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_what_is_seen_becomes_what_is_expected(tmp_path: Path) -> None:
    """--update writes it once; a run after it is held to it, and a change is shown field by field."""
    async with Partner() as partner:
        endpoint = f"{partner.url}/v1"
        write_workspace(tmp_path, endpoint)
        (tmp_path / "workspace.toml").write_text(
            (tmp_path / "workspace.toml").read_text().replace('[app.components.function]\ncode = "function.js"\n', "")
        )
        samples = tmp_path / "sample_events"
        samples.mkdir()
        (samples / "order.json").write_text('{"type": "track", "userId": "user-1", "event": "Order Completed"}')
        arguments = ("--suite", "samples")
        written = await run_test(tmp_path, *arguments, "--update")
        again = await run_test(tmp_path, *arguments, "--update")
        good = await run_test(tmp_path, *arguments)
        file = samples / "order.expect.json"
        expected = json.loads(file.read_text())
        expected["requests"][0]["body"]["event"] = "Order Shipped"
        file.write_text(json.dumps(expected))
        bad = await run_test(tmp_path, "--samples", str(samples))
    assert (written.code, written.stdout) == (0, f"wrote {file}\n")
    assert (again.code, again.stdout) == (0, "")
    assert "local-api-key" not in file.read_text()
    assert (good.code, good.stdout.splitlines()[2]) == (0, "All Tests Passed!")
    assert bad.code == 1
    assert '      requests.0.body.event: expected "Order Shipped", saw "Order Completed"' in bad.stdout.splitlines()


async def test_a_folder_without_samples_is_a_mistake(partner_project: Path) -> None:
    """As is one with files that are none."""
    (partner_project / "empty").mkdir()
    ended = await run_test(partner_project, "function", "--samples", "empty")
    assert (ended.code, ended.stdout) == (2, "")
    assert "There is no sample event in empty" in ended.stderr


async def line_with(process: Started, words: str) -> str:
    """Wait for a line with these words."""
    async with asyncio.timeout(WAIT_S):
        line = await process.out.line(lambda text: words in text)
    assert line is not None, process.out.text + process.err.text
    return line


async def test_a_save_runs_again_what_failed_and_says_what_turned(partner_project: Path) -> None:
    """Without a running sandbox: code that does not load runs nothing, its cure does; an interruption exits 130."""
    function = partner_project / "function.js"
    async with started("test", "function", "--watch", cwd=partner_project) as process:
        await line_with(process, "Ctrl+C ends it.")
        function.write_text(FUNCTION.replace("throw new Error('No seat is left')", "return"))
        assert "User Invites a Teammate  (was red)" in await line_with(process, "(was red)")
        await line_with(process, "1 turned, 0 still red; 8 of 8 pass")
        function.write_text(FUNCTION.replace("async function onPage() {}", "async function onPage() {"))
        await line_with(process, "function.js saved, and does not load:")
        await line_with(process, "function.js:8:28: SyntaxError")
        await line_with(process, "nothing was run; the next save is waited for")
        function.write_text(FUNCTION)
        await line_with(process, "User Invites a Teammate  (was green)")
        await line_with(process, "1 turned, 0 still red; 7 of 8 pass")
        assert await process.end(signal.SIGINT) == 130
    assert process.err.text == ""


async def test_samples_and_expectations_are_watched(partner_project: Path) -> None:
    """Those in new folders too; a run that is refused ends nothing; with the sandbox of `up`, its end ends all."""
    samples = partner_project / "sample_events"
    samples.mkdir()
    (samples / "one.json").write_text('{"type": "track", "userId": "u", "event": "One"}')
    async with (
        up(partner_project) as sandbox,
        started("test", "function", "--suite", "samples", "--watch", cwd=partner_project) as process,
    ):
        await line_with(process, "Ctrl+C ends it.")
        (samples / "more").mkdir()
        (samples / "more" / "two.json").write_text('{"type": "track", "userId": "u", "event": "Two"}')
        await line_with(process, "function  more/two  (new)")
        await line_with(process, "1 turned, 0 still red; 2 of 2 pass")
        (samples / "one.expect.json").write_text('{"outcome": {"colour": "red"}}')
        await line_with(process, "function  one  (was green)")
        (samples / "one.expect.json").write_text("{")
        await line_with(process, "function, suite samples, was not run:")
        (samples / "one.expect.json").unlink()
        await line_with(process, "function  one  (was red)")
        (samples / "more" / "two.json").unlink()
        await line_with(process, "- function  more/two is gone")
        await line_with(process, "0 turned, 0 still red; 1 of 1 pass")
        await sandbox.command.end(signal.SIGTERM)
        async with asyncio.timeout(WAIT_S):
            assert await process.process.wait() == 0
    assert process.err.text == "The sandbox has stopped.\n"
