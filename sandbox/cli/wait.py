"""`segment-sandbox wait`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import click

from sandbox.cli.client import connect
from sandbox.cli.lines import printable
from sandbox.client import RefusedError
from sandbox.errors import UserMistakeError

IN_VAIN: Final = 4
"""The exit code of who waited in vain."""

_IN_VAIN_STATUS: Final = 408
_OPTIONS: Final = frozenset(
    {"kind", "user", "source", "message", "destination", "state", "reason", "count", "after", "timeout"}
)
_ANSWER_S: Final = 90
"""Longer than the sandbox waits in one call."""


def run(conditions: Sequence[str], options: Mapping[str, Any], *, as_json: bool, url: str | None) -> int:
    """Print what came; or say what came instead, and return the exit code of who waited in vain."""
    given = [(name, value) for name, value in options.items() if value is not None]
    query = urlencode([*given, *((f"where.{path}", value) for path, value in map(condition, conditions))])
    try:
        answer = connect(url).get(f"/_sandbox/wait?{query}", timeout_s=_ANSWER_S)
    except RefusedError as refused:
        if refused.status != _IN_VAIN_STATUS:
            raise
        click.echo(json.dumps(refused.answer) if as_json else refused.message, err=not as_json)
        if not as_json and refused.hint:
            click.echo(refused.hint, err=True)
        return IN_VAIN
    click.echo(json.dumps(answer) if as_json else "\n".join(map(_line, answer["matches"])))
    return 0


def condition(text: str) -> tuple[str, str]:
    """Read `path=value`.

    Raises:
        UserMistakeError: there is no `=`, or no message has such a value, but an option is called so.
    """
    path, equals, value = text.partition("=")
    if not (path and equals):
        raise UserMistakeError(f"{text} says no value.", "Write it as properties.revenue=12.")
    if path in _OPTIONS:
        raise UserMistakeError(f"{path} is an option and no value of a message.", f"Write it as --{path} {value}.")
    return path, value


def _line(match: Mapping[str, Any]) -> str:
    """Write what matched as one line: of a delivery its destination and state."""
    message = match["message"]
    name = " ".join(str(each) for each in (message.get("type"), message.get("event")) if each)
    where = match["destination"] if "destination" in match else match["source"] or "unknown source"
    return printable(f"{name}  {where}  {match['state']} [{match['seq']}]")
