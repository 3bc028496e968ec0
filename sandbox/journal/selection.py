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
_OF_ITS_DELIVERIES: Final = {"sent_to": "d.destination", "state": "d.state", "reason": "d.reason"}
MESSAGE_KEYS: Final = ("message", "source", "type", "event", "user", *_OF_ITS_DELIVERIES)
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

    def where_of_messages(self) -> tuple[str, dict[str, Any]]:
        """Return a condition on messages `m`, and its parameters; one delivery fits all that is of deliveries."""
        conditions = [f"{_COLUMNS[key]} = :{key}" for key in self.filters if key not in _OF_ITS_DELIVERIES]
        fits = [f"{column} = :{key}" for key, column in _OF_ITS_DELIVERIES.items() if key in self.filters]
        if fits:
            of_message = " AND ".join(["d.message_seq = m.seq", *fits])
            conditions.append(f"EXISTS (SELECT 1 FROM deliveries d WHERE {of_message})")  # noqa: S608 - constants
        return " AND ".join(conditions) or "1", dict(self.filters)
