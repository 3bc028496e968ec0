"""Looks into the document as it was written, where tables may have mistakes of their own."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.workspace.mistakes import Mistakes


def items(value: Any) -> list[Any]:
    """Return an array's items, none where there is no array."""
    return value if isinstance(value, list) else []


def strings(tables: Iterable[Any], name: str) -> Iterable[str]:
    """Give the values that a key has in these tables, those that are strings."""
    values = (item.get(name) for item in tables if isinstance(item, Mapping))
    return (value for value in values if isinstance(value, str))


def tables_with_slug(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the tables of an array that have a slug, be they without mistakes or not."""
    tables = (item for item in items(document.get(name)) if isinstance(item, Mapping))
    return [table for table in tables if isinstance(table.get("slug"), str)]


def unique(tables: str, name: str, words: str, mistakes: Mistakes) -> None:
    """Refuse a value that an earlier table of the same array has.

    `words` are the complaint, with `{what}` for the key's name and `{line}` for where the value was first.
    """
    first: dict[str, int] = {}
    for number, item in enumerate(items(mistakes.document.get(tables))):
        value = item.get(name) if isinstance(item, Mapping) else None
        if not isinstance(value, str):
            continue
        if value in first:
            line = mistakes.line((tables, first[value], name))
            mistakes.add((tables, number, name), words.format(what=name.replace("_", " "), line=line))
        first.setdefault(value, number)
