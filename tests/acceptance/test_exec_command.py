"""`segment-sandbox exec` against the real command."""

import json
import re
import signal
import sys
from pathlib import Path

import pytest

from sandbox.workspace import WRITE_KEY
from tests.acceptance.command import run, started

SHOW = """
import json, os, urllib.request
print(json.dumps({name: value for name, value in os.environ.items() if name.startswith("SEGMENT_")}))
print(urllib.request.urlopen(os.environ["SEGMENT_SANDBOX_URL"] + "/_sandbox/health", timeout=60).status)
"""


def within(folder: Path) -> dict[str, str]:
    """Have temporary folders made in this one."""
    return {"TMPDIR": str(folder)}


def names(folder: Path) -> set[str]:
    """Return what is in a folder."""
    return {each.name for each in folder.iterdir()}


async def test_a_command_runs_beside_a_sandbox(tmp_path: Path) -> None:
    """It finds address and write keys, and the sandbox answers already; nothing is left."""
    ended = await run(
        "exec", "--offline", "--", sys.executable, "-c", SHOW, cwd=tmp_path, environment=within(tmp_path)
    )
    assert (ended.code, ended.stderr) == (0, "")
    variables, status = ended.stdout.splitlines()
    found = json.loads(variables)
    assert found.pop("SEGMENT_SANDBOX_URL").startswith("http://127.0.0.1:")
    assert found == {"SEGMENT_WRITE_KEY": WRITE_KEY, "SEGMENT_WRITE_KEY_WEBSITE": WRITE_KEY}
    assert status == "200"
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("program", "code"),
    [
        pytest.param("raise SystemExit(7)", 7, id="its exit code"),
        pytest.param("import os; os.kill(os.getpid(), 9)", 128 + 9, id="its signal"),
    ],
)
async def test_a_red_command_leaves_the_recording(tmp_path: Path, program: str, code: int) -> None:
    """Its exit code is passed on, and the journal can be opened."""
    command = ("exec", "--offline", "--", sys.executable, "-c", program)
    ended = await run(*command, cwd=tmp_path, environment=within(tmp_path))
    assert ended.code == code
    found = re.match(r"The recording is in (\S+)\. Look at it with: segment-sandbox up --journal \1$", ended.stderr)
    assert found, ended.stderr
    assert {"journal.db", "up.log"} <= names(Path(found[1]))


async def test_an_interruption_reaches_the_command(tmp_path: Path) -> None:
    """Which ends as it likes; then the sandbox stops."""
    program = """
import sys, time
try:
    print("begun", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(9)
"""
    async with started(
        "exec", "--", sys.executable, "-c", program, cwd=tmp_path, environment=within(tmp_path)
    ) as command:
        assert await command.out.line(lambda line: line == "begun\n")
        assert await command.end(signal.SIGINT) == 9


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("--", "no-such-command"), 2, "no-such-command cannot be run", id="no such command"),
        pytest.param(("--clock", "odd", "--", "true"), 2, "--clock odd is no way", id="the sandbox cannot start"),
    ],
)
async def test_a_mistake_is_told(tmp_path: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    """In a sentence."""
    ended = await run("exec", *arguments, cwd=tmp_path, environment=within(tmp_path))
    assert ended.code == code
    assert words in ended.stderr
