"""Query parameters of the API, all mistakes at once."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from sandbox.access import ApiError
from sandbox.clock import duration_ms
from sandbox.outcomes import DeliveryState

LIMIT: Final = 100
LIMIT_MAX: Final = 1_000

SINCE_MS: Final = 60 * 60 * 1000
SINCE_MAX_MS: Final = 4 * SINCE_MS
"""How far an overview by the minute reaches at Segment."""


SEQ_MAX: Final = 2**62
"""Far beyond every number that a journal reaches, and within what SQLite holds."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    least: int
    most: int
    default: int


_NUMBERS: Final = {
    "after": _Bounds(0, SEQ_MAX, 0),
    "before": _Bounds(0, SEQ_MAX, SEQ_MAX),
    "limit": _Bounds(1, LIMIT_MAX, LIMIT),
}
ORDERS: Final = ("oldest", "newest")
"""What a list may begin with; the first is the default."""

_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "order": ORDERS,
    "secrets": ("shown", "masked"),
    "state": tuple(DeliveryState),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for: what lies between two sequence numbers, at most `limit`, and the filters.

    Attributes:
        newest: the list begins with the newest.
    """

    after: int
    limit: int
    filters: Mapping[str, str]
    before: int = SEQ_MAX
    newest: bool = False


def page(request: web.Request, *filters: str) -> Page:
    """Read `after`, `limit` and the named filters.

    Raises:
        ApiError: 400, naming every parameter that is wrong.
    """
    mistakes = _mistakes(request, ["after", "limit", *filters])
    after, limit = _number(request, "after", mistakes), _number(request, "limit", mistakes)
    if mistakes:
        raise _bad_query(mistakes)
    return Page(after, limit, {name: request.query[name] for name in filters if name in request.query})


def page_either_way(request: web.Request, *filters: str) -> Page:
    """Read `order` and `before` too, of a list that can begin with the newest.

    Raises:
        ApiError: 400, naming every parameter that is wrong.
    """
    mistakes = _mistakes(request, ["after", "before", "order", "limit", *filters])
    after, before, limit = (_number(request, name, mistakes) for name in ("after", "before", "limit"))
    if mistakes:
        raise _bad_query(mistakes)
    given = {name: request.query[name] for name in filters if name in request.query}
    return Page(after, limit, given, before, newest=request.query.get("order") == "newest")


def filters_alone(request: web.Request, *names: str) -> Mapping[str, str]:
    """Read the named filters alone.

    Raises:
        ApiError: 400, naming every parameter that is wrong.
    """
    if mistakes := _mistakes(request, list(names)):
        raise _bad_query(mistakes)
    return {name: request.query[name] for name in names if name in request.query}


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


def window_in(request: web.Request, *filters: str) -> tuple[int, Mapping[str, str]]:
    """Read `since`, how far back in milliseconds, and the named filters.

    Raises:
        ApiError: 400, naming every parameter that is wrong.
    """
    mistakes = _unknown(request, ["since", *filters])
    text = request.query.get("since")
    since_ms = SINCE_MS if text is None else duration_ms(text)
    if since_ms is None or not 0 < since_ms <= SINCE_MAX_MS:
        mistakes.append(f"since={text} is wrong: more than nothing and at most 4h is expected, as 15m or 1h.")
    if mistakes or since_ms is None:
        raise _bad_query(mistakes)
    return since_ms, {name: request.query[name] for name in filters if name in request.query}


def shows_secrets(request: web.Request) -> bool:
    """Read `secrets`: whether the values of sensitive settings are to be shown.

    Raises:
        ApiError: 400, it is neither `shown` nor `masked`.
    """
    if mistakes := _not_chosen(request, ["secrets"]):
        raise _bad_query(mistakes)
    return request.query.get("secrets") == "shown"


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


def _mistakes(request: web.Request, known: list[str]) -> list[str]:
    return [*_unknown(request, known), *_not_chosen(request, known)]


def _not_chosen(request: web.Request, names: list[str]) -> list[str]:
    """Say which parameters have a value that is none of theirs."""
    given = {name: request.query[name] for name in names if name in request.query}
    return wrong_choices(given)


def wrong_choices(given: Mapping[str, object]) -> list[str]:
    """Name every value that is none of those that its parameter has; parameters of free text have none."""
    return [
        f"{name}={value} is wrong: {_one_of(_CHOICES[name])} is expected."
        for name, value in given.items()
        if name in _CHOICES and value not in _CHOICES[name]
    ]


def _one_of(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


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
