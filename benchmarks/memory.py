"""Whether memory stays flat while a million small events pass and the newest 10,000 stay."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.load import Load, generate
from benchmarks.processes import Server, resident_mib, sandbox, write_workspace
from benchmarks.rows import Row

KEEP: Final = 10_000
BATCH: Final = 500
STEP: Final = 100_000
STEPS: Final = 10
QUICK_STEP: Final = 20_000
QUICK_STEPS: Final = 5
STEP_S: Final = 120.0
"""How long a step may take before the run counts as broken, seconds."""

TARGET: Final = 1.1


@dataclass(frozen=True, slots=True)
class _Sample:
    """How large the process and its journal are after so many events."""

    events: int
    resident_mib: float
    journal_mib: float


def bounded(*, quick: bool) -> list[Row]:
    """Send the events, each filtered at its destination, and look at the process on the way."""
    step, steps = (QUICK_STEP, QUICK_STEPS) if quick else (STEP, STEPS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_workspace(folder)
        with sandbox(folder, "--keep", str(KEEP)) as ours:
            began = time.perf_counter()
            samples = [_step(ours, folder, number * step, step) for number in range(1, steps + 1)]
            seconds = time.perf_counter() - began
    return [_row(samples, seconds)]


def _step(ours: Server, folder: Path, events: int, step: int) -> _Sample:
    generate(Load(ours.port, f"small{BATCH}", 4, STEP_S, step // BATCH, warm_up_s=0))
    size = sum(file.stat().st_size for file in (folder / ".segment-sandbox").glob("journal.db*"))
    sample = _Sample(events, resident_mib(ours.pid), size / 2**20)
    print(f"    {sample.events:>9,} events: {sample.resident_mib:6.1f} MiB, journal {sample.journal_mib:6.1f} MiB")
    return sample


def _row(samples: list[_Sample], seconds: float) -> Row:
    """Compare the end with the second step, when everything has been used once."""
    last, early = samples[-1], samples[1]
    ratio = last.resident_mib / early.resident_mib
    return Row(
        f"memory, {last.events:,} events, keep {KEEP:,}",
        f"{last.resident_mib:.1f} MiB",
        f"{early.resident_mib:.1f} MiB after {early.events:,}",
        ratio,
        f"ratio <= {TARGET}",
        ratio <= TARGET,
        note=f"journal {early.journal_mib:.1f} MiB, at the end {last.journal_mib:.1f} MiB; "
        f"{last.events / seconds:,.0f} events/s",
    )
