"""The write keys that no source has: counted, and compared with those that there are, without being shown."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.sources.keys import masked

KEPT: Final = 100
"""Keys that came last; one that is forgotten counts anew."""
KEY_MAX: Final = 256
"""Characters of a key that are kept."""
ALIKE: Final = 0.85
"""Share of its characters that a key has in common with one that may be meant, in their order."""


@dataclass(slots=True)
class _Seen:
    count: int = 0
    last_at_ms: int = 0
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class UnknownWriteKey:
    """A key as it may be shown; `near` is the slug of the source whose key may be meant."""

    shown: str
    count: int
    last_at_ms: int
    near: str | None


class UnknownKeys:
    """Keys that came and that no source has."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def note(self, key: str, at_ms: int, seq: int) -> None:
        """Count a key that came after a number of the journal."""
        key = key[:KEY_MAX]
        seen = self._seen.pop(key, None) or _Seen()
        seen.count += 1
        seen.last_at_ms, seen.last_seq = at_ms, seq
        self._seen[key] = seen
        if len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]

    def shown(self, known: Mapping[str, str], after: int) -> list[UnknownWriteKey]:
        """Show the keys that came after a number, the last at the end; those that a source has by now are left out.

        `known` has the slugs of the sources by their keys.
        """
        return [
            UnknownWriteKey(masked(key), seen.count, seen.last_at_ms, _near(key, known))
            for key, seen in self._seen.items()
            if key not in known and seen.last_seq >= after
        ]


def _near(key: str, known: Mapping[str, str]) -> str | None:
    """Return the source whose key may be meant: one with a slip, in other case, or cut off."""
    found = difflib.get_close_matches(key.casefold(), [each.casefold() for each in known], 1, ALIKE)
    for each, slug in known.items():
        if each.casefold() in found or (key and each.startswith(key) and 2 * len(key) >= len(each)):
            return slug
    return None
