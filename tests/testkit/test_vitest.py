"""The test kit for JavaScript, in a real run of Vitest."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.acceptance.command import command
from tests.docs.pages import ROOT
from tests.needs import missing, node

KIT: Final = ROOT / "testkit"
RUN_S: Final = 280
pytestmark = pytest.mark.timeout(2 * RUN_S)


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder of the packages; where a change is to land, they are installed first."""
    folder = KIT / "node_modules"
    if not (folder / "vitest").is_dir():
        if "CI" not in os.environ:
            missing("Vitest is not installed; run `npm ci` in testkit/")
        npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        subprocess.run([node(), npm, "ci", "--ignore-scripts"], cwd=KIT, check=True, timeout=RUN_S)
    return folder


def test_the_types_hold(packages: Path) -> None:
    """The compiler finds nothing, in the kit and in its tests."""
    tsc = packages / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [node(), tsc, "--noEmit"], cwd=KIT, capture_output=True, text=True, check=False, timeout=RUN_S
    )
    assert done.returncode == 0, done.stdout


def test_the_kit_serves_vitest(packages: Path, tmp_path: Path) -> None:
    """Beside a sandbox that `exec` has started."""
    vitest = [str(each) for each in (node(), packages / "vitest" / "vitest.mjs", "run", "--root", KIT)]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "NO_COLOR": "1"}
    done = subprocess.run(
        [*command(), "exec", "--offline", "--", *vitest],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
