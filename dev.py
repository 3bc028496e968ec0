#!/usr/bin/env python3
"""Set up `.venv` on first use, then run in it.

dev.py up | test | bench | soak | screens | check | any other segment-sandbox command

Needs nothing but Python 3.11 or newer with pip, and works from any folder: `up` serves the workspace of the
folder one stands in. With uv, `uv run segment-sandbox up` and `uv run pytest` do the same.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
OLDEST = (3, 11)

TOOLS = {
    "test": ("python", "-m", "pytest"),
    "bench": ("python", "-m", "benchmarks"),
    "soak": ("python", "-m", "benchmarks.soak"),
    "screens": ("python", "-m", "tests.browser.screenshots"),
}
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main(arguments: list[str]) -> int:
    """Install what the command needs, run it, and return its exit code."""
    name, *rest = arguments or ["up"]
    try:
        if name == "check":
            install("[test]")
            return max([run_tool(*check) for check in CHECKS] + [run_web_checks()])
        if name in TOOLS:
            install("[test]")
            tool, *options = TOOLS[name]
            return run_tool(tool, *options, *rest)
        install("")
        return subprocess.run([BIN / "segment-sandbox", name, *rest], check=False).returncode
    except subprocess.CalledProcessError as error:
        print(f"dev.py: the set-up failed in: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130


def run_tool(tool: str, *options: str) -> int:
    """Run a tool of the environment in the project's folder."""
    return subprocess.run([BIN / tool, *options], cwd=ROOT, check=False).returncode


def run_web_checks() -> int:
    """Run the checker and the linter of the JavaScript, through the Node that built it."""
    return run_tool("python", "hatch_build.py", "check")


def install(extra: str) -> None:
    """Install the project into `.venv`, unless it is there as it would be now."""
    done = VENV / f".installed{extra}"
    wanted = inputs()
    if done.is_file() and done.read_text() == wanted:
        return
    print("segment-sandbox: setting up .venv, the first time only", file=sys.stderr)
    pins = hashlib.sha256((ROOT / "constraints.txt").read_bytes()).hexdigest()
    made_for = f"{sys.version} {pins}"
    if (VENV / ".python").is_file() and (VENV / ".python").read_text() != made_for:
        shutil.rmtree(VENV)  # pip would take away what a package that goes has in common with one that stays
    python = getattr(sys, "_base_executable", None) or sys.executable
    subprocess.run([python, "-m", "venv", "--without-pip", VENV], check=True)
    (VENV / ".python").write_text(made_for)
    pip = [python, "-m", "pip", "--python", VENV, "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", "--editable", f"{ROOT}{extra}"], check=True)
    done.write_text(wanted)


def inputs() -> str:
    """Return what changes whenever an install would give something else."""
    web = ROOT / "web"
    files = [ROOT / name for name in ("pyproject.toml", "constraints.txt", "hatch_build.py")]
    files += [path for path in web.rglob("*") if "node_modules" not in path.parts]
    content = b"".join(file.read_bytes() for file in sorted(files) if file.is_file())
    return hashlib.sha256(f"{sys.version} {ROOT} ".encode() + content).hexdigest()


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.exit(f"segment-sandbox needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}")
    sys.exit(main(sys.argv[1:]))
