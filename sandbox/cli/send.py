"""`segment-sandbox send`."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from sandbox.cli.client import connect
from sandbox.errors import UserMistakeError
from sandbox.samples import bundled, read_event


def run(file: str, *, source: str | None, keep_message_id: bool, as_json: bool, url: str | None) -> None:
    """Send the event and print its sequence number."""
    event = _event(file)
    order = {"event": event, "keep_message_id": keep_message_id, **({"source": source} if source else {})}
    client = connect(url)
    answer = client.post("/_sandbox/send", order)
    click.echo(json.dumps(answer) if as_json else answer["seq"])


def _event(file: str) -> Mapping[str, Any]:
    if file == "-":
        return read_event("standard input", sys.stdin.buffer.read())
    path = Path(file)
    if path.is_file():
        return read_event(file, path.read_bytes())
    samples = {sample.name: sample.event for sample in bundled()}
    if file in samples:
        return samples[file]
    hint = f"Name a file, - for standard input, or a sample: {', '.join(samples)}."
    raise UserMistakeError(f"There is no file {file}.", hint)
