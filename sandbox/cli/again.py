"""`segment-sandbox retry` and `segment-sandbox replay`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from sandbox.cli.client import connect
from sandbox.errors import UserMistakeError


def retry(which: Mapping[str, Any], *, as_json: bool, url: str | None) -> None:
    """Try deliveries again, and print how many those are."""
    answer = connect(url).post("/_sandbox/retry", _given(which))
    click.echo(json.dumps(answer) if as_json else f"{answer['retried']} tried again")


def replay(
    which: Mapping[str, Any],
    *,
    to: str | None,
    changes: Sequence[str],
    removals: Sequence[str],
    as_json: bool,
    url: str | None,
) -> None:
    """Send messages again, and print how many and their numbers."""
    order = {**_given(which), "set": dict(map(change_of, changes)), "unset": list(removals)}
    answer = connect(url).post("/_sandbox/replay", order if to is None else {**order, "destination": to})
    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo(f"{answer['replayed']} sent again")
    for seq in answer["messages"]:
        click.echo(seq)


def change_of(text: str) -> tuple[str, Any]:
    """Read `path=value`: JSON where it is JSON, else text.

    Raises:
        UserMistakeError: there is no `=`.
    """
    path, equals, value = text.partition("=")
    if not (path and equals):
        raise UserMistakeError(f"--set {text} says no value.", "Write it as --set properties.revenue=12.")
    try:
        return path, json.loads(value, parse_constant=_no_json)
    except ValueError:
        return path, value


def _no_json(constant: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON has not: they are text."""
    raise ValueError(constant)


def _given(which: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in which.items() if value is not None}
