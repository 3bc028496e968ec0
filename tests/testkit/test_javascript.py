"""The test kit for JavaScript as a partner installs it, in real runs of Vitest and Jest."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from sandbox.password import PASSWORD_VARIABLE
from tests.acceptance.command import command
from tests.docs.pages import ROOT
from tests.needs import missing, node

KIT: Final = ROOT / "testkit"
TEST: Final = "sandbox.test"
RUN_S: Final = 280
pytestmark = pytest.mark.timeout(3 * RUN_S)


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder of the packages; where a change is to land, they are installed first."""
    folder = KIT / "node_modules"
    if not all((folder / name).is_dir() for name in ("vitest", "jest")):
        if "CI" not in os.environ:
            missing("Vitest and Jest are not installed; run `npm ci` in testkit/")
        _npm("ci", "--ignore-scripts", cwd=KIT)
    return folder


@pytest.fixture
def project(packages: Path, tmp_path: Path) -> Path:
    """A partner's project that has the kit, packed and installed, and a test."""
    (tmp_path / "node_modules").symlink_to(packages)  # the runner and its types, found from the project's folder
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}')
    _npm("run", "build", "--", "--outDir", str(tmp_path / "kit" / "dist"), cwd=KIT)
    (tmp_path / "kit" / "package.json").write_text((KIT / "package.json").read_text())
    _npm("pack", cwd=tmp_path / "kit")
    (archive,) = (tmp_path / "kit").glob("*.tgz")
    _npm("install", "--offline", str(archive), cwd=folder)
    (folder / f"{TEST}.ts").write_text((KIT / "test" / f"{TEST}.ts").read_text())
    return folder


def test_the_types_hold(packages: Path) -> None:
    """The compiler finds nothing, in the kit and in its tests."""
    _ran(str(node()), str(packages / "typescript" / "bin" / "tsc"), "--noEmit", cwd=KIT)


def test_the_kit_serves_vitest(packages: Path, project: Path) -> None:
    """Beside a sandbox that `exec` has started, and that asks for a password."""
    vitest = (str(node()), str(packages / "vitest" / "vitest.mjs"), "run", "--globals")
    assert "5 passed" in _beside_a_sandbox(*vitest, cwd=project)


def test_the_kit_serves_jest(packages: Path, project: Path) -> None:
    """With no setting at all; the compiler makes the test from the types that the package has."""
    options = (
        "--module",
        "nodenext",
        "--target",
        "es2022",
        "--strict",
        "--skipLibCheck",
        "--types",
        "vitest/globals",
    )
    _ran(str(node()), str(packages / "typescript" / "bin" / "tsc"), *options, f"{TEST}.ts", cwd=project)
    (project / f"{TEST}.ts").unlink()
    assert "5 passed" in _beside_a_sandbox(str(node()), str(packages / "jest" / "bin" / "jest.js"), cwd=project)


def _npm(*arguments: str, cwd: Path) -> None:
    npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{node().parent}{os.pathsep}{os.environ['PATH']}"
    _ran(str(node()), str(npm), *arguments, cwd=cwd, environment={"PATH": path})


def _beside_a_sandbox(*arguments: str, cwd: Path) -> str:
    environment = {"TMPDIR": str(cwd), "NO_COLOR": "1", PASSWORD_VARIABLE: "of this test"}
    return _ran(*command(), "exec", "--offline", "--", *arguments, cwd=cwd, environment=environment)


def _ran(*arguments: str, cwd: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its good end and return all that it printed."""
    done = subprocess.run(
        arguments,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
