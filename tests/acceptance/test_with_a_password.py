"""A sandbox with a password, and the commands that talk to it."""

import re
from pathlib import Path

import pytest

from sandbox.cli.table import openness
from sandbox.password import PASSWORD_VARIABLE
from tests.acceptance.command import run, started

PASSWORD = "correct horse battery"


async def test_commands_read_it_from_the_environment(tmp_path: Path) -> None:
    """Without it they say what to do; with it they work; it is in nothing that the sandbox prints or keeps."""
    (tmp_path / "secret").write_text(f"{PASSWORD}\n")
    options = ("--port", "0", "--offline", "--password-file", "secret")
    async with started("up", *options, cwd=tmp_path) as sandbox:
        line = await sandbox.out.line(re.compile("^segment-sandbox  http").match)
        url = (line or "").split()[1]
        given = {PASSWORD_VARIABLE: PASSWORD}
        sent = await run("send", "track", "--url", url, cwd=tmp_path, environment=given)
        assert sent.code == 0, sent.stderr
        wait = ("wait", "--url", url, "--count", "1", "--timeout", "60s")
        assert (await run(*wait, cwd=tmp_path, environment=given)).code == 0
        missing = await run(*wait, cwd=tmp_path, environment={PASSWORD_VARIABLE: ""})
        assert missing.code == 2
        assert missing.stderr.startswith("This sandbox asks for its password.\nCommands read it from")
        raw = await run(*wait, cwd=tmp_path, environment={PASSWORD_VARIABLE: "\udcff\udcfe"})
        assert (raw.code, raw.stderr.splitlines()[0]) == (2, "This sandbox asks for its password.")
        wrong = await run(*wait, cwd=tmp_path, environment={PASSWORD_VARIABLE: "another one"})
        assert (wrong.code, wrong.stderr.splitlines()[0]) == (2, "This is not the sandbox's password.")
        assert PASSWORD not in sandbox.out.text + sandbox.err.text
        kept = [file for file in (tmp_path / ".segment-sandbox").rglob("*") if file.is_file()]
        assert kept
        assert [file for file in kept if PASSWORD.encode() in file.read_bytes()] == []


async def test_up_with_a_bad_password_file_does_not_start(tmp_path: Path) -> None:
    """With the file and what is expected, and the exit code of a mistake."""
    ended = await run("up", "--port", "0", "--password-file", "secret", cwd=tmp_path)
    assert (ended.code, ended.stdout) == (2, "")
    assert "--password-file secret: No such file or directory." in ended.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "my-box.local"])
def test_an_open_sandbox_is_told_loudly(host: str) -> None:
    """Unless it has a password."""
    assert PASSWORD_VARIABLE in (openness(host, has_password=False) or "")
    assert openness(host, has_password=True) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_loopback_nothing_is_said(host: str) -> None:
    """Nobody else gets there."""
    assert openness(host, has_password=False) is None
