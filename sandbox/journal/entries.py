"""What is written into the journal and what comes back, as plain values."""

from dataclasses import dataclass
from typing import Any

from sandbox.outcomes import AttemptRecord, DeliveryState, MessageState


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A delivery that is born with its message: `pending`, or `filtered` with a reason code."""

    destination: str
    state: DeliveryState = DeliveryState.PENDING
    reason: str | None = None


@dataclass(slots=True)  # not frozen: that makes one take four times as long to make, and every message takes one
class Entry:
    """One message to write.

    Attributes:
        source: the source's slug; None where no source has the write key.
        message_id: looked up among those seen when `deduplicate_since_ms` is given.
        body: the normalised message as JSON.
        deduplicate_since_ms: a message with the same id that came at or after this time makes this one a
            duplicate, which has no deliveries. None: this message is never a duplicate.
    """

    source: str | None
    type: str | None
    event: str | None
    user_id: str | None
    message_id: str | None
    state: MessageState
    reason: str | None
    body: bytes
    received_at_ms: int
    deliveries: tuple[PlannedDelivery, ...] = ()
    deduplicate_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The sequence numbers of a request's messages, which follow one another without a gap."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was turned away at the door: never a message, but never unseen.

    `excerpt` is the beginning of the body, as text.
    """

    at_ms: int
    method: str
    path: str
    status: int
    code: str
    message: str
    source: str | None
    user_agent: str | None
    excerpt: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery of which an attempt begins now; the attempt is in the journal already."""

    delivery: int
    attempt: int
    number: int
    message: int
    destination: str
    type: str
    event: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that is over."""

    claim: Claim
    record: AttemptRecord
    state: DeliveryState
    started_at_ms: int
    finished_at_ms: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to the sandbox itself, such as a reload; `data` goes out as JSON."""

    kind: str
    at_ms: int
    data: dict[str, Any]
