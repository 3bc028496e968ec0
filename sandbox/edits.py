"""Changes to an event, by dotted paths such as `properties.revenue`."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any


class EditError(ValueError):
    """A path leads through something that holds no such part."""


def edited(event: Mapping[str, Any], changes: Mapping[str, Any], removals: Sequence[str]) -> dict[str, Any]:
    """Return the event with values set and parts taken out; the event itself stays as it is.

    What is missing on the way is made as an object; a number in a path is the place in an array. Taking out what is
    not there does nothing.

    Raises:
        EditError: a path leads through a value that is neither object nor array, or beyond an array.
    """
    result = copy.deepcopy(dict(event))
    for path, value in changes.items():
        *way, last = path.split(".")
        _put(_walk(result, path, way, make=True), path, last, value)
    for path in removals:
        *way, last = path.split(".")
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
            raise EditError(f"{path} leads through {part}, and what is there holds no parts")
        else:
            return None
    return here


def _put(holder: Any, path: str, last: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
        holder[int(last)] = value
    else:
        raise EditError(f"{path} leads into a value that holds no part {last}")


def _take(holder: Any, last: str) -> None:
    if isinstance(holder, dict):
        holder.pop(last, None)
    elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
        del holder[int(last)]
