"""Which of several calls or attempts are meant, by number."""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

CALL_MAX: Final = 1_000_000_000

_SPAN: Final = re.compile(r"(?P<first>[0-9]{1,10})(?P<more>-(?P<last>[0-9]{1,10})?)?")
_EVERY: Final = re.compile(r"every (?P<step>[0-9]{1,10})(?:st|nd|rd|th)")


@dataclass(frozen=True, slots=True)
class Span:
    """The calls from one number to another, both included; `last` None means for ever."""

    first: int = 1
    last: int | None = None

    def __contains__(self, number: int) -> bool:
        return number >= self.first and (self.last is None or number <= self.last)


@dataclass(frozen=True, slots=True)
class Every:
    """Every so manieth call, the first of them being number `step`."""

    step: int

    def __contains__(self, number: int) -> bool:
        return number % self.step == 0


@dataclass(frozen=True, slots=True)
class Listed:
    """The calls with these numbers."""

    numbers: tuple[int, ...]

    def __contains__(self, number: int) -> bool:
        return number in self.numbers


Calls: TypeAlias = Span | Every | Listed

ALL_CALLS: Final = Span()


def calls_of(text: str) -> Calls | None:
    """Read `2`, `1-3`, `4-` or `every 2nd`; None when it is none of these."""
    if (every := _EVERY.fullmatch(text)) is not None:
        step = int(every["step"])
        return Every(step) if step else None
    span = _SPAN.fullmatch(text)
    if span is None:
        return None
    first = int(span["first"])
    last = int(span["last"]) if span["last"] else None if span["more"] else first
    return Span(first, last) if first and (last is None or last >= first) else None


def shown_calls(calls: Calls) -> str | list[int]:
    """Write calls as a recipe has them."""
    match calls:
        case Every(step):
            return f"every {step}{_ordinal_ending(step)}"
        case Listed(numbers):
            return list(numbers)
        case Span(first, None):
            return f"{first}-"
        case Span(first, last):
            return str(first) if first == last else f"{first}-{last}"


def _ordinal_ending(number: int) -> str:
    teens = number % 100 in (11, 12, 13)
    return "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
