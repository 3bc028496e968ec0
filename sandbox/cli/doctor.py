"""`segment-sandbox doctor`: has the SDK found its way here, and what looks wrong."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import click

from sandbox.cli.client import connect
from sandbox.cli.lines import printable

UNWELL: Final = 1
"""The exit code where something is wrong."""

WIDTH: Final = 100
_COLOURS: Final = {"problem": "red", "note": "yellow"}
_INDENT: Final = " " * 4
_COLUMNS: Final = ("from", "source", "messages", "accepted", "refused", "last")


def run(*, after: int | None, as_json: bool, url: str | None) -> int:
    """Print the report and return the exit code."""
    report = connect(url).get("/_sandbox/doctor" if after is None else f"/_sandbox/doctor?after={after}")
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else "\n".join(_lines(report)))
    return 0 if report["well"] else UNWELL


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield click.style(f"sandbox at {report['url']}", bold=True)
    yield ""
    yield from _table(report["arrived"])
    for finding in report["findings"]:
        yield from _finding(finding)
    problems = sum(each["severity"] == "problem" for each in report["findings"])
    yield "Nothing is wrong." if report["well"] else f"{problems} problem{'' if problems == 1 else 's'}."


def _table(arrived: list[Mapping[str, Any]]) -> Iterator[str]:
    if not arrived:
        return
    rows = [_COLUMNS, *map(_row, arrived)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield line if number else click.style(line, dim=True)
    yield ""


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    library = f"{row['library']} {row['version'] or ''}".rstrip() if row["library"] else row["user_agent"]
    last = datetime.fromisoformat(row["last"]).astimezone()
    cells = (
        library or "no name given",
        row["source"] or "",
        str(row["messages"] or ""),
        str(row["accepted"] or ""),
        str(row["refused"] or ""),
        f"{last:%Y-%m-%d %H:%M:%S}",
    )
    return tuple(printable(cell) for cell in cells)


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    severity = click.style(finding["severity"], fg=_COLOURS[finding["severity"]])
    times = f"  ({finding['count']:,} times)" if finding["count"] > 1 else ""
    yield f"{severity} {finding['id']}{times}"
    yield from _wrapped(finding["cause"])
    yield from _wrapped(finding["cure"])
    yield ""


def _wrapped(text: str) -> list[str]:
    """Wrap sentences, and keep a command that follows them on a line of its own whole, to be copied."""
    sentences, *commands = text.split("\n")
    wrapped = textwrap.wrap(
        printable(sentences), WIDTH - len(_INDENT), break_long_words=False, break_on_hyphens=False
    )
    return [_INDENT + line for line in [*wrapped, *map(printable, commands)]]
