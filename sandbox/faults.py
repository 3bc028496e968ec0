"""Faults on purpose: which requests a recipe strikes, and with what. No I/O, and nothing left to chance.

A recipe counts the requests that it is meant for; the count, and a number drawn from its seed, decide whether it
strikes. So the same requests meet the same faults at every run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Final, Literal, TypeAlias

from sandbox import partner_faults
from sandbox.calls import ALL_CALLS, Calls, shown_calls
from sandbox.partner_faults import PartnerRecipe, Sending, draw

Toward: TypeAlias = Literal["sdk", "partner"]
"""Who meets the fault."""

DELAY_MAX_S: Final = 300.0
"""How long an answer may be held back, in seconds; longer than any SDK waits."""

_DRAW_BITS: Final = 64


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


AnyRecipe: TypeAlias = Recipe | PartnerRecipe


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
    recipe: AnyRecipe
    lasting: bool
    seen: int = 0
    struck: int = 0
    _window: int = -1
    _in_window: int = 0

    def beyond(self, quota: int, window: int) -> bool:
        """Count a request in a window, by the window's number; tell whether it is beyond the quota."""
        if window > self._window:
            self._window, self._in_window = window, 0
        self._in_window += 1
        return self._in_window > quota


@dataclass(frozen=True, slots=True)
class Strike:
    """A request that is to be struck: by which recipe, being which of the requests that it is meant for."""

    number: int
    recipe: Recipe
    call: int


@dataclass(frozen=True, slots=True)
class PartnerStrike:
    """An attempt, or a request of it, that is to be struck: by which recipe."""

    number: int
    recipe: PartnerRecipe


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

    def add(self, recipe: AnyRecipe, *, lasting: bool = False) -> Counted:
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

    def keep_lasting(self, recipes: Iterable[AnyRecipe]) -> None:
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
        return any(recipe.means_path(path) for _, recipe in self._toward_sdk())

    def strike(self, caller: Caller) -> Strike | None:
        """Count a request with every recipe that is meant for it; return the first that strikes it."""
        strike = None
        for each, recipe in self._toward_sdk():
            if not recipe.is_for(caller):
                continue
            each.seen += 1
            if strike is None and recipe.strikes(caller, each.seen):
                each.struck += 1
                strike = Strike(each.number, recipe, each.seen)
        return strike

    def _toward_sdk(self) -> Iterator[tuple[Counted, Recipe]]:
        return ((each, each.recipe) for each in self._counted.values() if isinstance(each.recipe, Recipe))

    def toward_partner(self) -> bool:
        """Tell whether any recipe is meant for the partner's service."""
        return any(isinstance(each.recipe, PartnerRecipe) for each in self._counted.values())

    def strike_attempt(self, sending: Sending) -> list[PartnerStrike]:
        """Return what strikes an attempt as a whole, each recipe by itself."""
        return [
            self._struck(each, recipe)
            for each, recipe in self._toward_partner()
            if not recipe.of_requests and recipe.is_for(sending) and self._strikes(each, recipe, sending, 0)
        ]

    def strike_request(self, sending: Sending, request: int, url: str) -> PartnerStrike | None:
        """Return the first that strikes a request, by its place in the attempt, counted from 1, and its address."""
        strike = None
        for each, recipe in self._toward_partner():
            if not (recipe.of_requests and recipe.is_for(sending) and recipe.is_for_url(url)):
                continue
            if self._strikes(each, recipe, sending, request) and strike is None:
                strike = self._struck(each, recipe)
        return strike

    def _toward_partner(self) -> Iterator[tuple[Counted, PartnerRecipe]]:
        return ((each, each.recipe) for each in self._counted.values() if isinstance(each.recipe, PartnerRecipe))

    @staticmethod
    def _strikes(counted: Counted, recipe: PartnerRecipe, sending: Sending, request: int) -> bool:
        """Count a request or attempt that is meant, and decide about it."""
        counted.seen += 1
        if draw(recipe, sending, request, "whether") >= recipe.probability:
            return False
        return recipe.quota is None or counted.beyond(recipe.quota, int(sending.at_ms / 1000 // recipe.window))

    @staticmethod
    def _struck(counted: Counted, recipe: PartnerRecipe) -> PartnerStrike:
        counted.struck += 1
        return PartnerStrike(counted.number, recipe)


def shown(recipe: AnyRecipe) -> dict[str, object]:
    """Write a recipe as the workspace file has it, without what is as it would be anyway."""
    if isinstance(recipe, PartnerRecipe):
        return partner_faults.shown(recipe)
    values: dict[str, object] = {
        "toward": "sdk",
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
