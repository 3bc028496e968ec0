"""`segment-sandbox listen`."""

import json
import sys

import click

from sandbox.cli.client import connect
from sandbox.cli.lines import coloured, line


def run(*, as_json: bool, after: int | None, url: str | None) -> None:
    """Print what happens until interrupted or the sandbox stops."""
    client = connect(url)
    path = "/_sandbox/stream?advice=1" + ("" if after is None else f"&after={after}")
    for change in client.stream(path):
        text = json.dumps(change, ensure_ascii=False) if as_json else line(change)
        if text is not None:
            click.echo(text if as_json else coloured(text))
            sys.stdout.flush()
