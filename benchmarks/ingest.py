"""How fast calls are taken in: durable, validated, with one destination connected and paused."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import queries
from benchmarks.load import Load, Seen, generate
from benchmarks.processes import Server, helper, pause, sandbox, write_workspace
from benchmarks.rows import Row, paired_ratio
from sandbox.app.state import FOLDER_NAME

ROUNDS: Final = 7
QUICK_ROUNDS: Final = 3
ROUND_S: Final = 2.0
QUICK_ROUND_S: Final = 1.0
UNLIMITED: Final = 10**9


@dataclass(frozen=True, slots=True)
class _Kind:
    """One benchmark of intake."""

    name: str
    shape: str
    connections: int
    target: float


SINGLE: Final = _Kind("intake, single track calls", "single", 64, 0.40)
BATCHES: Final = _Kind("intake, batches of 100", "batch100", 16, 0.08)


def single(*, quick: bool) -> list[Row]:
    """Take single calls in."""
    return [_measure(SINGLE, quick=quick)]


def batches(*, quick: bool) -> list[Row]:
    """Take batches of 100 calls in."""
    return [_measure(BATCHES, quick=quick)]


def stored(*, quick: bool) -> list[Row]:
    """Take both in where a million messages are stored already."""
    count = queries.QUICK_MESSAGES if quick else queries.MESSAGES
    return [
        _measure(replace(kind, name=f"{kind.name}, {count:,} stored"), stored=count, quick=quick)
        for kind in (SINGLE, BATCHES)
    ]


def _measure(kind: _Kind, *, stored: int = 0, quick: bool) -> Row:
    rounds, seconds = (QUICK_ROUNDS, QUICK_ROUND_S) if quick else (ROUNDS, ROUND_S)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        write_workspace(folder)
        if stored:
            queries.fill(folder / FOLDER_NAME, stored)
        ours = stack.enter_context(sandbox(folder, *(["--keep", str(UNLIMITED)] if stored else [])))
        pause(ours)
        bare = stack.enter_context(helper("bare"))
        pairs = [(_run(ours, kind, seconds), _run(bare, kind, seconds)) for _ in range(rounds)]
    return _row(kind, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _run(server: Server, kind: _Kind, seconds: float) -> Seen:
    return generate(Load(server.port, kind.shape, kind.connections, seconds, UNLIMITED))


def _row(kind: _Kind, ours: list[Seen], bare: list[Seen]) -> Row:
    ratio = paired_ratio([seen.rate for seen in ours], [seen.rate for seen in bare])
    return Row(
        kind.name,
        f"{_middle(ours, lambda seen: seen.rate):,.0f} requests/s",
        f"{_middle(bare, lambda seen: seen.rate):,.0f}/s, bare aiohttp",
        ratio,
        f"ratio >= {kind.target:.2f}",
        ratio >= kind.target,
        note=f"generator busy {max(seen.busy for seen in bare):.0%} of a core at most",
    )


def _middle(seen: list[Seen], value: Callable[[Seen], float]) -> float:
    return median(value(each) for each in seen)
