"""Runs the lint, which is JavaScript, in a process that lives as long as the look it takes.

Never in the server's own process, whose memory and threads V8 would share: the text is the partner's, and a
text can be made to keep a parser busy. It ends with the run, so that no memory is held between two saves.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from sandbox.errors import CannotStartError
from sandbox.lint.finding import Finding, Script
from sandbox.runtime import v8

SCRIPT = Path(__file__).resolve().parent.parent / "_static" / "lint" / "lint.js"
TIMEOUT_S = 10.0
"""Seconds for all scripts together; 25 KB, the largest function known, take 0.2 s with the start of the process."""

_CHILD = Path(__file__).resolve().parent / "child.py"
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": os.defpath}


class LintBrokenError(Exception):
    """The lint itself failed, which is our fault; the message carries what it said."""


async def lint(scripts: Sequence[Script], *, timeout_s: float = TIMEOUT_S) -> list[tuple[Finding, ...]]:
    """Look scripts over, within `timeout_s` seconds for all of them.

    Returns:
        the findings in each script, by line; one that cannot be looked over in time has one that says so.

    Raises:
        CannotStartError: the lint is not built, or V8 does not fit.
        LintBrokenError: it failed.
    """
    if not scripts:
        return []
    try:
        report = await _ask(scripts, timeout_s)
    except TimeoutError:
        return [(_not_linted(script, timeout_s),) for script in scripts]
    return [
        tuple(_finding(script, found) for found in each)
        for script, each in zip(scripts, report["findings"], strict=True)
    ]


async def rules() -> dict[str, str]:
    """Return every rule with its severity."""
    report = await _ask([], TIMEOUT_S)
    known: dict[str, str] = report["rules"]
    return known


async def _ask(scripts: Sequence[Script], timeout_s: float) -> Any:
    """Run the child on a request and return its report."""
    request = orjson.dumps([asdict(each) for each in scripts])
    child = await _start()
    try:
        async with asyncio.timeout(timeout_s):
            report, errors = await child.communicate(request)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        raise
    if child.returncode:
        raise LintBrokenError(errors.decode("utf-8", "replace")[-4_000:])
    return orjson.loads(report)


async def _start() -> asyncio.subprocess.Process:
    if not SCRIPT.is_file():
        raise CannotStartError(f"{SCRIPT} is missing: the lint is not built.", "Build it: python3 hatch_build.py")
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        str(_CHILD),
        str(v8.library_folder()),
        str(SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_ENVIRONMENT,
    )  # fmt: skip - a command reads best in one line


def _finding(script: Script, found: dict[str, Any]) -> Finding:
    lines = script.source.removeprefix("\ufeff").split("\n")
    line: int = found["line"]
    text = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    return Finding(script.path, line, found["column"], found["severity"], found["rule"], found["message"], text)


def _not_linted(script: Script, timeout_s: float) -> Finding:
    message = f"The code could not be looked over within {timeout_s:g} s. Nothing is said about it."
    return Finding(script.path, 1, 1, "warning", "not-linted", message, "")
