"""How long it takes from a save of the function's code until the new code serves."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.processes import FUNCTION_FILE, START_S, Server, sandbox, write_workspace
from benchmarks.rows import Row

SAVES: Final = 20
QUICK_SAVES: Final = 5
TARGET_S: Final = 0.1
GAP_S: Final = 0.3
"""Between two saves: nobody saves faster, and the spare worker has to be there again."""

Changes = Iterator[dict[str, Any]]


def reload(*, quick: bool) -> list[Row]:
    """Save again and again, and have an event run through the new code each time."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_workspace(folder, component="function")
        with sandbox(folder) as ours, _changes(ours) as changes:
            saves = [_save(ours, folder, changes, version) for version in range(QUICK_SAVES if quick else SAVES)]
    noticed, served = median(save[0] for save in saves), median(save[1] for save in saves)
    return [
        Row(
            "save until new code serves",
            f"{noticed * 1000:.0f} ms",
            "-",
            None,
            f"<= {TARGET_S * 1000:.0f} ms",
            noticed <= TARGET_S,
            note=f"{served * 1000:.0f} ms until an event sent then was delivered by it; "
            f"slowest save {max(save[0] for save in saves) * 1000:.0f} ms",
        )
    ]


def _save(ours: Server, folder: Path, changes: Changes, version: int) -> tuple[float, float]:
    """Return the seconds until the reload was told, and until an event had run through the new code."""
    time.sleep(GAP_S)
    code = f"async function onTrack() {{ return 'version {version}' }}\n"
    began = time.perf_counter()
    (folder / FUNCTION_FILE).write_text(code)
    reload = next(change for change in changes if change["kind"] == "reload")
    noticed = time.perf_counter() - began
    assert reload["error"] is None, reload
    ours.post("/_sandbox/send", {"event": {"type": "track", "userId": "u", "event": "Saved"}})
    ended = next(change for change in changes if change["kind"] == "delivery" and change["state"] != "pending")
    served = time.perf_counter() - began
    attempt = ours.get(f"/_sandbox/deliveries/{ended['delivery']}")["attempts"][-1]
    assert attempt["returned"] == json.dumps(f"version {version}"), attempt
    return noticed, served


@contextmanager
def _changes(ours: Server) -> Iterator[Changes]:
    """Follow the stream of changes."""
    with closing(urllib.request.urlopen(ours.url("/_sandbox/stream"), timeout=START_S)) as response:
        response.readline()  # the comment with which it begins
        yield (json.loads(line[6:]) for line in response if line.startswith(b"data: "))
