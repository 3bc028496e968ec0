"""Recipes for faults, checked: `[[faults]]`, or one table of it that came by another way."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.errors import UserMistakeError
from sandbox.faults import ALL_CALLS, CALL_MAX, Calls, Listed, Recipe, Span, calls_of
from sandbox.workspace.mistakes import Mistakes, did_you_mean, dotted, printable, shown
from sandbox.workspace.positions import Key
from sandbox.workspace.tables import FaultTable, read_faults

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_FORMS: Final = 'a number, an array of numbers, or one of "1-3", "4-" and "every 2nd"; calls count from 1'


def recipes(tables: Mapping[Key, FaultTable], mistakes: Mistakes) -> tuple[Recipe, ...]:
    """Build the recipes of a document, in its order; where there are mistakes, they are good for nothing."""
    return tuple(_recipe(key, table, mistakes) for key, table in tables.items())


def read_alone(order: Mapping[str, Any], sources: Iterable[str]) -> Recipe:
    """Read one recipe that is no part of a file.

    Raises:
        UserMistakeError: with every mistake in it, one on each line.
    """
    document = {"faults": [order], "sources": [{"slug": slug} for slug in sources]}
    mistakes = Mistakes(document, {})
    found = recipes(read_faults(mistakes), mistakes)
    if mistakes.found:
        sentences = [f"{dotted(each.key[2:], order) or 'the recipe'} {each.words}" for each in mistakes.found]
        raise UserMistakeError("\n".join(map(printable, sentences)))
    return found[0]


def _recipe(key: Key, table: FaultTable, mistakes: Mistakes) -> Recipe:
    _check_who(key, table, mistakes)
    _check_what(key, table, mistakes)
    for name, value in table.headers.items():
        if not (_HEADER_NAME.fullmatch(name) and value.isascii() and value.isprintable()):
            words = "is no header that can be sent. Write a name without spaces, and a value of plain characters."
            mistakes.add((*key, "headers", name), words)
    return Recipe(
        toward=table.toward,
        source=table.source,
        write_key=table.write_key,
        path=table.path,
        calls=_calls(key, table.calls, mistakes),
        status=table.status,
        headers=tuple(table.headers.items()),
        body=table.body,
        delay=table.delay,
        cut=table.cut,
        taken_in=table.taken_in,
        probability=table.probability,
        seed=table.seed,
    )


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


def _calls(key: Key, given: Any, mistakes: Mistakes) -> Calls:
    """Read which calls are meant: a number, an array of numbers, or text."""
    calls = ALL_CALLS if given is None else _calls_of(given)
    if calls is None:
        mistakes.add((*key, "calls"), f"is {shown(given)}; expected {_FORMS}.")
    return calls or ALL_CALLS


def _calls_of(given: Any) -> Calls | None:
    if isinstance(given, str):
        return calls_of(given)
    numbers = given if isinstance(given, list) else [given]
    if not numbers or not all(type(each) is int and 1 <= each <= CALL_MAX for each in numbers):
        return None
    return Listed(tuple(numbers)) if isinstance(given, list) else Span(given, given)
