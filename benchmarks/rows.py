"""One measurement as a row of the table that is printed."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

_WIDTHS: Final = (34, 22, 30, 8, 22)


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, beside what it is compared with.

    Attributes:
        ratio: measured over baseline, None where the target is no ratio and none helps to read it.
        target: the goal, in words.
        reached: None where this run cannot tell.
        note: what else is worth knowing about this run.
    """

    name: str
    measured: str
    baseline: str
    ratio: float | None
    target: str
    reached: bool | None
    note: str = ""


HEAD: Final = ("what", "measured", "baseline", "ratio", "target", "reached")


def head() -> str:
    """Return the table's first line."""
    return _aligned(HEAD)


def text(row: Row) -> str:
    """Return a row as one line, and a second one for its note."""
    ratio = "-" if row.ratio is None else f"{row.ratio:.3f}"
    reached = {True: "yes", False: "NO", None: "-"}[row.reached]
    line = _aligned((row.name, row.measured, row.baseline, ratio, row.target, reached))
    return f"{line}\n    {row.note}" if row.note else line


def _aligned(cells: Iterable[str]) -> str:
    widths = (*_WIDTHS, 0)
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def paired_ratio(measured: list[float], baseline: list[float]) -> float:
    """Return the median of the ratios of neighbouring measurements, which noise moves least."""
    return median(ours / theirs for ours, theirs in zip(measured, baseline, strict=True))
