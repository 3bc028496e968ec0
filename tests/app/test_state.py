"""The state folder: held by one sandbox, found by the others."""

import json
import os
from pathlib import Path

import pytest

from sandbox.app.state import announced, state_folder
from sandbox.errors import CannotStartError


def test_a_folder_is_held_by_one_sandbox(tmp_path: Path) -> None:
    """The second one is told where the first one answers, and may start when that is gone."""
    with state_folder(tmp_path, ephemeral=False) as state, announced(state, "http://127.0.0.1:1"):
        with (
            pytest.raises(CannotStartError, match=rf"http://127.0.0.1:1 \(process {os.getpid()}\)"),
            state_folder(tmp_path, ephemeral=False),
        ):
            pass
        assert json.loads((state / "run.json").read_text())["url"] == "http://127.0.0.1:1"
    with state_folder(tmp_path, ephemeral=False) as state:
        assert not (state / "run.json").exists()


def test_an_ephemeral_folder_goes_at_the_end(tmp_path: Path) -> None:
    """And is held by nobody else."""
    with state_folder(tmp_path, ephemeral=True) as first, state_folder(tmp_path, ephemeral=True) as second:
        assert first != second
        (first / "journal.db").write_text("x")
    assert not first.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_one_is_a_sentence(tmp_path: Path) -> None:
    """The user is told, not traced back."""
    (tmp_path / ".segment-sandbox").write_text("a file in the way")
    with pytest.raises(CannotStartError, match="cannot be used"), state_folder(tmp_path, ephemeral=False):
        pass
