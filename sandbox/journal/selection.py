"""Which deliveries, or which messages, something is to be done with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_COLUMNS: Final = {
    "message": "m.seq",
    "source": "m.source",
    "type": "m.type",
    "event": "m.event",
    "user": "m.user_id",
    "delivery": "d.seq",
    "destination": "d.destination",
    "state": "d.state",
    "reason": "d.reason",
}
MESSAGE_KEYS: Final = ("message", "source", "type", "event", "user")
DELIVERY_KEYS: Final = tuple(_COLUMNS)
NUMBERS: Final = frozenset({"message", "delivery"})
"""The keys whose values are sequence numbers; all others are text."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What matches every filter; no filter means everything.

    Attributes:
        filters: by key, see `MESSAGE_KEYS` and `DELIVERY_KEYS`; sequence numbers are whole numbers, all else text.
    """

    filters: Mapping[str, Any] = field(default_factory=dict)

    def where(self) -> tuple[str, dict[str, Any]]:
        """Return a condition on messages `m` and deliveries `d`, and its parameters."""
        conditions = [f"{_COLUMNS[key]} = :{key}" for key in self.filters]
        return " AND ".join(conditions) or "1", dict(self.filters)
