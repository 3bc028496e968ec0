"""What one event of the Event Tester came to, as people read it."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from sandbox.cli.lines import printable
from sandbox.devcenter.reports import words

_ICONS = {"green": "✓", "yellow": "△", "red": "⊖"}


def head(result: Mapping[str, Any], title: str, *, wide: int = 0) -> Iterator[str]:
    """Write icon, code, type and title, and below why it is not green, and the warnings."""
    icon = click.style(_ICONS[result["colour"]], fg=result["colour"])
    kind = str(result["type"]).upper()
    yield f"{icon} {printable(result['code']):<{wide}} {printable(kind):<8} {printable(title)}"
    if result["colour"] != "green":
        yield from (f"      {printable(each)}" for each in words(result))
    yield from (f"      warning: {printable(each)}" for each in result["warnings"])


def lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Write the verdict, then every exchange, the function's log, its return or its error."""
    event = answer["sent"].get("event") or answer["sent"].get("name") or ""
    to = answer["destination"] or answer["component"]
    yield from head(answer, f"{event}  to {to}  {answer['target']}  {answer['took_ms']:.0f} ms".strip())
    insert = answer["insert"]
    if insert:
        yield f"insert function {insert['function']}"
        yield from _run(insert)
    yield from _run(answer)


def _run(run: Mapping[str, Any]) -> Iterator[str]:
    count = len(run["exchanges"])
    for number, exchange in enumerate(run["exchanges"], 1):
        yield from _exchange(exchange, f"{number} of {count}")
    yield from (f"log {each['level']}: {printable(each['text'])}" for each in run["logs"])
    if run["returned"] is not None:
        yield f"returned {printable(run['returned'])}"
    if run["error"]:
        yield from ("threw", *(f"    {printable(each)}" for each in str(run["error"]["stack"]).split("\n")))


def _exchange(exchange: Mapping[str, Any], position: str) -> Iterator[str]:
    request = exchange["request"]
    yield click.style(f"request {position}  {request['method']} {printable(request['url'])}", bold=True)
    yield from _message(request)
    response = exchange.get("response")
    if response is None:
        error = exchange["error"]
        yield click.style(f"no response  {error['code']}: {printable(error['message'])}", bold=True)
        return
    status = f"{response['status']} {response['reason']}".strip()
    yield click.style(f"response {position}  {printable(status)}  {exchange['duration_ms']:.0f} ms", bold=True)
    yield from _message(response)


def _message(message: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"    {printable(name)}: {printable(value)}" for name, value in message["headers"])
    if "body_base64" in message:
        yield f"    (base64) {message['body_base64']}"
    elif message["body"]:
        yield from (f"    {printable(line)}" for line in message["body"].splitlines())
