"""The mistakes found in a workspace file: one sentence each, with the line and the dotted path."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.workspace.positions import Key

LONGEST_SHOWN = 60
"""Characters of a value that a sentence repeats."""

HUGE = 10**18
"""A whole number from here on is not repeated."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a key: `words` continue the sentence that begins with the key's dotted path."""

    key: Key
    words: str


@dataclass(slots=True)
class Mistakes:
    """Collects the mistakes of one file, so that all are told at once."""

    document: Mapping[str, Any]
    lines: Mapping[Key, int]
    found: list[Mistake] = field(default_factory=list)

    def add(self, key: Key, words: str) -> None:
        """Note that something is wrong at a key."""
        self.found.append(Mistake(key, words))

    def sentences(self, file_name: str) -> list[str]:
        """Write each mistake as `file:line: path words`, in the order of the lines."""
        located = [(self.line(each.key), each) for each in self.found]
        located.sort(key=lambda pair: pair[0])
        return [f"{file_name}:{line}: {dotted(each.key, self.document)} {each.words}" for line, each in located]

    def line(self, key: Key) -> int:
        """Find the line of a key, or of the closest table around it where it is missing."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return self.lines[key[:length]]
        return 1


def dotted(key: Key, document: Mapping[str, Any]) -> str:
    """Write the way to a value; an item of a list goes by its slug, key or label where it has one."""
    value: Any = document
    path = ""
    for part in key:
        value = _inside(value, part)
        path += _item(part, value) if isinstance(part, int) else f".{_quoted(part)}"
    return path.removeprefix(".")


def _inside(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (LookupError, TypeError):
        return None


def _item(number: int, item: Any) -> str:
    for name in ("slug", "key", "label"):
        called = _inside(item, name)
        if isinstance(called, str) and called:
            return f".{_quoted(called)}"
    return f"[{number}]"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def shown(value: Any) -> str:
    """Write a value as the file has it, shortened; lists and tables by their kind alone."""
    if isinstance(value, str):
        short = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
        return json.dumps(short, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < HUGE):
        return str(value)
    return kind_of(value)


def printable(sentence: str) -> str:
    """Escape what would break a line or command a terminal."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in sentence)


def kind_of(value: Any) -> str:
    """Name what a value is, in TOML's words."""
    match value:
        case str():
            return "a string"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Suggest the closest of the known names, or list them all."""
    names = list(known)
    close = difflib.get_close_matches(given, names, n=1)
    if close:
        return f'Did you mean "{close[0]}"?'
    return f"Known here: {', '.join(names)}." if names else "There are none yet."


def choices(names: Iterable[str]) -> str:
    """List what may be chosen: `"a", "b" or "c"`."""
    *others, last = [f'"{name}"' for name in names]
    return f"{', '.join(others)} or {last}" if others else last


def cause_of(error: Exception) -> str:
    """Say why a file could not be read, without repeating its path."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
