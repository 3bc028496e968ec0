"""A request to a source function's webhook, as its code gets it.

Source: segment-docs, Source functions, Request processing and FAQs; Delivery Overview, Discard reasons.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from sandbox.sources.bodies import MalformedError, load

BODY_MAX_BYTES: Final = 512 * 1024
"""Source: segment-docs, Source functions, FAQs."""

ADDRESS: Final = "https://fn.segmentapis.com/"
"""Where Segment has these webhooks; `request.url` is this and the query. Source: segmentio/functions-library."""

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_NOT_SHOWN: Final = frozenset({"host", "connection", "transfer-encoding"})
"""Headers that Segment's own web server keeps to itself."""


class BadRequestError(ValueError):
    """The request cannot be handed to the code; the message is what Segment calls it, and why."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A POST as it came in: headers in order, the query without its question mark, the caller's address."""

    headers: tuple[tuple[str, str], ...]
    query: str
    body: bytes
    peer: str | None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


def request_json(incoming: Incoming) -> bytes:
    """Write the request as the runtime takes it: `{"body", "headers", "url", "content_type"}`.

    The body is JSON by now, whatever it was: a form is an object of strings. The keys of objects are sorted.
    Source: segment-docs, Source functions, FAQs (deployed functions get them so).

    Raises:
        BadRequestError: the body or its type is none that source functions take.
    """
    return orjson.dumps(
        {
            "body": _sorted(_value(_media_type(incoming), incoming.body)),
            "headers": list(_headers(incoming)),
            "url": f"{ADDRESS}?{incoming.query}" if incoming.query else ADDRESS,
            "content_type": _JSON,
        }
    )


def _media_type(incoming: Incoming) -> str:
    given = incoming.header("content-type") or ""
    media_type = given.partition(";")[0].strip().lower()
    if not all(media_type.partition("/")):
        raise BadRequestError(f"Could not parse content-type: {given or 'there is none'}")
    if media_type not in {_JSON, _FORM}:
        raise BadRequestError(f"Unsupported content-type: {media_type}; send {_JSON} or {_FORM}")
    return media_type


def _value(media_type: str, body: bytes) -> Any:
    try:
        return load(body) if media_type == _JSON else _form(body.decode())
    except (MalformedError, ValueError) as error:
        raise BadRequestError(f"Could not parse request body: {error}") from None


def _sorted(value: Any) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        raise BadRequestError("Could not parse request body: it is nested too deeply") from None


def _form(text: str) -> Mapping[str, str | list[str]]:
    """Read a form; a name that occurs several times has an array (ours, unpublished)."""
    fields = parse_qs(text, keep_blank_values=True, max_num_fields=10_000)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _headers(incoming: Incoming) -> Iterable[tuple[str, str]]:
    """Give the headers, their names in the case that Go writes, and those that Segment's load balancer adds."""
    shown = [(name, value) for name, value in incoming.headers if name.lower() not in _NOT_SHOWN]
    there = {name.lower() for name, _ in shown}
    added = (pair for pair in _added(incoming.peer) if pair[0].lower() not in there)
    return ((_canonical(name), value) for name, value in (*shown, *added))


def _added(peer: str | None) -> Iterable[tuple[str, str]]:
    """Source: the headers in a screenshot of segment-docs, Source functions, Errors."""
    yield "X-Amzn-Trace-Id", f"Root=1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
    yield "X-Forwarded-For", peer or "127.0.0.1"
    yield "X-Forwarded-Port", "443"
    yield "X-Forwarded-Proto", "https"
    yield "X-Request-Id", secrets.token_hex(16)


def _canonical(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))
