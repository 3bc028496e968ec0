"""The JSON that the API is sent and answers."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from sandbox.access import PRIVATE, ApiError


def json_answer(value: object) -> web.Response:
    """Answer a value as JSON that nobody keeps."""
    return web.Response(body=orjson.dumps(value), content_type="application/json", headers=PRIVATE)


def object_in(body: bytes, hint: str) -> dict[str, Any]:
    """Read an object; the hint says what is expected.

    Raises:
        ApiError: 400, the body is no JSON or no object.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "bad_request", f"The body is no JSON: {error}.", hint) from None
    if not isinstance(found, dict):
        raise ApiError(400, "bad_request", "The body is no object.", hint)
    return found


def order_in(body: bytes, kinds: Mapping[str, Any], hint: str, *, needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read an object whose fields are of these kinds, some of which have to be there.

    Raises:
        ApiError: 400, naming every mistake.
    """
    order = object_in(body, hint)
    mistakes = [f"{name} is not known." for name in order if name not in kinds]
    mistakes += [
        f"{name} is of the wrong type."
        for name in order
        if name in kinds and not isinstance(order[name], kinds[name])
    ]
    mistakes += [f"{name} is missing." for name in needed if name not in order]
    refuse(mistakes, hint)
    return order


def refuse(mistakes: list[str], hint: str) -> None:
    """Say what is wrong with an order, all at once; nothing where nothing is.

    Raises:
        ApiError: 400.
    """
    if mistakes:
        raise ApiError(400, "bad_request", " ".join(mistakes), hint)
