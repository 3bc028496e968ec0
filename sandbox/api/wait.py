"""Waiting at `/_sandbox/wait`: an answer once what is waited for is there, else word of what came instead."""

import asyncio
import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from sandbox.access import ApiError
from sandbox.api.bodies import json_answer
from sandbox.api.masks import masked
from sandbox.api.nearest import Miss, asked, nearest
from sandbox.api.queries import SEQ_MAX, shows_secrets
from sandbox.clock import duration_ms
from sandbox.edits import PathError, parts_of
from sandbox.journal import Journal
from sandbox.journal.arrivals import FILTERS, STATES, Arrival, Kind, Wanted
from sandbox.journal.selection import NUMBERS

TIMEOUT_S: Final = 10.0
TIMEOUT_MAX_S: Final = 60.0
COUNT_MAX: Final = 1_000
AT_ONCE: Final = 500
COMPARED: Final = 500
"""How many of the newest arrivals are looked through for the nearest miss."""

WHERE: Final = "where."
"""What a parameter begins with whose name goes on as a path into the message; one with a dot needs it not."""

_PARAMETERS: Final = ("kind", "after", "count", "timeout", "state", "secrets")


@dataclass(frozen=True, slots=True)
class _Order:
    """What is waited for, behind which number, how many of it, how long in seconds, and whether secrets are shown."""

    wanted: Wanted
    after: int
    count: int
    timeout_s: float
    secrets_shown: bool


@dataclass(slots=True)
class _Found:
    """What has fitted so far, each message or delivery once, by its number."""

    arrivals: dict[int, Arrival]
    next: int


class Waiting:
    """Those who wait."""

    def __init__(self, journal: Journal, secrets: Callable[[], frozenset[str]]) -> None:
        self._journal = journal
        self._secrets = secrets
        self._closed = asyncio.Event()

    async def wait(self, request: web.Request) -> web.Response:
        """`{"matches": […], "next": seq}` as soon as so many have come; else 408 with the nearest miss."""
        order = _order(request)
        found = _Found({}, order.after)
        deadline = asyncio.get_running_loop().time() + order.timeout_s
        while True:
            await self._look(order, found)
            if len(found.arrivals) == order.count:
                return json_answer({"matches": await self._shown(order, found), "next": found.next})
            if not await self._more(found.next, deadline):
                raise await self._in_vain(order, found)

    async def close(self, _: web.Application) -> None:
        """End all waits, so that a stop need not wait for them."""
        self._closed.set()

    async def _look(self, order: _Order, found: _Found) -> None:
        """Take what has come since the last look, page by page; `next` is then the last number looked at."""
        while len(found.arrivals) < order.count:
            newest = self._journal.seq
            arrivals, last = await self._journal.read.arrivals(order.wanted, found.next, AT_ONCE)
            for arrival in arrivals:
                found.arrivals.setdefault(arrival.item, arrival)
                if len(found.arrivals) == order.count:
                    found.next = arrival.seq
                    return
            if last is None:
                found.next = max([found.next, newest, *(arrival.seq for arrival in arrivals)])
                return
            found.next = last

    async def _more(self, after: int, deadline: float) -> bool:
        """Wait for something new; False when the time is over, or the sandbox stops."""
        news = asyncio.ensure_future(self._journal.beyond(after))
        stopped = asyncio.ensure_future(self._closed.wait())
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        try:
            await asyncio.wait([news, stopped], timeout=left, return_when=asyncio.FIRST_COMPLETED)
            return news.done() and not self._closed.is_set()
        finally:
            news.cancel()
            stopped.cancel()

    async def _shown(self, order: _Order, found: _Found) -> list[dict[str, Any]]:
        """Show what fitted as the lists do, in the state in which it fitted."""
        shown = [await self._item(order, arrival) for arrival in found.arrivals.values()]
        return [each for each in shown if each is not None]

    async def _item(self, order: _Order, arrival: Arrival) -> dict[str, Any] | None:
        if order.wanted.kind is Kind.MESSAGE:
            messages = await self._journal.read.messages(arrival.item - 1, 1, {})
            return next((each for each in messages if each["seq"] == arrival.item), None)
        delivery = await self._journal.read.delivery(arrival.item)
        if delivery is None:
            return None
        at_the_time = {"state": arrival.state, "reason": arrival.values["reason"]}
        shown = {**delivery, **at_the_time, "message": arrival.body}
        masks: dict[str, Any] = shown if order.secrets_shown else await masked(shown, self._secrets())
        return masks

    async def _in_vain(self, order: _Order, found: _Found) -> ApiError:
        """Say what was waited for, and what came instead."""
        wanted = order.wanted
        matches = await self._shown(order, found)
        came = await self._journal.read.newest_arrivals(wanted.kind, COMPARED)
        miss = nearest(wanted, order.after, [each for each in came if each.item not in found.arrivals])
        beside = {
            "matches": matches,
            "nearest": None if miss is None else await self._item(order, miss.arrival),
            "diff": [] if miss is None else [each.shown() for each in miss.differences],
            "next": found.next,
        }
        message = " ".join([_what_failed(order, len(matches)), *_what_came(wanted.kind, miss)])
        return ApiError(408, "waited_in_vain", message, await self._hint(miss, order.after), beside)

    async def _hint(self, miss: Miss | None, after: int) -> str:
        refused = await self._journal.read.refused(after, 1)
        if refused:
            told = refused[0]
            return f"{told['method']} {told['path']} was refused: {told['message']} See /_sandbox/refused."
        if miss is not None and miss.arrival.state == "awaiting_retry":
            return "It awaits its next attempt: `segment-sandbox clock advance 4h` makes all that are left."
        if miss is not None:
            return "What was asked for and what came stand side by side in diff."
        return "`segment-sandbox doctor` looks for the reason why nothing arrives."


def _what_failed(order: _Order, count: int) -> str:
    kind = {Kind.MESSAGE: "messages", Kind.DELIVERY: "deliveries"}[order.wanted.kind]
    conditions = ", ".join(f"{name}={value}" for name, value in asked(order.wanted).items())
    of = f" with {conditions}" if conditions else ""
    return f"{count} of {order.count} {kind}{of} came after {order.after} within {order.timeout_s:g} s."


def _what_came(kind: Kind, miss: Miss | None) -> list[str]:
    if miss is None:
        return ["Nothing else came."]
    differences = "; ".join(each.sentence() for each in miss.differences)
    return [f"The nearest is {kind} {miss.arrival.item}: {differences}."]


def _order(request: web.Request) -> _Order:
    """Read the parameters.

    Raises:
        ApiError: 400, naming every parameter that is wrong.
    """
    query: Mapping[str, str] = request.query
    mistakes: list[str] = []
    kind = _kind(query, mistakes)
    filters = {name: _filter(name, query[name], mistakes) for name in query if name in FILTERS[kind]}
    asked_for = [(name.removeprefix(WHERE), value) for name, value in query.items() if "." in name]
    paths = dict(asked_for)
    known = [*_PARAMETERS, *FILTERS[kind]]
    mistakes += [_unknown(name, kind, known) for name in query if "." not in name and name not in known]
    for names in ([name for name, _ in query.items() if "." not in name], [path for path, _ in asked_for]):
        mistakes += [f"{name} is given twice." for name, count in Counter(names).items() if count > 1]
    mistakes += list(_no_paths(paths))
    order = _Order(
        Wanted(kind, filters, _states(query, kind, mistakes), paths),
        _number(query, "after", (0, SEQ_MAX), 0, mistakes),
        _number(query, "count", (1, COUNT_MAX), 1, mistakes),
        _timeout(query, mistakes),
        shows_secrets(request),
    )
    if mistakes:
        hint = "See docs/api.md for the parameters of each path."
        raise ApiError(400, "bad_query", " ".join(dict.fromkeys(mistakes)), hint)
    return order


def _unknown(name: str, kind: Kind, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    meant = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
    return f"{name} is not a parameter for a {kind}; a value in the message is asked for as {WHERE}{name}. {meant}"


def _no_paths(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        try:
            parts_of(path)
        except PathError as error:
            yield f"{error}."


def _kind(query: Mapping[str, str], mistakes: list[str]) -> Kind:
    try:
        return Kind(query.get("kind", Kind.MESSAGE))
    except ValueError:
        mistakes.append(f"kind={query['kind']} is wrong: message or delivery is expected.")
        return Kind.DELIVERY


def _states(query: Mapping[str, str], kind: Kind, mistakes: list[str]) -> tuple[str, ...]:
    asked_for = tuple(query["state"].split(",")) if "state" in query else ()
    wrong = [state for state in asked_for if state not in STATES[kind]]
    if wrong:
        mistakes.append(f"state={','.join(wrong)} is wrong: expected are {', '.join(STATES[kind])}.")
    return asked_for


def _filter(name: str, text: str, mistakes: list[str]) -> str | int:
    return _number({name: text}, name, (1, SEQ_MAX), 1, mistakes) if name in NUMBERS else text


def _number(query: Mapping[str, str], name: str, bounds: tuple[int, int], default: int, mistakes: list[str]) -> int:
    text = query.get(name)
    if text is None:
        return default
    least, most = bounds
    if text.isascii() and text.isdigit() and least <= (number := int(text[:19])) <= most:
        return number
    mistakes.append(f"{name}={text} is wrong: a whole number, {least} or more, is expected.")
    return default


def _timeout(query: Mapping[str, str], mistakes: list[str]) -> float:
    text = query.get("timeout")
    if text is None:
        return TIMEOUT_S
    milliseconds = duration_ms(f"{text}s" if text.isascii() and text.isdigit() else text)
    if milliseconds is not None and milliseconds <= TIMEOUT_MAX_S * 1000:
        return milliseconds / 1000
    mistakes.append(f"timeout={text} is wrong: at most {TIMEOUT_MAX_S:g} seconds are expected, as 5 or 500ms.")
    return TIMEOUT_S
