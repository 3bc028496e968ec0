"""Where partner code stands in the script that V8 sees: the wrapper, and places in errors.

The code becomes the body of a sloppy function whose parameters are the handlers' names, all on the first
line, so that lines are the partner's own and only the first line's columns are shifted. What the handlers
are is noted before the code runs (hoisted functions) and after it (assigned ones).
Source: segmentio/functions-library, the loader of its test kit.
"""

import re
from collections.abc import Iterator

HANDLERS = ("onIdentify", "onTrack", "onPage", "onScreen", "onGroup", "onAlias", "onDelete")
SCRIPT = "handler.js"
"""The name of the script as JavaScript sees it, which is Segment's."""

_KEEP = f"__keep({{{','.join(HANDLERS)}}});"
PREFIX = f"(function(__keep,{','.join(HANDLERS)}){{{_KEEP}"
_SUFFIX = f"\n;{_KEEP}}})\n//# sourceURL={SCRIPT}"
_PLACE = re.compile(rf"{re.escape(SCRIPT)}:(\d+):(\d+)")
_PARSE_ERROR = re.compile(r"^[^\n]*?:(\d+): (SyntaxError: [^\n]*)\n([^\n]*)\n( *)\^", re.MULTILINE)

SyntaxPlace = tuple[str, int | None, int | None, str | None]
"""Message, line, column, source line; lines and columns count from 1."""


def normal(source: str) -> str:
    """Return the source without its byte-order mark."""
    return source.removeprefix("\ufeff")


def wrap(source: str) -> str:
    """Return the script that evaluates to the function around the code."""
    return f"{PREFIX}{normal(source)}{_SUFFIX}"


def line_of(source: str, line: int | None) -> str | None:
    """Return a line of the source, counted from 1, or `None` when there is none."""
    lines = normal(source).splitlines()
    return lines[line - 1] if line is not None and 1 <= line <= len(lines) else None


def syntax_place(text: str, source: str) -> SyntaxPlace:
    """Read message and place out of V8's report of code that does not parse."""
    found = _PARSE_ERROR.search(text)
    if found is None:
        return text.partition("\n")[0], None, None, None
    line, column = int(found[1]), len(found[4]) + 1
    lines = normal(source).splitlines() or [""]
    if line > len(lines):
        return "SyntaxError: Unexpected end of input", len(lines), len(lines[-1]) + 1, lines[-1]
    return found[2], line, _own_column(line, column), lines[line - 1]


def first_place(stack: str) -> tuple[int | None, int | None]:
    """Return line and column of the first frame in the partner's code."""
    for line, column in _places(stack):
        return line, _own_column(line, column)
    return None, None


def own_stack(stack: str, path: str) -> str:
    """Cut a stack to its message and the partner's own frames, under the partner's name for the file."""
    head, *rest = re.split(r"\n(?=    at )", stack)
    frames = [_PLACE.sub(lambda place: _shown(place, path), frame) for frame in rest if _PLACE.search(frame)]
    return "\n".join([head, *frames])


def _shown(place: re.Match[str], path: str) -> str:
    line = int(place[1])
    return f"{path}:{line}:{_own_column(line, int(place[2]))}"


def _own_column(line: int, column: int) -> int:
    return max(1, column - len(PREFIX)) if line == 1 else column


def _places(stack: str) -> Iterator[tuple[int, int]]:
    for place in _PLACE.finditer(stack):
        yield int(place[1]), int(place[2])
