"""What came instead of what was waited for: the nearest miss, and where it differs."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sandbox.journal.arrivals import MISSING, Arrival, Wanted, at_path, fits

_WHICH: Final = frozenset({"source", "type", "event", "user", "message", "destination", "delivery", "messageId"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what came is not what was asked for; `came` is `MISSING` where there was nothing."""

    path: str
    asked: Any
    came: Any

    def shown(self) -> dict[str, Any]:
        """Return it as JSON shows it; nothing is null."""
        return {"path": self.path, "asked": self.asked, "came": None if self.came is MISSING else self.came}

    def sentence(self) -> str:
        """Say it."""
        if self.path == "after":
            return f"it came before: at {self.came}, not after {self.asked}"
        came = "missing" if self.came is MISSING else _text(self.came)
        return f"{self.path} is {came}, not {_text(self.asked)}"


@dataclass(frozen=True, slots=True)
class Miss:
    """Something that came and did not fit."""

    arrival: Arrival
    differences: tuple[Difference, ...]


def nearest(wanted: Wanted, after: int, came: Iterable[Arrival]) -> Miss | None:
    """Return what differs least, the newest of several; None when nothing came.

    Args:
        wanted: what was asked for.
        after: the number behind which it had to come.
        came: newest first.
    """
    misses = [Miss(arrival, differences) for arrival in came if (differences := _differences(wanted, after, arrival))]
    return min(misses, key=_distance, default=None)


def asked(wanted: Wanted) -> Mapping[str, Any]:
    """Return what was asked for by name and path, as it can be shown."""
    states = {"state": _states(wanted)} if wanted.states else {}
    return {**wanted.filters, **states, **wanted.paths}


def _differences(wanted: Wanted, after: int, arrival: Arrival) -> tuple[Difference, ...]:
    found = [Difference("after", after, arrival.seq)] if arrival.seq <= after else []
    for name, value in wanted.filters.items():
        if arrival.values[name] != value:
            found.append(Difference(name, value, arrival.values[name]))
    for path, value in wanted.paths.items():
        if not fits(value, came := at_path(arrival.body, path)):
            found.append(Difference(path, _read(value), came))
    if arrival.state not in wanted.counted:
        found.append(Difference("state", _states(wanted), arrival.state))
    return tuple(found)


def _states(wanted: Wanted) -> str:
    return " or ".join(wanted.counted)


def _distance(miss: Miss) -> tuple[int, float]:
    """Add the differences up; of as many, those of words that are alike are smaller.

    What says which message it is counts twice: another value of the same event is nearer than another event.
    """
    alike = sum(_likeness(each) for each in miss.differences)
    return sum(2 if each.path in _WHICH else 1 for each in miss.differences), -alike


def _likeness(difference: Difference) -> float:
    if difference.came is MISSING or difference.path == "after":
        return 0.0
    one, other = str(difference.asked)[:100].lower(), str(difference.came)[:100].lower()
    return difflib.SequenceMatcher(None, one, other).ratio()


def _read(text: str) -> Any:
    """Show a text as the value that it may stand for."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _text(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 - of a sentence
