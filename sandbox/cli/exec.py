"""`segment-sandbox exec`."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import click

from sandbox.errors import UserMistakeError
from sandbox.testkit import Sandbox, launched

_PASSED_ON: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def run(command: Sequence[str], folder: Path, options: Sequence[str]) -> int:
    """Run a command beside a sandbox; return its exit code, or 128 and the number of the signal that ended it."""
    journal = Path(tempfile.mkdtemp(prefix="segment-sandbox-"))
    kept = False
    try:
        with launched(folder, journal, options) as started:
            sandbox = Sandbox(started.url)
            code = _run(command, {**os.environ, **environment(started.url, sandbox.write_keys)})
        kept = code != 0
    finally:
        if not kept:
            shutil.rmtree(journal, ignore_errors=True)
    if kept:
        click.echo(
            f"The recording is in {journal}. Look at it with: segment-sandbox up --journal {journal}", err=True
        )
    return code


def environment(url: str, write_keys: Mapping[str, str]) -> dict[str, str]:
    """Return what the command finds in its environment: the address, the first write key, and each by its slug."""
    by_slug = {f"SEGMENT_WRITE_KEY_{variable(slug)}": key for slug, key in write_keys.items()}
    first = next(iter(write_keys.values()), "")
    return {"SEGMENT_SANDBOX_URL": url, "SEGMENT_WRITE_KEY": first, **by_slug}


def variable(slug: str) -> str:
    """Write a slug as a part of a variable's name."""
    return re.sub(r"[^A-Z0-9]", "_", slug.upper())


def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    with _passing_on() as relay:
        try:
            process = subprocess.Popen(command, env=variables)  # noqa: S603 - what the user asks for
        except OSError as error:
            hint = "Write the command as in: segment-sandbox exec -- pytest tests."
            raise UserMistakeError(f"{command[0]} cannot be run: {error.strerror}.", hint) from None
        relay.to(process)
        code = process.wait()
    return 128 - code if code < 0 else code


class _Relay:
    """Passes signals on to a command; those that come before it is there, as soon as it is."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def to(self, process: "subprocess.Popen[bytes]") -> None:
        """Pass on to this one."""
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def take(self, number: int, _: FrameType | None) -> None:
        """Pass one on; a terminal sends its interruption to the command by itself."""
        if number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty():
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


@contextmanager
def _passing_on() -> Iterator[_Relay]:
    relay = _Relay()
    numbers = [getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)]
    before = {number: signal.signal(number, relay.take) for number in numbers}
    try:
        yield relay
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
