"""`segment-sandbox clock`."""

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from sandbox.cli.client import connect

WAIT_S: Final = 90
"""Longer than the sandbox waits for what falls due."""


def show(*, as_json: bool, url: str | None) -> None:
    """Print the time and how the clock goes."""
    _print(connect(url).get("/_sandbox/clock"), as_json=as_json)


def change(order: Mapping[str, str], *, as_json: bool, url: str | None) -> None:
    """Change the clock, and print what it shows then."""
    _print(connect(url).post("/_sandbox/clock", order, timeout_s=WAIT_S), as_json=as_json)


def _print(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo(f"{answer['now']}  {answer['mode']}")
    if not answer.get("settled", True):
        click.echo("Not all that fell due is over yet; `segment-sandbox listen` follows it.")
