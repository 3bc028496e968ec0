"""Faults towards the partner's service: what a webhook's request or a function's fetch meets. No I/O.

Every decision is drawn from the recipe's seed, the destination, the messageId, the attempt and the request in it. So
two runs of the same events meet the same faults, whatever comes first.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Final, Literal, TypeAlias, get_args

from sandbox.calls import ALL_CALLS, Calls, shown_calls

Network: TypeAlias = Literal["hang", "reset", "cut", "dns", "refused", "tls"]
"""How a request ends without an answer: none ever comes; the connection is reset at once, or in the middle of the
body; the name is not found; nothing listens; the certificate is not trusted."""

NETWORK: Final[tuple[str, ...]] = get_args(Network)

_BITS: Final = 53


@dataclass(frozen=True, slots=True)
class PartnerRecipe:
    """What is to go wrong on the way to the partner's service, and for which requests.

    Attributes:
        destination: the slug of the destination that is meant; None means any.
        type: of the calls that are meant; None means any.
        event: the event name that is meant, `*` standing for any characters; None means any.
        url: the address that is meant, likewise.
        attempts: which attempts of a delivery are struck, counted from 1.
        network: how the request ends without an answer; None where it gets one.
        status: answered in place of what the service would have.
        headers: of that answer.
        body: of that answer.
        delay: seconds before anything else happens, drawn between the two.
        quota: let so many requests through in each window, and answer the rest 429; None lets all through.
        window: how long it is, in seconds of the sandbox's clock.
        hold: seconds of the sandbox's clock for which a message is held back, drawn between the two; events come
            late and in another order.
        duplicate: make the attempt twice.
        skew: seconds by which the clock of whoever made the event seems to be wrong.
        probability: how likely a request that is meant is struck, from 0 to 1.
        seed: another one makes other draws.
    """

    destination: str | None = None
    type: str | None = None
    event: str | None = None
    url: str | None = None
    attempts: Calls = ALL_CALLS
    network: Network | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    delay: tuple[float, float] = (0.0, 0.0)
    quota: int | None = None
    window: float = 60.0
    hold: tuple[float, float] = (0.0, 0.0)
    duplicate: bool = False
    skew: float = 0.0
    probability: float = 1.0
    seed: int = 0

    @property
    def of_requests(self) -> bool:
        """Whether it strikes single requests; else it strikes the whole attempt."""
        return not (self.hold[1] or self.duplicate or self.skew)

    def is_for(self, sending: "Sending") -> bool:
        """Tell whether the message is one that is meant, and its attempt."""
        return (
            self.destination in (None, sending.destination)
            and self.type in (None, sending.type)
            and _fits(self.event, sending.event or "")
            and sending.attempt in self.attempts
        )

    def is_for_url(self, url: str) -> bool:
        """Tell whether the address is one that is meant."""
        return _fits(self.url, url)


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt of a message, on its way to a destination.

    Attributes:
        attempt: its number, counted from 1.
        at_ms: when it began, by the sandbox's clock.
        insert: the slug of the insert function whose requests are meant; empty for the destination's own.
    """

    destination: str
    type: str
    event: str | None
    message_id: str
    attempt: int
    at_ms: int
    insert: str = ""


def draw(recipe: PartnerRecipe, sending: Sending, request: int, what: str) -> float:
    """Draw a number from 0 up to, but without, 1; the same for the same attempt, request and matter.

    Args:
        recipe: its seed counts, and nothing else of it.
        sending: its destination, messageId, attempt and insert function count.
        request: which one of the attempt, counted from 1; 0 stands for the attempt itself.
        what: what the number is for.
    """
    place = f"{sending.insert} {request}".lstrip()
    words = (str(recipe.seed), sending.destination, sending.message_id, str(sending.attempt), place, what)
    digest = blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> (64 - _BITS)) / (1 << _BITS)


def between(bounds: tuple[float, float], drawn: float) -> float:
    """Return the value at a drawn place between two bounds."""
    low, high = bounds
    return low + (high - low) * drawn


def shown(recipe: PartnerRecipe) -> dict[str, object]:
    """Write a recipe as the workspace file has it, without what is as it would be anyway."""
    values: dict[str, object] = {
        "toward": "partner",
        "destination": recipe.destination,
        "type": recipe.type,
        "event": recipe.event,
        "url": recipe.url,
        "attempts": None if recipe.attempts == ALL_CALLS else shown_calls(recipe.attempts),
        "network": recipe.network,
        "status": recipe.status,
        "headers": dict(recipe.headers) or None,
        "body": recipe.body,
        "delay": _shown_bounds(recipe.delay),
        "quota": recipe.quota,
        "window": recipe.window if recipe.quota is not None else None,
        "hold": _shown_bounds(recipe.hold),
        "duplicate": recipe.duplicate or None,
        "skew": recipe.skew or None,
        "probability": None if recipe.probability == 1 else recipe.probability,
        "seed": recipe.seed or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _shown_bounds(bounds: tuple[float, float]) -> float | list[float] | None:
    low, high = bounds
    if low == high:
        return low or None
    return [low, high]


def _fits(pattern: str | None, text: str) -> bool:
    return pattern is None or fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]"))
