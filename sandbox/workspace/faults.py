"""Recipes for faults, checked: `[[faults]]`, or one table of it that came by another way."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.calls import ALL_CALLS, CALL_MAX, Calls, Listed, Span, calls_of
from sandbox.errors import UserMistakeError
from sandbox.faults import DELAY_MAX_S, AnyRecipe, Recipe
from sandbox.partner_faults import NETWORK, PartnerRecipe
from sandbox.workspace.mistakes import Mistakes, did_you_mean, dotted, printable, shown
from sandbox.workspace.positions import Key
from sandbox.workspace.tables import HOLD_MAX_S, FaultTable, read_faults

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_FORMS: Final = 'a number, an array of numbers, or one of "1-3", "4-" and "every 2nd"; calls count from 1'


def recipes(tables: Mapping[Key, FaultTable], mistakes: Mistakes) -> tuple[AnyRecipe, ...]:
    """Build the recipes of a document, in its order; where there are mistakes, they are good for nothing."""
    return tuple(
        _recipe(key, table, mistakes) if table.toward == "sdk" else _partner_recipe(key, table, mistakes)
        for key, table in tables.items()
    )


def read_alone(order: Mapping[str, Any], sources: Iterable[str], destinations: Iterable[str]) -> AnyRecipe:
    """Read one recipe that is no part of a file.

    Raises:
        UserMistakeError: with every mistake in it, one on each line.
    """
    document = {
        "faults": [order],
        "sources": [{"slug": slug} for slug in sources],
        "destinations": [{"slug": slug} for slug in destinations],
    }
    mistakes = Mistakes(document, {})
    found = recipes(read_faults(mistakes), mistakes)
    if mistakes.found:
        sentences = [f"{dotted(each.key[2:], order) or 'the recipe'} {each.words}" for each in mistakes.found]
        raise UserMistakeError("\n".join(map(printable, sentences)))
    return found[0]


def _recipe(key: Key, table: FaultTable, mistakes: Mistakes) -> Recipe:
    _only(key, _TOWARD_SDK, table, mistakes)
    _check_who(key, table, mistakes)
    _check_what(key, table, mistakes)
    _check_headers(key, table, mistakes)
    delay = _bounds(key, "delay", table.delay, DELAY_MAX_S, mistakes)
    if delay[0] != delay[1]:
        mistakes.add((*key, "delay"), "is a range; toward the SDK it is one number of seconds.")
    return Recipe(
        source=table.source,
        write_key=table.write_key,
        path=table.path,
        calls=_calls(key, table.calls, mistakes),
        status=table.status,
        headers=tuple(table.headers.items()),
        body=table.body,
        delay=delay[0],
        cut=table.cut,
        taken_in=table.taken_in,
        probability=table.probability,
        seed=table.seed,
    )


def _partner_recipe(key: Key, table: FaultTable, mistakes: Mistakes) -> PartnerRecipe:
    _only(key, _TOWARD_PARTNER, table, mistakes)
    _check_destination(key, table, mistakes)
    _check_headers(key, table, mistakes)
    _check_partner(key, table, mistakes)
    return PartnerRecipe(
        destination=table.destination,
        type=table.type,
        event=table.event,
        url=table.url,
        attempts=_calls(key, table.attempts, mistakes, "attempts"),
        network=table.network,
        status=table.status,
        headers=tuple(table.headers.items()),
        body=table.body,
        delay=_bounds(key, "delay", table.delay, DELAY_MAX_S, mistakes),
        quota=table.quota,
        window=table.window,
        hold=_bounds(key, "hold", table.hold, HOLD_MAX_S, mistakes),
        duplicate=table.duplicate,
        skew=table.skew,
        probability=table.probability,
        seed=table.seed,
    )


_BOTH: Final = frozenset({"toward", "status", "headers", "body", "delay", "probability", "seed"})
_TOWARD_SDK: Final = _BOTH | {"source", "write_key", "path", "calls", "cut", "taken_in"}
_TOWARD_PARTNER: Final = _BOTH | {
    *("destination", "type", "event", "url", "attempts", "network", "quota", "window", "hold", "duplicate", "skew"),
}


def _only(key: Key, known: frozenset[str], table: FaultTable, mistakes: Mistakes) -> None:
    """Say of each key that is given and means nothing toward this side."""
    for name in sorted(table.model_fields_set - known):
        mistakes.add(
            (*key, name), f'means nothing with toward = "{table.toward}". Known there: {", ".join(sorted(known))}.'
        )


def _check_destination(key: Key, table: FaultTable, mistakes: Mistakes) -> None:
    destinations = _slugs(mistakes.document.get("destinations"))
    if table.destination is not None and table.destination not in destinations:
        hint = did_you_mean(table.destination, destinations)
        words = f"is {shown(table.destination)}; there is no such destination. {hint}"
        mistakes.add((*key, "destination"), words)


def _check_partner(key: Key, table: FaultTable, mistakes: Mistakes) -> None:
    whole = [name for name in ("hold", "duplicate", "skew") if getattr(table, name)]
    single = [name for name in ("network", "status", "delay") if getattr(table, name)]
    single += ["quota"] if table.quota is not None else []
    if not (whole or single):
        mistakes.add(
            key, f"does nothing. Add network, status, delay, quota, hold, duplicate or skew ({', '.join(NETWORK)})."
        )
    if whole and single:
        words = f"strikes whole attempts, and {single[0]} single requests. Write two recipes."
        mistakes.add((*key, whole[0]), words)
    if table.network is not None and table.status is not None:
        mistakes.add(
            (*key, "network"), "is there beside a status, but who gets no answer gets no status. Keep one of the two."
        )
    if table.status is None and table.quota is None:
        for name in ("headers", "body"):
            if getattr(table, name):
                mistakes.add((*key, name), "is there without a status, so that nothing carries it. Add one.")


def _check_headers(key: Key, table: FaultTable, mistakes: Mistakes) -> None:
    for name, value in table.headers.items():
        if not (_HEADER_NAME.fullmatch(name) and value.isascii() and value.isprintable()):
            words = "is no header that can be sent. Write a name without spaces, and a value of plain characters."
            mistakes.add((*key, "headers", name), words)


def _bounds(key: Key, name: str, given: Any, most: float, mistakes: Mistakes) -> tuple[float, float]:
    """Read seconds: one number, or the two between which it is drawn."""
    numbers = given if isinstance(given, list) else [given, given]
    well = len(numbers) == 2 and all(type(each) in (int, float) and 0 <= each <= most for each in numbers)  # noqa: PLR2004
    if not well or numbers[0] > numbers[1]:
        words = f"is {shown(given)}; expected are seconds, 0 to {most:g}, or two of them, the smaller one first."
        mistakes.add((*key, name), words)
        return 0.0, 0.0
    return float(numbers[0]), float(numbers[1])


def _check_who(key: Key, table: FaultTable, mistakes: Mistakes) -> None:
    if table.source is None:
        return
    if table.write_key is not None:
        mistakes.add((*key, "write_key"), "is there beside source, which says the same. Keep one of the two.")
    sources = _slugs(mistakes.document.get("sources"))
    if table.source not in sources:
        words = f"is {shown(table.source)}; there is no such source. {did_you_mean(table.source, sources)}"
        mistakes.add((*key, "source"), words)


def _slugs(sources: Any) -> list[str]:
    """Give the slugs of the sources that have one, be they without mistakes or not."""
    tables = [each for each in sources if isinstance(each, Mapping)] if isinstance(sources, list) else []
    return [each["slug"] for each in tables if isinstance(each.get("slug"), str)]


def _check_what(key: Key, table: FaultTable, mistakes: Mistakes) -> None:
    if table.status is None:
        if not (table.cut or table.delay):
            mistakes.add(key, "does nothing. Add status, delay or cut = true.")
        for name in ("headers", "body"):
            if getattr(table, name):
                mistakes.add((*key, name), "is there without a status, so that nothing carries it. Add one.")
    elif table.cut:
        mistakes.add(
            (*key, "cut"), "is true beside a status, but what is cut off has no answer. Keep one of the two."
        )


def _calls(key: Key, given: Any, mistakes: Mistakes, name: str = "calls") -> Calls:
    """Read which calls are meant: a number, an array of numbers, or text."""
    calls = ALL_CALLS if given is None else _calls_of(given)
    if calls is None:
        mistakes.add((*key, name), f"is {shown(given)}; expected {_FORMS}.")
    return calls or ALL_CALLS


def _calls_of(given: Any) -> Calls | None:
    if isinstance(given, str):
        return calls_of(given)
    numbers = given if isinstance(given, list) else [given]
    if not numbers or not all(type(each) is int and 1 <= each <= CALL_MAX for each in numbers):
        return None
    return Listed(tuple(numbers)) if isinstance(given, list) else Span(given, given)
