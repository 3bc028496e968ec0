"""Measure the sandbox's speed and print a row for each benchmark.

Nothing here is a test: numbers depend on the machine, ratios to the baselines of the same run less so.
"""

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

from benchmarks import (
    functions,
    ingest,
    invocations,
    memory,
    metrics,
    page,
    queries,
    retries,
    saving,
    startup,
    waits,
    webhooks,
)
from benchmarks.load import NAME
from benchmarks.rows import Row, head, text


class Benchmark(Protocol):
    """One benchmark."""

    def __call__(self, *, quick: bool) -> list[Row]:
        """Measure; `quick` is shorter and less exact."""
        ...


BENCHMARKS: Final[Mapping[str, Benchmark]] = {
    "ingest": ingest.single,
    "batches": ingest.batches,
    "stored": ingest.stored,
    "startup": startup.ready,
    "reload": saving.reload,
    "function": invocations.function,
    "functions": functions.functions,
    "webhooks": webhooks.deliveries,
    "clock": retries.four_hours,
    "beside": retries.beside_a_hanging_one,
    "waits": waits.waits,
    "memory": memory.bounded,
    "page": page.page,
    "queries": queries.newest,
    "metrics": metrics.scrapes,
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks that were asked for; the exit code says only whether they ran."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="shorter, and less exact")
    parser.add_argument("--minutes", type=float, help="how long `page` watches its memory; 2 unless it is said")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(f"load: {NAME}; medians of alternating runs\n\n{head()}", flush=True)
    benchmarks = {**BENCHMARKS, "page": partial(page.page, minutes=asked.minutes)}
    for name in asked.names or benchmarks:
        for row in benchmarks[name](quick=asked.quick):
            print(text(row), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
