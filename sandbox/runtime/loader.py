"""Where partner code stands in the script that V8 sees: the wrapper, and places in errors.

The code becomes the body of a sloppy function whose parameters are the handlers' names, all on the first
line, so that lines are the partner's own and only the first line's columns are shifted. What the handlers
are is noted before the code runs (hoisted functions) and after it (assigned ones).
Source: segmentio/functions-library, the loader of its test kit.
"""

import re
from collections.abc import Iterator, Sequence

HANDLERS = ("onIdentify", "onTrack", "onPage", "onScreen", "onGroup", "onAlias", "onDelete")
_BATCH = "onBatch"
_REQUEST = "onRequest"
_EXPORTS = "exports"
"""The object of the oldest form, `exports.processEvents`, of source functions as well."""
_OF_2019 = ("identify", "track", "page", "screen", "group", "alias", _EXPORTS)
"""The names until 2 January 2020, and those before them.

Source: segment-docs at 136baf25d and f8465fcff, partners, Build functions.
"""
SCRIPT = "handler.js"
"""The name of the script as JavaScript sees it, which is Segment's."""

_PLACE = re.compile(rf"{re.escape(SCRIPT)}:(\d+):(\d+)")
_PARSE_ERROR = re.compile(r"^[^\n]*?:(\d+): (SyntaxError: [^\n]*)\n([^\n]*)\n( *)\^", re.MULTILINE)

_NOT_RUN = "throw 0;"
_ILLEGAL_RETURN = "SyntaxError: Illegal return statement"

SyntaxPlace = tuple[str, int | None, int | None, str | None]
"""Message, line, column, source line; lines and columns count from 1."""


def normal(source: str) -> str:
    """Return the source without its byte-order mark."""
    return source.removeprefix("\ufeff")


def names_for(kind: str, handlers: str) -> tuple[str, ...]:
    """Return the names that are parameters around the code: the handlers of its kind, old ones where wanted."""
    if kind == "source":
        return (_REQUEST, _EXPORTS) if handlers == "2019" else (_REQUEST,)
    today = HANDLERS if kind == "subscription" else (*HANDLERS, _BATCH)
    return (*today, *_OF_2019) if handlers == "2019" else today


def wrap(source: str, names: Sequence[str] = HANDLERS, *, unrun: bool = False) -> str:
    """Return the script that evaluates to the function around the code; `unrun` only to see whether it parses."""
    return f"{_NOT_RUN if unrun else ''}{_prefix(names)}{normal(source)}\n;{_keep(names)}}})\n//# sourceURL={SCRIPT}"


def bare(source: str) -> str:
    """Return a script of the code alone, none of which runs: V8 then finds fault with the code itself."""
    return f"{_NOT_RUN}{normal(source)}\n//# sourceURL={SCRIPT}"


def bare_place(text: str, source: str) -> SyntaxPlace | None:
    """Read V8's report of a bare script; `None` where only the function around the code would make it right."""
    return None if _ILLEGAL_RETURN in text else _syntax_place(text, source, len(_NOT_RUN))


def _prefix(names: Sequence[str]) -> str:
    return f"(function(__keep,{','.join(names)}){{{_keep(names)}"


def _keep(names: Sequence[str]) -> str:
    return f"__keep({{{','.join(names)}}});"


def line_of(source: str, line: int | None) -> str | None:
    """Return a line of the source, counted from 1, or `None` when there is none."""
    lines = normal(source).splitlines()
    return lines[line - 1] if line is not None and 1 <= line <= len(lines) else None


def syntax_place(text: str, source: str, names: Sequence[str] = HANDLERS, *, unrun: bool = False) -> SyntaxPlace:
    """Read message and place out of V8's report of code that does not parse, with the function around it."""
    return _syntax_place(text, source, len(_prefix(names)) + (len(_NOT_RUN) if unrun else 0))


def _syntax_place(text: str, source: str, before: int) -> SyntaxPlace:
    """Read it, where so many columns stand before the code."""
    found = _PARSE_ERROR.search(text)
    if found is None:
        return text.partition("\n")[0], None, None, None
    line, column = int(found[1]), len(found[4]) + 1
    lines = normal(source).splitlines() or [""]
    if line > len(lines):
        return "SyntaxError: Unexpected end of input", len(lines), len(lines[-1]) + 1, lines[-1]
    return found[2], line, _without(before, line, column), lines[line - 1]


def first_place(stack: str, names: Sequence[str] = HANDLERS) -> tuple[int | None, int | None]:
    """Return line and column of the first frame in the partner's code."""
    for line, column in _places(stack):
        return line, _own_column(line, column, names)
    return None, None


def own_stack(stack: str, path: str, names: Sequence[str] = HANDLERS) -> str:
    """Cut a stack to its message and the partner's own frames, under the partner's name for the file."""
    head, *rest = re.split(r"\n(?=    at )", stack)
    frames = [_PLACE.sub(lambda place: _shown(place, path, names), frame) for frame in rest if _PLACE.search(frame)]
    return "\n".join([head, *frames])


def _shown(place: re.Match[str], path: str, names: Sequence[str]) -> str:
    line = int(place[1])
    return f"{path}:{line}:{_own_column(line, int(place[2]), names)}"


def _own_column(line: int, column: int, names: Sequence[str]) -> int:
    return _without(len(_prefix(names)), line, column)


def _without(before: int, line: int, column: int) -> int:
    return max(1, column - before) if line == 1 else column


def _places(stack: str) -> Iterator[tuple[int, int]]:
    for place in _PLACE.finditer(stack):
        yield int(place[1]), int(place[2])
