"""`segment-sandbox import`: events of a file, sent as new ones."""

import json
import sys
from pathlib import Path
from typing import Any, Final

import click

from sandbox.cli.client import connect
from sandbox.errors import UserMistakeError

MISTAKES_SHOWN: Final = 20


def run(file: str, *, source: str | None, keep_message_id: bool, as_json: bool, url: str | None) -> None:
    """Send every line's event, or none when a line is wrong; print how many those were."""
    events = _events(file)
    client = connect(url)
    numbers = [
        client.post("/_sandbox/send", {"event": event, "keep_message_id": keep_message_id, **_through(source)})["seq"]
        for event in events
    ]
    if as_json:
        click.echo(json.dumps({"imported": len(numbers), "messages": numbers}))
    else:
        click.echo(f"{len(numbers)} imported" + (f", {numbers[0]} to {numbers[-1]}" if numbers else ""))


def _through(source: str | None) -> dict[str, str]:
    return {} if source is None else {"source": source}


def _events(file: str) -> list[dict[str, Any]]:
    """Read one JSON object on each line; empty lines are skipped.

    Raises:
        UserMistakeError: with every line that is none.
    """
    events, mistakes = [], []
    for number, line in enumerate(_text(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except ValueError as error:
            mistakes.append(f"{file}:{number} is no JSON: {error}.")
            continue
        if isinstance(event, dict):
            events.append(event)
        else:
            mistakes.append(f"{file}:{number} is no object; each line is one event.")
    if mistakes:
        more = len(mistakes) - MISTAKES_SHOWN
        told = mistakes[:MISTAKES_SHOWN] + ([f"And {more} more."] if more > 0 else [])
        raise UserMistakeError("\n".join(told), "Nothing was sent. `segment-sandbox export` writes such files.")
    return events


def _text(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UserMistakeError(
            f"{file} cannot be read: {error.strerror}.", "Name a file, or - for standard input."
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserMistakeError(f"{file} is not UTF-8.", "Save it as UTF-8.") from None
