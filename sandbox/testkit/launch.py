"""Starts a sandbox as a process of its own and stops it again."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Final

from sandbox.errors import CannotStartError, UserMistakeError

START_S: Final = 60
STOP_S: Final = 10
LOG: Final = "up.log"
"""What the sandbox printed, in its journal's folder."""

_ADDRESS: Final = re.compile(r"^segment-sandbox {2}(http://\S+) {2}workspace ")
_GROUP: Final = {"start_new_session": True} if sys.platform != "win32" else {}
# What a terminal sends to whoever it runs, the sandbox is not to get: a command that is ending may still talk to it.


@dataclass(frozen=True, slots=True)
class Launched:
    """A sandbox that runs: where it answers, and where its journal is."""

    url: str
    journal: Path


@contextmanager
def launched(workspace: Path, journal: Path, options: Sequence[str] = ()) -> Iterator[Launched]:
    """Run a sandbox on a free port until the block ends.

    It stops as well when this process is killed, because it reads from it.

    Args:
        workspace: the folder of the workspace file.
        journal: the folder that keeps the journal, and what the sandbox printed.
        options: of `segment-sandbox up`.

    Raises:
        CannotStartError: the sandbox did not start.
        UserMistakeError: the workspace file is wrong.
    """
    command = [sys.executable, "-P", "-m", "sandbox", "up", "--port", "0", "--no-reload", "--stdin"]
    process = subprocess.Popen(  # noqa: S603 - this program
        [*command, "--journal", str(journal.resolve()), *options],
        cwd=workspace,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        **_GROUP,  # type: ignore[call-overload]
    )
    log = _Log(process.stdout, journal / LOG)
    try:
        yield Launched(_address(log, process), journal)
    finally:
        _stop(process)
        log.close()


class _Log:
    """Writes down what the sandbox prints, so that no pipe fills up, and finds its address in it."""

    def __init__(self, stream: IO[str], file: Path) -> None:
        self._stream = stream
        self._file = file
        self._addresses: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._read, name="sandbox-log", daemon=True)
        self._thread.start()

    def address(self) -> str | None:
        """Wait for the address; None when the sandbox ended, or takes far too long."""
        try:
            return self._addresses.get(timeout=START_S)
        except Empty:
            return None

    def text(self) -> str:
        """Return what was printed so far."""
        return self._file.read_text("utf-8")

    def close(self) -> None:
        """Take the rest, after the process has ended."""
        self._thread.join()
        self._stream.close()

    def _read(self) -> None:
        with self._file.open("w", encoding="utf-8") as file:
            for line in self._stream:
                file.write(line)
                file.flush()
                if found := _ADDRESS.match(line):
                    self._addresses.put(found[1])
        self._addresses.put(None)


def _address(log: _Log, process: "subprocess.Popen[str]") -> str:
    address = log.address()
    if address is not None:
        return address
    _stop(process)
    told = log.text().strip() or f"The sandbox did not say where it answers within {START_S} s."
    kind = UserMistakeError if process.returncode == UserMistakeError.exit_code else CannotStartError
    raise kind(told)


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
