"""`segment-sandbox send`."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from sandbox.cli.again import change_of
from sandbox.cli.client import Client, connect
from sandbox.cli.tester import lines
from sandbox.edits import PathError, edited
from sandbox.errors import UserMistakeError
from sandbox.samples import bundled, read_event

RED: Final = 1
"""The exit code where a destination that was tried does not take the event."""
TIMEOUT_S: Final = 300
"""How long to wait for a destination that is tried, in seconds; its own limit ends it before."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; see its options."""

    file: str | None
    message: int | None
    changes: tuple[str, ...]
    removals: tuple[str, ...]
    to: str | None
    source: str | None
    keep_message_id: bool
    secrets: bool
    as_json: bool
    url: str | None


def run(wanted: Wanted) -> int:
    """Send the event and print its number, or what a destination made of it; return the exit code."""
    if (wanted.file is None) == (wanted.message is None):
        hint = "Name one: a file, a sample, -, or a message of the journal as in --message 9."
        raise UserMistakeError("Say what to send.", hint)
    if wanted.to is not None and (wanted.source or wanted.keep_message_id):
        hint = "A destination that is tried gets the event as it is, through no source."
        raise UserMistakeError("--source and --keep-message-id do not go with --to.", hint)
    if wanted.to is None and wanted.secrets:
        raise UserMistakeError("--secrets goes with --to.", "An event that is sent is answered by its number alone.")
    client = connect(wanted.url)
    event = _edited(_event(client, wanted), wanted)
    return _send(client, event, wanted) if wanted.to is None else _try(client, event, wanted)


def _send(client: Client, event: Mapping[str, Any], wanted: Wanted) -> int:
    source = {"source": wanted.source} if wanted.source else {}
    answer = client.post("/_sandbox/send", {"event": event, "keep_message_id": wanted.keep_message_id, **source})
    click.echo(json.dumps(answer) if wanted.as_json else answer["seq"])
    return 0


def _try(client: Client, event: Mapping[str, Any], wanted: Wanted) -> int:
    path = "/_sandbox/tester" + "?secrets=shown" * wanted.secrets
    answer = client.post(path, {"event": event, "destination": wanted.to}, TIMEOUT_S)
    click.echo(json.dumps(answer, ensure_ascii=False) if wanted.as_json else "\n".join(lines(answer)))
    return RED if answer["colour"] == "red" else 0


def _edited(event: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    try:
        return edited(event, dict(map(change_of, wanted.changes)), wanted.removals)
    except PathError as error:
        raise UserMistakeError(
            f"The event cannot be changed: {error}.", "Name parts as in properties.revenue or products.0.price."
        ) from None


def _event(client: Client, wanted: Wanted) -> Mapping[str, Any]:
    if wanted.message is not None:
        message: Mapping[str, Any] = client.get(f"/_sandbox/messages/{wanted.message}?secrets=shown")["message"]
        return message
    return _of_file(str(wanted.file))


def _of_file(file: str) -> Mapping[str, Any]:
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
