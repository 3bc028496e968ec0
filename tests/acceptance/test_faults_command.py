"""`segment-sandbox faults` against the real command: add, list, clear, and what the terminal shows."""

import json
from pathlib import Path

from sandbox.workspace import WRITE_KEY
from tests.acceptance.command import Up, run, up

TRACK = {"userId": "user-1", "event": "Signed Up"}


async def faults(running: Up, folder: Path, *arguments: str) -> str:
    """Run `faults` with these arguments; return what it printed."""
    ended = await run("faults", *arguments, "--url", running.url, cwd=folder)
    assert ended.code == 0, ended.stderr
    return ended.stdout


async def test_faults_come_and_go_by_the_command_line(tmp_path: Path) -> None:
    """A recipe is in effect from add to clear; list counts, and the terminal shows each strike."""
    async with up(tmp_path) as running:
        added = await faults(
            running,
            tmp_path,
            "add",
            "--path",
            "/v1/*",
            "--calls",
            "1,3",
            "--status",
            "429",
            "--header",
            "Retry-After: 2",
        )
        recipe = 'toward = "sdk", path = "/v1/*", calls = [1, 3], status = 429, headers = {"Retry-After": "2"}'
        assert added == f"1  {recipe}  struck 0 of 0  added\n"
        answers = [await running.call("/v1/track", TRACK, WRITE_KEY) for _ in range(3)]
        assert [(each.status, each.headers.get("Retry-After")) for each in answers] == [
            (429, "2"),
            (200, None),
            (429, "2"),
        ]
        assert await faults(running, tmp_path, "list") == f"1  {recipe}  struck 2 of 3  added\n"
        line = await running.command.out.line(lambda text: "fault 1 struck call 3" in text)
        assert line is not None
        assert "-x- 429 POST /v1/track" in line
        assert await faults(running, tmp_path, "clear", "1") == "1 removed\n"
        assert (await running.call("/v1/track", TRACK, WRITE_KEY)).status == 200
        assert "No faults." in await faults(running, tmp_path, "list")


async def test_faults_speak_json(tmp_path: Path) -> None:
    """All three, for programs."""
    async with up(tmp_path) as running:
        added = json.loads(
            await faults(running, tmp_path, "add", "--cut", "--taken-in", "--probability", "0.5", "--json")
        )
        assert added["recipe"] == {"toward": "sdk", "cut": True, "taken_in": True, "probability": 0.5}
        assert json.loads(await faults(running, tmp_path, "list", "--json")) == {"faults": [added]}
        assert json.loads(await faults(running, tmp_path, "clear", "--json")) == {"removed": 1}


async def test_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    """And the exit code says that it was the user's."""
    async with up(tmp_path) as running:
        ended = await run("faults", "add", "--calls", "some", "--url", running.url, cwd=tmp_path)
        assert ended.code == 2
        assert "the recipe does nothing. Add status, delay or cut = true." in ended.stderr
        assert 'calls is "some"; expected a number' in ended.stderr
        ended = await run("faults", "add", "--status", "500", "--header", "X", "--url", running.url, cwd=tmp_path)
        assert (ended.code, ended.stderr) == (2, "--header X has no colon.\nWrite it as 'Retry-After: 2'.\n")
        ended = await run("faults", "clear", "9", "--url", running.url, cwd=tmp_path)
        assert (ended.code, ended.stderr.splitlines()[0]) == (2, "There is no fault 9.")
