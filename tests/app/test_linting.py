"""Functions are looked over as they are loaded, and nothing waits for it."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.app.linting import LintNotes
from tests.conftest import Running, destination, running, write_workspace

LOSES_EVENTS = "async function onTrack() { await fetch('https://api.example.com/'); }\n"
WELL = "async function onTrack() { return 1; }\n"
DOES_NOT_LOAD = "const onTrack = 1;\n"


def is_lint(change: dict[str, Any]) -> bool:
    return bool(change["kind"] == "lint")


def write(folder: Path, code: str) -> None:
    """Save the function."""
    (folder / "function.js").write_text(code)


def prepare(folder: Path, code: str) -> None:
    """Write a workspace with one function."""
    write_workspace(folder, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    write(folder, code)


async def rules_of(sandbox: Running, after: int = 0) -> tuple[int, list[str]]:
    """Wait for the next notice of the lint; return its number and the rules in it."""
    notice = await sandbox.change(is_lint, after)
    return notice["seq"], [each["rule"] for each in notice["findings"]]


async def test_what_bites_is_noted_when_the_sandbox_starts(tmp_path: Path) -> None:
    """With the place and the numbers; the function runs all the same."""
    prepare(tmp_path, LOSES_EVENTS)
    async with running(tmp_path) as sandbox:
        notice = await sandbox.change(is_lint)
        assert (notice["path"], notice["errors"], notice["warnings"]) == ("function.js", 0, 2)
        assert {(each["line"], each["column"]) for each in notice["findings"]} == {(1, 34)}
        assert (await sandbox.get("/workspace"))["destinations"][0]["state"] == "ready"


async def test_the_sandboxs_own_code_is_not_looked_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is started for the embedded workspace; that of a partner has its first one looked over."""
    seen: list[str] = []
    monkeypatch.setattr(LintNotes, "look_at", lambda _, script: seen.append(script.path))
    async with running(tmp_path) as sandbox:
        assert (await sandbox.get("/workspace"))["file"] is None
    assert seen == []
    prepare(tmp_path, WELL)
    async with running(tmp_path):
        assert seen == ["function.js"]


async def test_a_save_is_looked_over_again(tmp_path: Path) -> None:
    """What is mended is noted as mended, and what comes up as new."""
    prepare(tmp_path, LOSES_EVENTS)
    async with running(tmp_path, reload=True) as sandbox:
        seq, first = await rules_of(sandbox)
        write(tmp_path, WELL)
        seq, mended = await rules_of(sandbox, seq)
        write(tmp_path, LOSES_EVENTS)
        _, again = await rules_of(sandbox, seq)
    assert (len(first), mended, again) == (2, [], first)


async def test_code_that_does_not_load_is_not_looked_over(tmp_path: Path) -> None:
    """The reload says already what is wrong with it; only what loads is looked over."""
    prepare(tmp_path, DOES_NOT_LOAD)
    async with running(tmp_path, reload=True) as sandbox:
        write(tmp_path, LOSES_EVENTS)
        await rules_of(sandbox)
        notices = [each for each in await sandbox.journal.read.changes(0, 1_000) if is_lint(each)]
    assert [len(each["findings"]) for each in notices] == [2]
