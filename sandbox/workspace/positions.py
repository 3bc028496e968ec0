"""On which line of a TOML document each key stands; `tomllib` reads the values and forgets the lines."""

import re
import tomllib
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str | int, ...]
"""The way to a value: names of keys, and numbers of items counted from 0."""

_TOKEN = re.compile(
    r'''
      (?P<skip>   [ \t]+ | \#[^\n]* )
    | (?P<quoted> """ (?:\\.|[^\\])*? "{3,5} | \'\'\' .*? '{3,5}
                | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    | (?P<mark>   [\[\]{},=.\n] )
    | (?P<bare>   [^ \t\n\#"'\[\]{},=.]+ )
    ''',
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int


def locate(document: str) -> dict[Key, int]:
    """Find the line, from 1, of every key, table and item of a document that `tomllib` has read.

    A table stands where its header is, or its first key when it has none.
    """
    locator = _Locator(_tokens(document.replace("\r\n", "\n")))
    locator.document()
    return locator.lines


def _tokens(document: str) -> list[_Token]:
    tokens = []
    line = 1
    for match in _TOKEN.finditer(document):
        if match.lastgroup != "skip":
            tokens.append(_Token(match.group(), line))
        line += match.group().count("\n")
    return [*tokens, _Token("\n", line)]


def _name(token: _Token) -> str:
    if token.text[0] not in "\"'":
        return token.text
    name: str = tomllib.loads(f"name = {token.text}")["name"]
    return name


class _Locator:
    """Walks the tokens once; the document is known to be right, so nothing is checked."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.lines: dict[Key, int] = {}
        self._tokens = tokens
        self._next = 0
        self._lengths: dict[Key, int] = {}  # of arrays of tables

    def document(self) -> None:
        table: Key = ()
        while self._next < len(self._tokens):
            if self._take("\n"):
                continue
            if self._take("["):
                table = self._header()
            else:
                self._pair(table)

    def _peek(self) -> str:
        return self._tokens[self._next].text

    def _take(self, text: str) -> bool:
        found = self._peek() == text
        self._next += found
        return found

    def _blank_lines(self) -> None:
        while self._take("\n"):
            pass

    def _header(self) -> Key:
        line = self._tokens[self._next].line
        is_array = self._take("[")
        *parents, last = self._dotted()
        table: Key = ()
        for name in parents:
            table = self._newest((*table, name), line)
        table = (*table, last)
        if is_array:
            self.lines.setdefault(table, line)
            self._lengths[table] = self._lengths.get(table, 0) + 1
            table = self._newest(table, line)
        self.lines[table] = line
        self._next += 1 + is_array  # closing brackets
        return table

    def _newest(self, table: Key, line: int) -> Key:
        """Step into the last item of an array of tables."""
        self.lines.setdefault(table, line)
        length = self._lengths.get(table)
        return table if length is None else (*table, length - 1)

    def _dotted(self) -> list[str]:
        names = [self._part()]
        while self._take("."):
            names.append(self._part())
        return names

    def _part(self) -> str:
        token = self._tokens[self._next]
        self._next += 1
        return _name(token)

    def _pair(self, table: Key) -> None:
        line = self._tokens[self._next].line
        for name in self._dotted():
            table = (*table, name)
            self.lines.setdefault(table, line)
        self._next += 1  # the equals sign
        self._value(table)

    def _value(self, key: Key) -> None:
        if self._take("["):
            self._array(key)
        elif self._take("{"):
            self._inline_table(key)
        else:
            while self._peek() not in {"\n", ",", "]", "}"}:
                self._next += 1

    def _array(self, key: Key) -> None:
        length = 0
        self._blank_lines()
        while not self._take("]"):
            item = (*key, length)
            self.lines[item] = self._tokens[self._next].line
            self._value(item)
            length += 1
            self._blank_lines()
            self._take(",")
            self._blank_lines()

    def _inline_table(self, key: Key) -> None:
        while not self._take("}"):
            self._pair(key)
            self._take(",")
