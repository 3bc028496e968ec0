"""One line for each thing that happens: `-->` came in, `<--` an answer came back, `-x-` stopped, `***` the rest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import click

_COLOURS: Final = {"-->": "cyan", "<--": "green", "-x-": "red", "-/-": "yellow", "***": "blue"}


def line(change: Mapping[str, Any]) -> str | None:
    """Write a change as one line, None for what is only a step on the way."""
    parts = _parts(change)
    if parts is None:
        return None
    arrow, text = parts
    first, *rest = text.split("\n") if change["kind"] == "reload" else [text]
    below = "".join(f"\n    {printable(more.strip())}" for more in rest)
    at = datetime.fromisoformat(change["at"]).astimezone()
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {arrow} {printable(first)} [{change['seq']}]" + below


def _parts(change: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the arrow and the text of a change's line."""
    match change["kind"]:
        case "message":
            return _message(change)
        case "delivery":
            return _delivery(change)
        case "refused":
            return "-x-", f"{change['status']} {change['method']} {change['path']}  {change['detail']}"
        case _:
            rest = _rest(change)
            return None if rest is None else ("***", rest)


def coloured(text: str) -> str:
    """Colour a line by its arrow, which says the same."""
    arrow = text.split(" ", 2)[1] if text.count(" ") > 1 else ""
    return click.style(text, fg=_COLOURS.get(arrow))


def printable(text: str) -> str:
    """Keep a line one line, and the terminal out of the hands of whoever named an event."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _name(change: Mapping[str, Any]) -> str:
    return f"{change['type']} {change['event']}" if change.get("event") else str(change["type"] or "?")


def _message(change: Mapping[str, Any]) -> tuple[str, str]:
    who = f"  {change['user_id']}" if change["user_id"] else ""
    text = f"{_name(change)}{who}  {change['source'] or 'unknown source'}"
    if change["state"] == "accepted":
        return "-->", text
    return "-x-", f"{text}  {change['state']}: {change['reason']}"


def _delivery(change: Mapping[str, Any]) -> tuple[str, str] | None:
    text = f"{_name(change)}  {change['destination']}"
    match change["state"]:
        case "pending":
            return None
        case "filtered":
            return "-/-", f"{text}  filtered: {change['reason']}"
        case "stopped":
            return "-/-", f"{text}  stopped: {change['reason']}"
        case "delivered":
            return "<--", f"{change['code']} {text}  {change['duration_ms']} ms"
        case _:
            again = "  (Segment would retry)" if change["would_retry"] else ""
            return "-x-", f"{change['code']} {text}  {change['duration_ms']} ms  {change['detail']}{again}"


def _invocation(change: Mapping[str, Any]) -> str:
    """Write a source function's run; one that failed has the line of its refusal."""
    first, last = change["messages"] or (1, 0)
    made = _counted(last - first + 1, "message")
    if change["objects"]:
        made += f" and {_counted(len(change['objects']), 'object')}"
    return f"function {change['function']} made {made} in {change['duration_ms']} ms"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _rest(change: Mapping[str, Any]) -> str | None:
    match change["kind"]:
        case "reload":
            return _reload(change)
        case "invocation" if change["state"] == "succeeded":
            return _invocation(change)
        case "attempt" if change["state"] == "cut_off":
            return f"an attempt of {_name(change)}  {change['destination']}  was cut off and is made again"
        case _:
            return None


def _reload(change: Mapping[str, Any]) -> str:
    if change["error"]:
        return f"{change['what']} {change['path']} not reloaded: {change['error']}"
    return f"{change['what']} {change['path']} reloaded in {change['took_ms']} ms"
