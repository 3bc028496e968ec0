"""The folder `.segment-sandbox/`: who holds it, and where the running sandbox can be found.

filelock does the locking: the same call on every system, and the lock goes with the process that held it.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from sandbox.errors import CannotStartError

FOLDER_NAME: Final = ".segment-sandbox"
RUN_FILE: Final = "run.json"


@contextmanager
def state_folder(folder: Path, *, ephemeral: bool, journal: Path | None = None) -> Iterator[Path]:
    """Hold the state folder beside the workspace, or the one given, or a temporary one that goes at exit.

    Raises:
        CannotStartError: another sandbox holds it, or it cannot be written.
    """
    if ephemeral:
        with tempfile.TemporaryDirectory(prefix="segment-sandbox-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
        return
    state = journal or folder / FOLDER_NAME
    with _locked(state):
        yield state


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = FileLock(state / "lock", blocking=False)
        lock.acquire()
    except Timeout:
        running = _running(state)
        hint = "Stop that one first, start in another folder, or start with --ephemeral."
        raise CannotStartError(f"{state} is in use by a sandbox that runs already{running}.", hint) from None
    except OSError as error:
        hint = "Check that the folder can be written, or start with --ephemeral."
        raise CannotStartError(f"{state} cannot be used: {error.strerror}.", hint) from error
    try:
        yield
    finally:
        lock.release()


def _running(state: Path) -> str:
    try:
        run = json.loads((state / RUN_FILE).read_text())
        return f" at {run['url']} (process {run['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


@contextmanager
def announced(folder: Path, url: str) -> Iterator[None]:
    """Leave word in `folder` where the sandbox answers, for as long as it does.

    Raises:
        CannotStartError: the file cannot be written.
    """
    file = folder / RUN_FILE
    try:
        file.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    except OSError as error:
        hint = "Check the folder and the room on the disk, or start with --ephemeral."
        raise CannotStartError(f"{file} cannot be written: {error.strerror}.", hint) from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
