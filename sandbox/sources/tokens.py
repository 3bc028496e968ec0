"""The tokens that the sandbox's authorization server gives out, and what each is good for."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sandbox.clock import Clock

LIFETIME_S: Final = 24 * 60 * 60
"""How long a token is good, in seconds: the shortest that an application can be given at Segment.

Source: segment-docs, OAuth 2.0.
"""

TOKENS_KEPT: Final = 10_000
"""How many tokens are remembered; beyond, the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: sending to these sources, until then."""

    sources: frozenset[str]
    expires_at_ms: int


class Tokens:
    """The tokens given out. They mean nothing to whoever reads them, and live in memory: no restart survives them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def issue(self, sources: Iterable[str]) -> str:
        """Make a token for these sources, good for `LIFETIME_S`."""
        token = secrets.token_urlsafe(32)
        self._grants[token] = Grant(frozenset(sources), self._clock.now_ms() + LIFETIME_S * 1000)
        if len(self._grants) > TOKENS_KEPT:
            del self._grants[next(iter(self._grants))]
        return token

    def sources(self, token: str) -> frozenset[str] | None:
        """Return the sources that a token is good for; None when it is unknown or has expired."""
        grant = self._grants.get(token)
        if grant is None or grant.expires_at_ms <= self._clock.now_ms():
            return None
        return grant.sources
