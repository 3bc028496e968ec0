"""One line for each thing that happens.

`-->` came in, `<--` an answer came back, `-x-` stopped, `!!!` will bite in production, `***` the rest.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import click

_COLOURS: Final = {"-->": "cyan", "<--": "green", "-x-": "red", "-/-": "yellow", "!!!": "yellow", "***": "blue"}

FINDINGS_SHOWN: Final = 10
"""Of a function's lint; `segment-sandbox check` shows all."""

_SEVERAL_LINES: Final = {"lint", "reload"}


def line(change: Mapping[str, Any]) -> str | None:
    """Write a change as one line, None for what is only a step on the way."""
    parts = _parts(change)
    if parts is None:
        return None
    arrow, text = parts
    first, *rest = text.split("\n") if change["kind"] in _SEVERAL_LINES else [text]
    below = "".join(f"\n    {printable(more.strip())}" for more in rest)
    at = datetime.fromisoformat(change["at"]).astimezone()
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {arrow} {printable(first)} [{change['seq']}]" + below


def _parts(change: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the arrow and the text of a change's line."""
    writer = _WRITERS.get(change["kind"])
    return None if writer is None else writer(change)


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
    if change.get("duration_ms") is None and change.get("attempt"):  # too old by now to be in the journal
        return "***", f"{text}  {change['state']}; the attempt is removed"
    match change["state"]:
        case "pending":
            return None
        case "filtered":
            return "-/-", f"{text}  filtered: {change['reason']}"
        case "stopped":
            return "-/-", f"{text}  stopped: {change['reason']}"
        case "delivered":
            return "<--", f"{change['code']} {text}  {_took(change)}"
        case _:
            due = change["next_attempt_at"]
            again = f"  (attempt {change['number'] + 1} at {due[11:19]} UTC)" if due else ""
            advice = f"  advice: {', '.join(change['advice'])}" if change.get("advice") else ""
            return "-x-", f"{change['code']} {text}  {_took(change)}  {change['detail']}{again}{advice}"


def _took(change: Mapping[str, Any]) -> str:
    return f"{change['duration_ms']:.0f} ms"


def _invocation(change: Mapping[str, Any]) -> tuple[str, str] | None:
    """Write a source function's run; one that failed once and for all at once has the line of its refusal."""
    change = {"attempt": 1, "next_attempt_at": None, **change}  # an earlier version's journal has neither
    if change["state"] != "succeeded":
        return _failed_attempt(change) if change["next_attempt_at"] or change["attempt"] > 1 else None
    first, last = change["messages"] or (1, 0)
    made = _counted(last - first + 1, "message")
    if change["objects"]:
        made += f" and {_counted(len(change['objects']), 'object')}"
    attempt = f"  (attempt {change['attempt']})" if change["attempt"] > 1 else ""
    return "***", f"function {change['function']} made {made} in {change['duration_ms']} ms{attempt}"


def _failed_attempt(change: Mapping[str, Any]) -> tuple[str, str]:
    """Write a failed attempt of a call that is tried again, or was the last one."""
    due = change["next_attempt_at"]
    again = f"  (attempt {change['attempt'] + 1} at {due[11:19]} UTC)" if due else ""
    return "-x-", f"function {change['function']}  attempt {change['attempt']}: {change['detail']}{again}"


def _given_up(change: Mapping[str, Any]) -> tuple[str, str]:
    calls = _counted(len(change["calls"]), "call")
    return "-x-", f"function {change['function']}  {calls} not tried again: {change['detail']}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _refused(change: Mapping[str, Any]) -> tuple[str, str]:
    return "-x-", f"{change['status'] or 'cut'} {change['method']} {change['path']}  {change['detail']}"


def _request(change: Mapping[str, Any]) -> tuple[str, str]:
    return "***", f"{change['method']} {change['path']}  {change['detail']}"


def _token(change: Mapping[str, Any]) -> tuple[str, str]:
    return "***", f"a token was given out for {', '.join(change['sources'])}"


def _attempt(change: Mapping[str, Any]) -> tuple[str, str] | None:
    if change["state"] != "cut_off":
        return None
    return "***", f"an attempt of {_name(change)}  {change['destination']}  was cut off and is made again"


def _reload(change: Mapping[str, Any]) -> tuple[str, str]:
    if change["error"]:
        return "***", f"{change['what']} {change['path']} not reloaded: {change['error']}"
    return "***", f"{change['what']} {change['path']} reloaded in {change['took_ms']} ms"


def _lint(change: Mapping[str, Any]) -> tuple[str, str]:
    findings = change["findings"]
    if not findings:
        return "***", f"{change['path']}: nothing is found any more"
    rest = change["errors"] + change["warnings"] - FINDINGS_SHOWN
    more = [f"and {rest} more: segment-sandbox check"] if rest > 0 else []
    found = f"{change['path']}: what bites in production, each explained by segment-sandbox check"
    return "!!!", "\n".join([found, *map(_finding, findings[:FINDINGS_SHOWN]), *more])


def _finding(found: Mapping[str, Any]) -> str:
    """Write a finding with the first sentence of its message."""
    sentence = found["message"].partition(". ")[0].rstrip(".")
    return f"{found['path']}:{found['line']}:{found['column']}: {found['severity']} {found['rule']}: {sentence}."


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any]], tuple[str, str] | None]]] = {
    "attempt": _attempt,
    "delivery": _delivery,
    "fault": _request,
    "given_up": _given_up,
    "invocation": _invocation,
    "lint": _lint,
    "message": _message,
    "refused": _refused,
    "reload": _reload,
    "token": _token,
    "two_keys": _request,
}
