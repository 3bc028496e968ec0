"""Request bodies as JSON, as strictly as Segment reads them."""

import json
from typing import Any, NoReturn

import orjson


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
        raise MalformedError(str(error) if body else "the body is empty") from None


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
