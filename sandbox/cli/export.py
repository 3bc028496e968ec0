"""`segment-sandbox export`: what the journal has, to be used elsewhere."""

import base64
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TextIO, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.cli.client import Client, connect
from sandbox.errors import UserMistakeError

PAGE: Final = 200
MESSAGE_FILTERS: Final = ("type", "event", "source", "user")
DELIVERY_FILTERS: Final = ("destination", "state")
MASK: Final = "••••"
_Writer: TypeAlias = Callable[[Client, Mapping[str, str], int, bool, TextIO], None]
_SECRET_HEADERS: Final = frozenset({"authorization", "x-segment-settings", "cookie", "proxy-authorization"})


def run(
    kind: str, which: Mapping[str, Any], *, after: int, output: Path | None, secrets: bool, url: str | None
) -> None:
    """Write what matches, oldest first, a page at a time."""
    client = connect(url)
    _check(kind, which)
    chosen = {key: value for key, value in which.items() if value is not None}
    writers: dict[str, _Writer] = {"ndjson": _ndjson, "har": _har, "curl": _curl}
    write = writers[kind]
    if output is None:
        write(client, chosen, after, secrets, sys.stdout)
        return
    try:
        with output.open("w", encoding="utf-8") as file:
            write(client, chosen, after, secrets, file)
    except OSError as error:
        raise UserMistakeError(f"{output} cannot be written: {error.strerror}.", "Name another file.") from error


def _check(kind: str, which: Mapping[str, Any]) -> None:
    wrong = DELIVERY_FILTERS if kind == "ndjson" else MESSAGE_FILTERS
    given = [f"--{name}" for name in wrong if which.get(name) is not None]
    if given:
        what = "messages" if kind == "ndjson" else "requests of deliveries"
        right = MESSAGE_FILTERS if kind == "ndjson" else DELIVERY_FILTERS
        known = ", ".join(f"--{name}" for name in right)
        raise UserMistakeError(f"{', '.join(given)} cannot choose among {what}.", f"With {kind}, use {known}.")


def _ndjson(client: Client, which: Mapping[str, str], after: int, _: bool, file: TextIO) -> None:  # noqa: FBT001
    """Write accepted messages, a line each, as `import` takes them."""
    for message in _items(client, "messages", which, after):
        if message["state"] == "accepted":
            file.write(json.dumps(message["message"], ensure_ascii=False, separators=(",", ":")) + "\n")


def _curl(client: Client, which: Mapping[str, str], after: int, secrets: bool, file: TextIO) -> None:  # noqa: FBT001
    """Write a command for each request that was sent."""
    for attempt, exchange in _exchanges(client, which, after, secrets=secrets):
        file.write(f"# delivery {attempt['delivery']} to {attempt['destination']}, attempt {attempt['number']}\n")
        file.write(curl_of(exchange["request"], secrets=secrets) + "\n")


def curl_of(request: Mapping[str, Any], *, secrets: bool) -> str:
    """Write a request as a command for a shell; secrets are left out unless they are asked for."""
    words = ["curl", "-X", request["method"], request["url"]]
    for name, value in request["headers"]:
        if name.lower() not in {"host", "content-length", "connection"}:
            words += ["-H", f"{name}: {_shown(name, value, secrets=secrets)}"]
    body = _body(request)
    if body:
        words += ["--data-binary", body]
    return " ".join(map(shlex.quote, words))


def _har(client: Client, which: Mapping[str, str], after: int, secrets: bool, file: TextIO) -> None:  # noqa: FBT001
    """Write an HTTP Archive, version 1.2, entry by entry."""
    head = {"version": "1.2", "creator": {"name": "segment-sandbox", "version": "1"}}
    file.write('{"log": ' + json.dumps(head)[:-1] + ', "entries": [')
    separator = "\n"
    for attempt, exchange in _exchanges(client, which, after, secrets=secrets):
        file.write(separator + json.dumps(entry_of(attempt, exchange, secrets=secrets), ensure_ascii=False))
        separator = ",\n"
    file.write("\n]}}\n")


def entry_of(attempt: Mapping[str, Any], exchange: Mapping[str, Any], *, secrets: bool) -> dict[str, Any]:
    """Write an exchange as an entry of an HTTP Archive; a request without an answer has the status 0.

    Source: the HAR 1.2 specification.
    """
    request, response = exchange["request"], exchange.get("response")
    error = exchange.get("error") or {}
    took = exchange["duration_ms"]
    told = f"delivery {attempt['delivery']} to {attempt['destination']}, attempt {attempt['number']}"
    return {
        "startedDateTime": exchange["started_at"],
        "time": took,
        "request": _har_request(request, secrets=secrets),
        "response": _har_response(response, error),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "comment": told,
    }


def _har_request(request: Mapping[str, Any], *, secrets: bool) -> dict[str, Any]:
    body = _body(request)
    headers = [{"name": n, "value": _shown(n, v, secrets=secrets)} for n, v in request["headers"]]
    posted = {"postData": {"mimeType": _content_type(request), "text": body}} if body else {}
    return {
        "method": request["method"],
        "url": request["url"],
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "queryString": [{"name": n, "value": v} for n, v in parse_qsl(urlsplit(request["url"]).query, True)],  # noqa: FBT003
        "headersSize": -1,
        "bodySize": len(body.encode()),
        **posted,
    }


def _har_response(response: Mapping[str, Any] | None, error: Mapping[str, Any]) -> dict[str, Any]:
    answered = response or {"status": 0, "reason": "", "headers": []}
    body = _body(answered)
    return {
        "status": answered["status"],
        "statusText": answered["reason"],
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in answered["headers"]],
        "content": {"size": len(body.encode()), "mimeType": _content_type(answered), "text": body},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        **({"_error": f"{error['code']}: {error['message']}"} if error else {}),
    }


def _content_type(part: Mapping[str, Any]) -> str:
    return next((value for name, value in part["headers"] if name.lower() == "content-type"), "")


def _body(part: Mapping[str, Any]) -> str:
    if "body_base64" in part:
        return base64.b64decode(part["body_base64"]).decode("utf-8", "replace")
    return str(part.get("body") or "")


def _shown(name: str, value: str, *, secrets: bool) -> str:
    return value if secrets or name.lower() not in _SECRET_HEADERS else MASK


def _exchanges(
    client: Client, which: Mapping[str, str], after: int, *, secrets: bool
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each exchange with the number of its delivery and attempt."""
    for delivery in _items(client, "deliveries", which, after):
        shown = client.get(f"/_sandbox/deliveries/{delivery['seq']}" + ("?secrets=shown" if secrets else ""))
        for attempt in shown["attempts"]:
            told = {"delivery": shown["seq"], "destination": shown["destination"], "number": attempt["number"]}
            for exchange in attempt.get("exchanges", ()):
                yield told, exchange


def _items(client: Client, name: str, which: Mapping[str, str], after: int) -> Iterator[dict[str, Any]]:
    while True:
        query = urlencode({**which, "after": after, "limit": PAGE})
        answer = client.get(f"/_sandbox/{name}?{query}")
        yield from answer[name]
        if len(answer[name]) < PAGE:
            return
        after = answer["next"]
