"""Changes to an event, by dotted paths such as `properties.revenue`."""

import copy
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

_DOT: Final = re.compile(r"(?<!\\)\.")
_BRACKETS: Final = re.compile(r"\[\d*\]$")


class PathError(ValueError):
    """A path is none, or leads through something that holds no such part."""


@lru_cache(1_000)
def parts_of(path: str) -> tuple[str, ...]:
    r"""Take a path apart at its dots; `a\.b` is one name with a dot in it.

    Raises:
        PathError: a part is empty, or written with brackets.
    """
    parts = tuple(part.replace("\\.", ".") for part in _DOT.split(path))
    if "" in parts:
        raise PathError(f'"{path}" is no path, because a part of it is empty; expected is one as properties.revenue')
    if any(map(_BRACKETS.search, parts)):
        raise PathError(f'"{path}" is no path, because the place in an array stands as a part: products.0.price')
    return parts


def edited(event: Mapping[str, Any], changes: Mapping[str, Any], removals: Sequence[str]) -> dict[str, Any]:
    """Return the event with values set and parts taken out; the event itself stays as it is.

    What is missing on the way is made as an object; a number in a path is the place in an array. Taking out what is
    not there does nothing.

    Raises:
        PathError: a path is none, or leads through a value that is neither object nor array, or beyond an array.
    """
    result = copy.deepcopy(dict(event))
    for path, value in changes.items():
        *way, last = parts_of(path)
        _put(_walk(result, path, way, make=True), path, last, value)
    for path in removals:
        *way, last = parts_of(path)
        _take(_walk(result, path, way, make=False), last)
    return result


def _walk(start: Any, path: str, way: Sequence[str], *, make: bool) -> Any:
    """Go to the last holder of a path; None where there is none and none is to be made."""
    here = start
    for part in way:
        if isinstance(here, dict):
            here = here.setdefault(part, {}) if make else here.get(part)
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        elif make:
            raise PathError(f"{path} leads through {part}, and what is there holds no parts")
        else:
            return None
    return here


def _put(holder: Any, path: str, last: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
        holder[int(last)] = value
    else:
        raise PathError(f"{path} leads into a value that holds no part {last}")


def _take(holder: Any, last: str) -> None:
    if isinstance(holder, dict):
        holder.pop(last, None)
    elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
        del holder[int(last)]
