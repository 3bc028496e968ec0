"""Requests for the load generator: always the same but for the messageIds, which are never the same."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final
from uuid import uuid4

import orjson

WRITE_KEY: Final = "benchWebsiteWriteKey000000000001"
_MARK: Final = "MESSAGE-ID-MARK-16"

_TRACK: Final[dict[str, Any]] = {
    "type": "track",
    "messageId": _MARK,
    "userId": "user-4711",
    "event": "Order Completed",
    "timestamp": "2024-02-29T12:30:00.123Z",
    "context": {
        "library": {"name": "analytics-node", "version": "2.1.0"},
        "locale": "en-GB",
        "page": {"path": "/checkout", "title": "Checkout", "url": "https://shop.example/checkout"},
    },
    "properties": {"orderId": "A-1001", "total": 42.5, "currency": "EUR", "products": [{"sku": "x1", "quantity": 2}]},
}
"""A track call as servers send it, about 450 bytes."""

_SMALL: Final[dict[str, Any]] = {
    "type": "track",
    "messageId": _MARK,
    "userId": "user-4711",
    "event": "Ping",
    "integrations": {"All": False},
}
"""A small call that no destination gets: it comes, is written with its filtered delivery, and goes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The kind of request: its path, and the pieces of its body between the messageIds."""

    path: str
    pieces: tuple[bytes, ...]


def single() -> Shape:
    """Shape one track call."""
    return _shape("/v1/track", _TRACK)


def batch(size: int) -> Shape:
    """Shape a batch of track calls."""
    return _shape("/v1/batch", {"batch": [_TRACK] * size})


def small_batch(size: int) -> Shape:
    """Shape a batch of small calls."""
    return _shape("/v1/batch", {"batch": [_SMALL] * size})


def _shape(path: str, body: dict[str, Any]) -> Shape:
    return Shape(path, tuple(orjson.dumps(body).split(_MARK.encode())))


def event_body() -> bytes:
    """Return the body of one track call."""
    return next(_bodies(single()))


def requests(shape: Shape, port: int) -> Iterator[bytes]:
    """Make HTTP requests without end, as bytes for a kept-alive connection."""
    length = len(next(_bodies(shape)))
    head = (
        f"POST {shape.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Basic {_user(WRITE_KEY)}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    for body in _bodies(shape):
        yield head + body


def _bodies(shape: Shape) -> Iterator[bytes]:
    """Fill new messageIds in; they all have the same length."""
    prefix, numbers = uuid4().hex[:12], count()
    first, *others = shape.pieces
    while True:
        filled = [first]
        for piece in others:
            filled.append(f"{prefix}-{next(numbers):011d}".encode())
            filled.append(piece)
        yield b"".join(filled)


def _user(key: str) -> str:
    return b64encode(f"{key}:".encode()).decode()


SHAPES: Final = {"single": single(), "batch100": batch(100), "small500": small_batch(500)}
