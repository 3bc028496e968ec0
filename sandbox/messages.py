"""One call as received, and how Segment stamps it."""

import ipaddress
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sandbox.clock import iso

MESSAGE_VERSION: Final = 2
"""The `version` that live traffic carries; the documented samples say "1.1". Source: segment-docs, partners/spec."""

Family: TypeAlias = Literal["server", "client", "image"]
"""Who calls a path: servers `/v1/batch` and the long forms, clients the short forms, and images the pixel."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the source knows about one request, the same for every message in it.

    `project_id` is the source's id as it shows in events; `peer` the caller's address, `path` what was called.
    """

    received_at_ms: int
    family: Family
    project_id: str
    peer: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a request says for all its messages: a batch in its body, the path of a single call by its name.

    Source of `type`: segment-docs, HTTP API: the calls need none, each has a path of its own.
    """

    type: str | None = None
    sent_at: object = None
    context: object = None
    integrations: object = None


NO_ENVELOPE: Final = Envelope()

_ABSENT: Final = object()


class Stamps(NamedTuple):
    """What stamping changed of a call: with the message, all that it takes to make the call again.

    Attributes:
        added: what the call had not, a bit for each of `STAMPED`.
        were: the fields that have become others, as they came, where the message does not have that in another place.
    """

    added: int
    were: dict[str, Any]


STAMPED: Final = (
    "type",
    "messageId",
    "originalTimestamp",
    "receivedAt",
    "timestamp",
    "channel",
    "version",
    "projectId",
    "sentAt",
    "context",
    "integrations",
)
"""What stamping may add to a call; the journal has the bits, so that no place may change."""

_BITS: Final = tuple((name, 1 << place) for place, name in enumerate(STAMPED))
_IP_BIT: Final = 1 << len(STAMPED)
_ORIGINAL_BIT: Final = dict(_BITS)["originalTimestamp"]
_ADDRESS: Final = "ip"


def stamps(call: Mapping[str, Any], message: Mapping[str, Any]) -> Stamps:
    """Compare a call with the message that it became."""
    added = 0
    were: dict[str, Any] = {}
    for name, bit in _BITS:
        if name not in call:
            added |= bit
    for name, value in call.items():
        now = message.get(name, _ABSENT)
        if now is value or now == value:
            continue
        if name == "context" and _only_the_address_is_new(value, now):
            added |= _IP_BIT
        elif name != "timestamp" or not added & _ORIGINAL_BIT or value is not message["originalTimestamp"]:
            were[name] = value
    return Stamps(added, were)


def _only_the_address_is_new(before: object, now: object) -> bool:
    if not isinstance(before, dict) or not isinstance(now, dict):
        return False
    return len(now) == len(before) + 1 and _ADDRESS in now and _ADDRESS not in before


def unstamped(message: Mapping[str, Any], changed: Stamps) -> dict[str, Any]:
    """Return the call as it was received."""
    added = {name for name, bit in _BITS if changed.added & bit}
    call = {name: value for name, value in message.items() if name not in added}
    if changed.added & _IP_BIT:
        call["context"] = {name: value for name, value in call["context"].items() if name != _ADDRESS}
    if "timestamp" in call and "originalTimestamp" in added:
        call["timestamp"] = message["originalTimestamp"]
    return call | changed.were


def normalise(call: Mapping[str, Any], arrival: Arrival, envelope: Envelope = NO_ENVELOPE) -> dict[str, Any]:
    """Stamp a call as Segment does: ids, times, channel, version, address, batch-level fields.

    The fields that the client sent keep their place and value, except `timestamp`, which is corrected by
    the client's clock skew. Normalising a second time changes nothing.
    Source: segment-docs, Spec: Common fields; HTTP API, Batch.
    """
    message = dict(call)
    _merge_envelope(message, envelope)
    message_id = message.get("messageId")
    if not isinstance(message_id, str) or not message_id:
        message["messageId"] = str(uuid.uuid4())
    _stamp_times(message, arrival.received_at_ms)
    channel = _channel(message, arrival.family)
    if channel != "server":
        message.pop("writeKey", None)
    message["channel"] = channel
    message["version"] = MESSAGE_VERSION
    message["projectId"] = arrival.project_id
    _stamp_ip(message, arrival)
    return message


def _merge_envelope(message: dict[str, Any], envelope: Envelope) -> None:
    """Merge the request's type, context and integrations into the message; the message's own values win."""
    if envelope.type is not None and message.get("type") is None:
        message["type"] = envelope.type
    _merge_shared(message, "context", envelope.context)
    _merge_shared(message, "integrations", envelope.integrations)
    if envelope.sent_at is not None and message.get("sentAt") is None:
        message["sentAt"] = envelope.sent_at


def _merge_shared(message: dict[str, Any], name: str, shared: object) -> None:
    if not shared or not isinstance(shared, dict):
        return
    own = message.get(name)
    if own is None or isinstance(own, dict):
        message[name] = {**shared, **(own or {})}


def _stamp_times(message: dict[str, Any], received_at_ms: int) -> None:
    """Set receivedAt, originalTimestamp and timestamp = receivedAt - (sentAt - originalTimestamp).

    Without sentAt no skew is assumed; without a client's timestamp, originalTimestamp is sentAt, or receivedAt
    (both ours, unpublished).
    """
    sent_ms = parse_time(message.get("sentAt"))
    original = message.get("originalTimestamp")
    if original is None:
        original = message.get("timestamp")
    original_ms = parse_time(original)
    if original_ms is None:
        original_ms = received_at_ms if sent_ms is None else sent_ms
        original = _received_at(received_at_ms) if sent_ms is None else message["sentAt"]
    at_ms = original_ms if sent_ms is None else received_at_ms - (sent_ms - original_ms)
    message["originalTimestamp"] = original
    message["receivedAt"] = _received_at(received_at_ms)
    message["timestamp"] = _iso_or(at_ms, received_at_ms)


@lru_cache(maxsize=16)
def _received_at(at_ms: int) -> str:
    """Write a time that all messages of a request share."""
    return iso(at_ms)


def _iso_or(at_ms: int, fallback_ms: int) -> str:
    """Write a time, or the fallback where the year has no four digits."""
    try:
        return iso(at_ms)
    except (OverflowError, ValueError, OSError):
        return iso(fallback_ms)


def parse_time(value: object) -> int | None:
    """Read an ISO 8601 time in any form that an SDK sends, as milliseconds since 1970; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return round(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _channel(message: Mapping[str, Any], family: Family) -> str:
    """Derive the channel (ours, unpublished; the three values are documented)."""
    if family == "server":
        return "server"
    if family == "image":
        return "browser"
    context = message.get("context")
    library = context.get("library") if isinstance(context, dict) else None
    name = library.get("name") if isinstance(library, dict) else None
    return "browser" if name == "analytics.js" else "mobile"


def _stamp_ip(message: dict[str, Any], arrival: Arrival) -> None:
    """Fill in context.ip for client-side traffic, or where context.direct asks for it; never IPv6.

    Source: segment-docs, Spec: Common fields, Context, IP address.
    """
    context = message.get("context")
    if context is None:
        context = {}
    if not isinstance(context, dict) or context.get("ip") is not None:
        return
    wanted = arrival.family != "server" or context.get("direct") is True
    address = _ipv4(arrival.peer) if wanted and arrival.peer is not None else None
    if address is not None:
        message["context"] = {**context, "ip": address}


@lru_cache(maxsize=256)
def _ipv4(peer: str) -> str | None:
    """Return an address of version 4, be it written as one of version 6 as where both are listened to; else None."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return peer
    return str(address.ipv4_mapped) if address.ipv4_mapped else None
