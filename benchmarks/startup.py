"""How long `up` takes to be ready, from the start of the installed command."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.processes import sandbox, write_workspace
from benchmarks.rows import Row, paired_ratio

ROUNDS: Final = 9
QUICK_ROUNDS: Final = 3
TARGET_S: Final = 0.6


def ready(*, quick: bool) -> list[Row]:
    """Start with a webhook alone, and with a function, which brings the first worker with it."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    return [_measure(component, rounds) for component in ("webhook", "function")]


def _measure(component: str, rounds: int) -> Row:
    _start(component)  # writes the bytecode that an installation has already
    pairs = [(_start(component), _import()) for _ in range(rounds)]
    ours, imports = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Row(
        f"up until ready, a {component}",
        f"{median(ours):.3f} s",
        f"{median(imports):.3f} s, import aiohttp",
        paired_ratio(ours, imports),
        f"<= {TARGET_S} s",
        median(ours) <= TARGET_S,
        note=f"from {min(ours):.3f} to {max(ours):.3f} s",
    )


def _start(component: str) -> float:
    """Return the seconds from the start of the command to the answer of its health."""
    with TemporaryDirectory() as folder:
        write_workspace(Path(folder), component=component)
        began = time.perf_counter()
        with sandbox(Path(folder)):
            return time.perf_counter() - began


def _import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp"], check=True)
    return time.perf_counter() - began
