"""Query parameters of the API, all mistakes at once."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from sandbox.access import ApiError

LIMIT: Final = 100
LIMIT_MAX: Final = 1_000


SEQ_MAX: Final = 2**62
"""Far beyond every number that a journal reaches, and within what SQLite holds."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    least: int
    most: int
    default: int


_NUMBERS: Final = {"after": _Bounds(0, SEQ_MAX, 0), "limit": _Bounds(1, LIMIT_MAX, LIMIT)}


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for: what comes after a sequence number, at most `limit`, and the filters."""

    after: int
    limit: int
    filters: Mapping[str, str]


def page(request: web.Request, *filters: str) -> Page:
    """Read `after`, `limit` and the named filters.

    Raises:
        ApiError: 400, naming every parameter that is wrong.
    """
    mistakes = _unknown(request, ["after", "limit", *filters])
    after, limit = _number(request, "after", mistakes), _number(request, "limit", mistakes)
    if mistakes:
        raise _bad_query(mistakes)
    return Page(after, limit, {name: request.query[name] for name in filters if name in request.query})


def after(request: web.Request) -> int | None:
    """Read `after` alone; None where it is not given.

    Raises:
        ApiError: 400, naming every parameter that is wrong.
    """
    mistakes = _unknown(request, ["after"])
    number = _number(request, "after", mistakes) if "after" in request.query else None
    if mistakes:
        raise _bad_query(mistakes)
    return number


def shows_secrets(request: web.Request) -> bool:
    """Read `secrets`: whether the values of sensitive settings are to be shown.

    Raises:
        ApiError: 400, it is neither `shown` nor `masked`.
    """
    text = request.query.get("secrets", "masked")
    if text not in ("shown", "masked"):
        raise _bad_query([f"secrets={text} is wrong: shown or masked is expected."])
    return text == "shown"


def seq_alone(request: web.Request) -> int:
    """Read the sequence number of a path that takes no parameter but `secrets`.

    Raises:
        ApiError: 404 when it is no number, 400 for another parameter.
    """
    if mistakes := _unknown(request, ["secrets"]):
        raise _bad_query(mistakes)
    shows_secrets(request)
    return seq_in_path(request)


def _bad_query(mistakes: list[str]) -> ApiError:
    return ApiError(400, "bad_query", " ".join(mistakes), "See docs/api.md for the parameters of each path.")


def _unknown(request: web.Request, known: list[str]) -> list[str]:
    mistakes = []
    for name in request.query:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f" Did you mean {near[0]}?" if near else f" Known are {', '.join(known)}."
            mistakes.append(f"{name} is not a parameter of {request.path}.{meant}")
    return mistakes


def _number(request: web.Request, name: str, mistakes: list[str]) -> int:
    bounds = _NUMBERS[name]
    text = request.query.get(name)
    if text is None:
        return bounds.default
    if text.isascii() and text.isdigit() and bounds.least <= (number := int(text[:19])) <= bounds.most:
        return number
    upper = f" to {bounds.most}" if bounds.most == LIMIT_MAX else " or more"
    mistakes.append(f"{name}={text} is wrong: a whole number, {bounds.least}{upper}, is expected.")
    return bounds.default


def seq_in_path(request: web.Request) -> int:
    """Read the sequence number at the end of the path.

    Raises:
        ApiError: 404 when it is no number.
    """
    text = request.match_info["seq"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - what SQLite holds
        raise ApiError(404, "not_found", f"{text} is not a sequence number.", "Use a `seq` from a list.")
    return int(text)
