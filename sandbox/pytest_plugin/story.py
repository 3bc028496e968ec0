"""What a sandbox saw while a test ran, as text."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.cli.lines import line, printable
from sandbox.errors import UserMistakeError
from sandbox.testkit import Sandbox

LINES_MAX: Final = 200
VALUE_MAX_CHARACTERS: Final = 500


def newest(sandbox: Sandbox) -> int:
    """Return the newest sequence number; 0 when the sandbox does not answer."""
    try:
        return sandbox.seq
    except UserMistakeError:
        return 0


def story(sandbox: Sandbox, after: int) -> str:
    """Tell what happened behind a number: a line for each thing, and all about deliveries that failed."""
    try:
        lines = list(_lines(sandbox, sandbox.changes(after)))
    except UserMistakeError as mistake:
        return str(mistake)
    left_out = [f"… {len(lines) - LINES_MAX} lines before"] if len(lines) > LINES_MAX else []
    return "\n".join([*left_out, *lines[-LINES_MAX:]]) or "Nothing arrived."


def _lines(sandbox: Sandbox, changes: list[dict[str, Any]]) -> Iterator[str]:
    told: set[int] = set()
    for change in changes:
        text = line(change)
        if text is not None:
            yield text
        if change["kind"] == "delivery" and change["state"] in {"discarded", "awaiting_retry"}:
            seq = change["delivery"]
            if seq not in told:
                told.add(seq)
                yield from _delivery(sandbox, seq)
    yield from _sent(sandbox, changes)


def _sent(sandbox: Sandbox, changes: list[dict[str, Any]]) -> Iterator[str]:
    """Show the messages themselves."""
    for change in changes:
        if change["kind"] == "message":
            message = sandbox.message(change["message"])["message"]
            yield f"[{change['message']}] {_short(json.dumps(message, ensure_ascii=False))}"


def _delivery(sandbox: Sandbox, seq: int) -> Iterator[str]:
    for attempt in sandbox.get(f"/deliveries/{seq}")["attempts"]:
        for exchange in attempt.get("exchanges") or ():
            yield f"      {_exchange(exchange)}"
        for log in attempt.get("logs") or ():
            yield f"      {log['level']}: {_short(log['text'])}"
        if error := attempt.get("error"):
            yield f"      threw {_short(str(error.get('stack') or error.get('message') or error))}"


def _exchange(exchange: Mapping[str, Any]) -> str:
    request, response = exchange["request"], exchange.get("response")
    asked = f"{request['method']} {request['url']} {_short(request.get('body') or '')}"
    if response is None:
        return f"{asked} -> {_short(json.dumps(exchange.get('error')))}"
    return f"{asked} -> {response['status']} {_short(response.get('body') or '')}"


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= VALUE_MAX_CHARACTERS else f"{shown[:VALUE_MAX_CHARACTERS]}…"
