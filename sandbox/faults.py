"""Faults on purpose: which requests a recipe strikes, and with what. No I/O, and nothing left to chance.

A recipe counts the requests that it is meant for; the count, and a number drawn from its seed, decide whether it
strikes. So the same requests meet the same faults at every run.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Final, Literal, TypeAlias

Toward: TypeAlias = Literal["sdk"]
"""Who meets the fault."""

DELAY_MAX_S: Final = 300.0
"""How long an answer may be held back, in seconds; longer than any SDK waits."""

CALL_MAX: Final = 1_000_000_000

_SPAN: Final = re.compile(r"(?P<first>[0-9]{1,10})(?P<more>-(?P<last>[0-9]{1,10})?)?")
_EVERY: Final = re.compile(r"every (?P<step>[0-9]{1,10})(?:st|nd|rd|th)")
_DRAW_BITS: Final = 64


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


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is to go wrong, and for which requests.

    Attributes:
        source: the slug of a source whose requests are meant; None means any.
        write_key: the write key that is meant, be there a source of it or not; None means any.
        path: the path that is meant, `*` standing for any characters; None means any.
        calls: which of the requests that are meant are struck, by number, from 1.
        status: answered in place of what would have been; None leaves the answer as it is.
        headers: added to that answer; they win over the sandbox's own.
        body: of that answer; None means a JSON object that says what happened.
        delay: seconds before anything else happens.
        cut: end the connection in place of an answer.
        taken_in: let the request go its ordinary way before anything happens, so that its answer alone is lost.
        probability: how likely a request with a right number is struck, from 0 to 1.
        seed: another one makes other draws.
    """

    toward: Toward = "sdk"
    source: str | None = None
    write_key: str | None = field(default=None, repr=False)  # no log line may show it
    path: str | None = None
    calls: Calls = ALL_CALLS
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    delay: float = 0.0
    cut: bool = False
    taken_in: bool = False
    probability: float = 1.0
    seed: int = 0

    @property
    def answers(self) -> bool:
        """Whether a struck request meets something in place of its answer."""
        return self.cut or self.status is not None

    def is_for(self, caller: "Caller") -> bool:
        """Tell whether a request is one that the recipe means."""
        return (
            self.means_path(caller.path)
            and (self.source is None or self.source == caller.source)
            and (self.write_key is None or self.write_key == caller.write_key)
        )

    def means_path(self, path: str) -> bool:
        """Tell whether the path is right, whoever sends the request."""
        return self.path is None or fnmatchcase(path, _literal_but_stars(self.path))

    def strikes(self, caller: "Caller", number: int) -> bool:
        """Decide about the request with this number among those that are meant."""
        return number in self.calls and _drawn(self.seed, caller, number) < self.probability


def _literal_but_stars(pattern: str) -> str:
    """Leave the star as the only character with a meaning of its own."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, and where to; None where it names no write key, or one that no source has."""

    path: str
    write_key: str | None = field(default=None, repr=False)
    source: str | None = None


def _drawn(seed: int, caller: Caller, number: int) -> float:
    """Draw a number from 0 up to, but without, 1; the same for the same four things."""
    words = "\0".join((str(seed), caller.write_key or "", caller.path, str(number)))
    digest = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=_DRAW_BITS // 8).digest()
    return (int.from_bytes(digest) >> (_DRAW_BITS - 53)) / (1 << 53)  # as many bits as a float holds exactly


@dataclass(slots=True)
class Counted:
    """A recipe in effect.

    Attributes:
        number: names it to the user.
        lasting: whether it stands in the workspace file.
        seen: how many requests came that it is meant for.
        struck: how many of them it struck.
    """

    number: int
    recipe: Recipe
    lasting: bool
    seen: int = 0
    struck: int = 0


@dataclass(frozen=True, slots=True)
class Strike:
    """A request that is to be struck: by which recipe, being which of the requests that it is meant for."""

    number: int
    recipe: Recipe
    call: int


class Faults:
    """The recipes in effect, in the order in which they came; the first that strikes a request decides alone."""

    def __init__(self) -> None:
        self._counted: dict[int, Counted] = {}
        self._last_number = 0

    def __iter__(self) -> Iterator[Counted]:
        """Go through the recipes, oldest first."""
        return iter(tuple(self._counted.values()))

    def __bool__(self) -> bool:
        return bool(self._counted)

    def add(self, recipe: Recipe, *, lasting: bool = False) -> Counted:
        """Put a recipe into effect; it counts from 1."""
        self._last_number += 1
        counted = Counted(self._last_number, recipe, lasting)
        self._counted[counted.number] = counted
        return counted

    def remove(self, number: int) -> bool:
        """Take a recipe out; False when there is none of that number."""
        return self._counted.pop(number, None) is not None

    def clear(self) -> int:
        """Take every recipe out; return how many there were."""
        gone = len(self._counted)
        self._counted.clear()
        return gone

    def keep_lasting(self, recipes: Iterable[Recipe]) -> None:
        """Replace the recipes of the workspace file, unless they are what they were; then their counts go on."""
        wanted = list(recipes)
        lasting = [each for each in self if each.lasting]
        if [each.recipe for each in lasting] == wanted:
            return
        for each in lasting:
            self.remove(each.number)
        for recipe in wanted:
            self.add(recipe, lasting=True)

    def may_strike(self, path: str) -> bool:
        """Tell whether a recipe may be meant for requests to this path, whoever sends them."""
        return any(each.recipe.means_path(path) for each in self._counted.values())

    def strike(self, caller: Caller) -> Strike | None:
        """Count a request with every recipe that is meant for it; return the first that strikes it."""
        strike = None
        for each in self._counted.values():
            if not each.recipe.is_for(caller):
                continue
            each.seen += 1
            if strike is None and each.recipe.strikes(caller, each.seen):
                each.struck += 1
                strike = Strike(each.number, each.recipe, each.seen)
        return strike


def shown(recipe: Recipe) -> dict[str, object]:
    """Write a recipe as the workspace file has it, without what is as it would be anyway."""
    values: dict[str, object] = {
        "toward": recipe.toward,
        "source": recipe.source,
        "write_key": recipe.write_key,
        "path": recipe.path,
        "calls": None if recipe.calls == ALL_CALLS else shown_calls(recipe.calls),
        "status": recipe.status,
        "headers": dict(recipe.headers) or None,
        "body": recipe.body,
        "delay": recipe.delay or None,
        "cut": recipe.cut or None,
        "taken_in": recipe.taken_in or None,
        "probability": None if recipe.probability == 1 else recipe.probability,
        "seed": recipe.seed or None,
    }
    return {name: value for name, value in values.items() if value is not None}
