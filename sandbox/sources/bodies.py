"""Request bodies as JSON, as strictly as Segment reads them."""

import json
import re
from typing import Any, Final, NoReturn

import orjson

_FORM: Final = re.compile(rb"\s*[A-Za-z][\w.\[\]%-]*=[^\s{]*(?:&|\s*\Z)")
_FORM_IN_PARTS: Final = re.compile(rb"\s*--[^\r\n]+\r?\nContent-Disposition: form-data", re.IGNORECASE)
_NO_FORM: Final = (
    'the body is a form; send JSON instead, as in {"userId": "user-1", "event": "Signed Up"}, '
    "with Content-Type: application/json"
)


class MalformedError(ValueError):
    """The body is no JSON object; the message says what is wrong and where."""


def parse(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Lone surrogates, which JavaScript strings may hold, become U+FFFD; NaN and Infinity are refused.

    Raises:
        MalformedError: it is no JSON, or no object.
    """
    value = load(body)
    if not isinstance(value, dict):
        raise MalformedError(f"expected a JSON object, found {_kind(value)}")
    return value


def load(body: bytes) -> object:
    """Read any JSON value, as `parse` reads an object.

    Raises:
        MalformedError: it is no JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"\\ud" in body.lower():
            return _load_surrogates(body)
        raise MalformedError(_why(body, error)) from None


def _why(body: bytes, error: orjson.JSONDecodeError) -> str:
    """Say what is wrong with a body that is no JSON."""
    if not body:
        return "the body is empty"
    return _NO_FORM if _FORM.match(body) or _FORM_IN_PARTS.match(body) else str(error)


def _load_surrogates(body: bytes) -> object:
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError(str(error)) from None
    text = json.dumps(value, ensure_ascii=False)
    return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedError(f"{name} is not JSON")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "a number"
