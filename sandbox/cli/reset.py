"""`segment-sandbox reset`."""

import json

import click

from sandbox.cli.client import connect

WAIT_S = 120
"""A million messages take a while to go."""


def run(*, source: str | None, as_json: bool, url: str | None) -> None:
    """Forget everything, or what belongs to a source, and print how many messages that were."""
    answer = connect(url).post("/_sandbox/reset", {} if source is None else {"source": source}, timeout_s=WAIT_S)
    click.echo(json.dumps(answer) if as_json else f"{answer['removed']} messages removed")
