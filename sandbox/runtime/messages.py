"""What a worker says, read as untrusted input: typed, bounded, or refused."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson

from sandbox.runtime.invocation import Returned, Threw
from sandbox.wire import Request

MAX_TEXT = 300_000
"""Characters of any one text but a body or a callback return; the kernel's own limits are lower."""
MAX_RETURNED = 1_048_576
MAX_HEADERS = 500
MAX_LIST = 50
MAX_SHORT_TEXT = 300
MAX_EMITTED = 32 * 1024 * 1024
"""Characters of what a source function made of one request."""
_LEVELS = frozenset({"debug", "info", "log", "warn", "error"})


class ForgedMessageError(Exception):
    """A worker said something that the kernel never says."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has started."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The worker cannot start: the library does not fit."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The code has loaded, and has these handlers."""

    handlers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refused:
    """The code does not load."""

    message: str
    line: int | None
    column: int | None
    source_line: str | None


@dataclass(frozen=True, slots=True)
class MemoryReached:
    """A memory limit is reached."""

    which: Literal["heap", "process"]


@dataclass(frozen=True, slots=True)
class Logged:
    """The function wrote to the console."""

    invocation: int
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The function wants a request sent."""

    invocation: int
    exchange: int
    request: Request


@dataclass(frozen=True, slots=True)
class Ended:
    """The handler has ended; after an error that nothing caught the worker is of no more use."""

    invocation: int
    ending: Returned | Threw
    uncaught: bool
    emitted: str | None
    left_open: tuple[str, ...]


Message: TypeAlias = Ready | Broken | Loaded | Refused | MemoryReached | Logged | Asked | Ended
_Fields: TypeAlias = Mapping[str, Any]


def read(payload: bytes) -> list[Message]:
    """Read one frame.

    Raises:
        ForgedMessageError: it is not a list of messages, each as it should be.
    """
    try:
        items = orjson.loads(payload)
        if not isinstance(items, list):
            raise TypeError("a frame is a list of messages")  # noqa: TRY301 - one way out for all that is wrong
        return [_READERS[item["kind"]](item) for item in items]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ForgedMessageError(f"{type(error).__name__}: {error}"[:200]) from error


def _text(fields: _Fields, key: str, limit: int = MAX_TEXT) -> str:
    value = fields[key]
    if not isinstance(value, str) or len(value) > limit:
        raise ValueError(f"{key} is no text of at most {limit} characters")
    return value


def _number(fields: _Fields, key: str) -> int:
    value = fields[key]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{key} is no whole number")
    return value


def _flag(fields: _Fields, key: str) -> bool:
    value = fields[key]
    if not isinstance(value, bool):
        raise TypeError(f"{key} is neither true nor false")
    return value


def _optional_number(fields: _Fields, key: str) -> int | None:
    return None if fields[key] is None else _number(fields, key)


def _optional_text(fields: _Fields, key: str, limit: int = MAX_TEXT) -> str | None:
    return None if fields[key] is None else _text(fields, key, limit)


def _texts(fields: _Fields, key: str) -> tuple[str, ...]:
    values = fields[key]
    if not isinstance(values, list) or len(values) > MAX_LIST or not all(isinstance(each, str) for each in values):
        raise ValueError(f"{key} is no list of at most {MAX_LIST} texts")
    return tuple(value[:MAX_SHORT_TEXT] for value in values)


def _ready(_: _Fields) -> Ready:
    return Ready()


def _broken(fields: _Fields) -> Broken:
    return Broken(_text(fields, "message"), _text(fields, "hint"))


def _loaded(fields: _Fields) -> Loaded:
    return Loaded(frozenset(_texts(fields, "handlers")))


def _refused(fields: _Fields) -> Refused:
    return Refused(
        _text(fields, "message"),
        _optional_number(fields, "line"),
        _optional_number(fields, "column"),
        _optional_text(fields, "source_line", MAX_RETURNED),
    )


def _memory(fields: _Fields) -> MemoryReached:
    return MemoryReached("heap" if _text(fields, "which") == "heap" else "process")


def _log(fields: _Fields) -> Logged:
    level = _text(fields, "level")
    if level not in _LEVELS:
        raise ValueError("level is none of the console's")
    return Logged(_number(fields, "invocation"), level, _text(fields, "text"))


def _header(pair: object) -> tuple[str, str]:
    match pair:
        case [str(name), str(value)] if len(name) + len(value) <= MAX_TEXT:
            return name, value
    raise ValueError("a header is no pair of texts")


def _request(fields: _Fields) -> Asked:
    headers = fields["headers"]
    if not isinstance(headers, list) or len(headers) > MAX_HEADERS:
        raise ValueError(f"headers are no list of at most {MAX_HEADERS}")
    request = Request(
        method=_text(fields, "method"),
        url=_text(fields, "url"),
        headers=tuple(_header(pair) for pair in headers),
        body=base64.b64decode(fields["body"], validate=True),
    )
    return Asked(_number(fields, "invocation"), _number(fields, "exchange"), request)


def _returned(fields: _Fields) -> Ended:
    value = _optional_text(fields, "value", MAX_RETURNED)
    return Ended(
        _number(fields, "invocation"),
        Returned(value, _flag(fields, "truncated")),
        uncaught=False,
        emitted=_optional_text(fields, "emitted", MAX_EMITTED),
        left_open=_texts(fields, "left_open"),
    )


def _threw(fields: _Fields) -> Ended:
    properties = fields["properties"]
    if not isinstance(properties, dict):
        raise TypeError("properties are no object")
    ending = Threw(_text(fields, "name"), _text(fields, "message"), _text(fields, "stack"), properties)
    number, left_open = _number(fields, "invocation"), _texts(fields, "left_open")
    return Ended(number, ending, _flag(fields, "uncaught"), None, left_open)


_READERS: Mapping[str, Callable[[_Fields], Message]] = {
    "ready": _ready,
    "broken": _broken,
    "loaded": _loaded,
    "refused": _refused,
    "memory": _memory,
    "log": _log,
    "request": _request,
    "returned": _returned,
    "threw": _threw,
}
