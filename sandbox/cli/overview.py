"""`segment-sandbox overview`: how far messages came, and why not further."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import click

from sandbox.cli.client import connect
from sandbox.cli.lines import printable

WIDTH: Final = 100
_INDENT: Final = " " * 4
_ANSWER_S: Final = 60
"""A long journal takes its time to be counted."""

_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
_COLOURS: Final = {
    "failed_on_ingest": "red",
    "duplicate": "yellow",
    "filtered_at_source": "yellow",
    "filtered_at_destination": "yellow",
    "pending_retry": "yellow",
    "failed_delivery": "red",
    "successful_delivery": "green",
}


def run(which: Mapping[str, str | None], *, as_json: bool, url: str | None) -> None:
    """Print the overview of what fits."""
    query = urlencode({name: value for name, value in which.items() if value is not None})
    answer = connect(url).get(f"/_sandbox/overview{'?' * bool(query)}{query}", timeout_s=_ANSWER_S)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(_lines(answer)))


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Write every step with its count and its reasons, then tries and latency."""
    yield click.style(f"{_time(answer['from'])} to {_time(answer['to'])}, by the sandbox's clock", bold=True)
    yield ""
    width = max(len(_words(each)) for each in answer["steps"])
    digits = max(len(f"{each['total']:,}") for each in answer["steps"])
    for step in answer["steps"]:
        line = f"{_words(step):{width}}  {step['total']:{digits},}"
        yield click.style(line, fg=_COLOURS.get(step["step"]) if step["total"] else None)
    for step in answer["steps"]:
        yield from _reasons(step)
    if answer["attempts"]:
        yield ""
        yield f"successful at try  {', '.join(map(_tries, answer['attempts']))}"
        yield f"P95 latency        {_duration(answer['p95_ms'])}"


def _words(step: Mapping[str, Any]) -> str:
    return str(step["step"]).replace("_", " ")


def _reasons(step: Mapping[str, Any]) -> Iterator[str]:
    """Write why so many stand at a step, the most frequent reason first, each with its cure."""
    if not step["reasons"]:
        return
    yield ""
    yield click.style(_words(step), dim=True)
    digits = max(len(f"{each['count']:,}") for each in step["reasons"])
    for each in step["reasons"]:
        yield f"  {each['count']:{digits},}  {printable(each['reason'])}"
        for sentence in (each["happened"], each["remedy"]):
            yield from (
                f"{_INDENT}{' ' * digits}{line}"
                for line in textwrap.wrap(sentence, WIDTH - len(_INDENT) - digits, break_long_words=False)
            )


def _tries(tries: Mapping[str, int]) -> str:
    return f"{tries['number']}: {tries['count']:,}"


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}"


def _duration(milliseconds: int) -> str:
    """Write a duration in at most two units, which is what one can take in."""
    if milliseconds < _SECOND_MS:
        return f"{milliseconds} ms"
    if milliseconds < _MINUTE_MS:
        return f"{milliseconds // 100 / 10} s"
    hours, minutes = divmod(milliseconds // _MINUTE_MS, 60)
    seconds = milliseconds % _MINUTE_MS // _SECOND_MS
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
