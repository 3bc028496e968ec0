"""What is written into the journal and what comes back, as plain values."""

from dataclasses import dataclass
from typing import Any

from sandbox.messages import Stamps
from sandbox.outcomes import AttemptRecord, DeliveryState, MessageState


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A delivery that is born with its message: `pending`, or `filtered` with a reason code."""

    destination: str
    state: DeliveryState = DeliveryState.PENDING
    reason: str | None = None


@dataclass(slots=True)  # not frozen: that makes one take four times as long to make, and every message takes one
class Entry:
    """One message to write; no text in it has a NUL, at which SQLite would end it.

    Attributes:
        source: the source's slug; None where no source has the write key.
        body: the normalised message as JSON.
        received_at_ms: by the machine's clock, as in the message itself.
        once: a message with the same id that came within the window of deduplication makes this one a
            duplicate, which has no deliveries.
        replay_of: the number of the message that this one repeats; None for a message of its own.
        path: of the request that it came with; None where it came with none.
        stamps: what stamping changed of the call; None where the body is no stamped call.
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
    once: bool = False
    replay_of: int | None = None
    path: str | None = None
    stamps: Stamps | None = None


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
    """A delivery of which an attempt begins now; the attempt is in the journal already.

    Attributes:
        number: of the attempt, counted from 1.
        made: which attempt of the schedule this is; those that were cut off do not count.
        created_ms: when the message came, by the sandbox's clock.
        begun_ms: when the first attempt of the schedule began.
        started_ms: when this one begins, by the sandbox's clock.
        source: of the message.
        state: where the delivery stands until the attempt ends, and for which reason.
    """

    delivery: int
    attempt: int
    number: int
    made: int
    created_ms: int
    begun_ms: int
    started_ms: int
    message: int
    message_id: str
    destination: str
    type: str
    event: str | None
    body: bytes
    source: str | None
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """Deliveries that are begun.

    Attributes:
        next_ms: when the next one of the destination is due; None when that is not known or there is none.
    """

    claims: tuple[Claim, ...]
    next_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that is over.

    Attributes:
        state: the delivery's new one.
        finished_ms: by the sandbox's clock.
        took_ms: by the machine's.
        next_ms: when the next attempt is due; None when there is none to come.
    """

    claim: Claim
    record: AttemptRecord
    state: DeliveryState
    finished_ms: int
    took_ms: float
    next_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to the sandbox itself, such as a reload; `data` goes out as JSON."""

    kind: str
    at_ms: int
    data: dict[str, Any]
