"""The crash test and the load at length: `python -m benchmarks.soak --kills 100 --minutes 10`."""

import argparse
import asyncio
import dataclasses
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.crash import Verdict, crash
from benchmarks.endurance import Endured, endure

PROBLEMS_SHOWN: Final = 20


def main() -> int:
    """Run, print what it came to, and return 1 when a promise was broken."""
    arguments = _arguments()
    broken = 0
    if arguments.kills:
        with tempfile.TemporaryDirectory(prefix="segment-sandbox-soak-") as folder:
            run = crash(Path(folder), kills=arguments.kills, seconds=arguments.seconds, seed=arguments.seed)
            broken += _show(asyncio.run(run))
    if arguments.minutes:
        with tempfile.TemporaryDirectory(prefix="segment-sandbox-soak-") as folder:
            load = endure(Path(folder), seconds=60 * arguments.minutes, seed=arguments.seed)
            broken += _show(asyncio.run(load))
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many times to kill the sandbox")
    parser.add_argument("--seconds", type=float, default=300, help="after so long no further kill")
    parser.add_argument("--minutes", type=float, default=10, help="how long the load lasts")
    parser.add_argument("--seed", type=int, default=1, help="another number makes other choices")
    return parser.parse_args()


def _show(verdict: Verdict | Endured) -> int:
    """Print a verdict; return how many problems it has."""
    for name, value in dataclasses.asdict(verdict).items():
        if name != "problems":
            print(f"{name:14} {value:.1f}" if isinstance(value, float) else f"{name:14} {value}")
    print(f"{'problems':14} {len(verdict.problems)}")
    for problem in verdict.problems[:PROBLEMS_SHOWN]:
        print(f"  {problem}")
    return len(verdict.problems)


if __name__ == "__main__":
    sys.exit(main())
