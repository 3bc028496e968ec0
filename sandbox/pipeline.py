"""From a call to a journal entry: validate, stamp, tell repeats apart, decide for every destination."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from sandbox.journal import Accepted, Entry, Journal, PlannedDelivery
from sandbox.messages import NO_ENVELOPE, Arrival, Envelope, normalise, stamps
from sandbox.outcomes import DeliveryState, MessageState
from sandbox.spec import BATCH_MAX_MESSAGES, bundled, ingest_failure, named_on, switched_on

DEPTH_MAX: Final = 254
"""How deep a message may be nested (ours: Segment publishes no limit; orjson writes no deeper JSON)."""


UNKNOWN_SHOWN_MAX: Final = 20
"""How many unknown names of an integrations object are shown for a message (ours)."""


class TooDeepError(ValueError):
    """A message is nested deeper than `DEPTH_MAX`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One enabled destination of a source: its slug, and the names that an integrations object may use for it."""

    destination: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """A source as the pipeline sees it.

    Attributes:
        slug: None where no source has the write key.
        enabled: whether it takes messages on.
        project_id: its id as it shows in events.
        routes: its enabled destinations.
        known: every name that means something in an integrations object, be it connected to this source or not.
    """

    slug: str | None
    enabled: bool
    project_id: str
    routes: tuple[Route, ...] = ()
    known: frozenset[str] = frozenset()


UNKNOWN_SOURCE: Final = Intake(None, enabled=False, project_id="unknown")


@dataclass(frozen=True, slots=True)
class Calls:
    """One request's calls.

    Attributes:
        items: the calls as they came; anything may stand in a batch.
        arrival: what is the same for all of them.
        envelope: what the batch says for all of them.
        batch: whether it came as a batch.
        repeat_allowed: never take a message for a duplicate (replay and its kin).
        delete_allowed: let a delete event through (the sandbox's own tools).
    """

    items: Sequence[Any]
    arrival: Arrival
    envelope: Envelope = NO_ENVELOPE
    batch: bool = False
    repeat_allowed: bool = False
    delete_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored message that is sent again.

    Attributes:
        seq: its number in the journal.
        message: as it was stored, or changed since.
        at_ms: when it is sent again, by the machine's clock.
    """

    seq: int
    message: Mapping[str, Any]
    at_ms: int


class Pipeline:
    """Takes calls in; what becomes of them is in the journal when `take` returns."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def take(self, intake: Intake, calls: Calls) -> Accepted:
        """Write a request's messages with their deliveries.

        Raises:
            TooDeepError: a message is nested too deeply to be written.
        """
        return await self._journal.accept(list(entries(intake, calls)))

    async def replay(self, intake: Intake, replays: Sequence[Replay], destination: str | None) -> Accepted:
        """Write messages again, for one destination of their source or for all; repeats are not told apart.

        Raises:
            TooDeepError: a message is nested too deeply to be written.
        """
        routes = [each for each in intake.routes if destination in (None, each.destination)]
        return await self._journal.accept([_replayed(intake, each, routes) for each in replays])


def _replayed(intake: Intake, replay: Replay, routes: Sequence[Route]) -> Entry:
    """Mark a message as Segment's replays are: its integrations object names where it goes, and nothing else.

    The message is sent as it was stored, its stamps included. A replayed event is not held against the switches
    that it came with. Source: segment-docs, Replay; segmentio/integration, enabled().
    """
    integrations = {"All": False, **{route.names[0]: True for route in routes}}
    message = {**replay.message, "integrations": integrations}
    deliveries = tuple([_pending(route.destination) for route in routes])
    entry = _entry(intake, message, None, replay.at_ms, deliveries)
    entry.replay_of = replay.seq
    return entry


def entries(intake: Intake, calls: Calls) -> Iterable[Entry]:
    """Decide what each call becomes; one entry per call, and one for a batch that is empty or too long."""
    whole = _batch_failure(calls)
    if whole is not None:
        yield _of_call(intake, {"batch": len(calls.items)}, calls, whole)
        return
    for item in calls.items:
        if not isinstance(item, dict):
            yield _of_call(intake, {"item": item}, calls, "sandbox_item_not_object")
            continue
        message = normalise(item, calls.arrival, calls.envelope)
        entry = _of_call(intake, message, calls, _failure(intake, message, calls))
        entry.stamps = stamps(item, message)
        yield entry


def _batch_failure(calls: Calls) -> str | None:
    if not calls.batch:
        return None
    if not calls.items:
        return "empty_batch"
    return "sandbox_batch_too_long" if len(calls.items) > BATCH_MAX_MESSAGES else None


def _failure(intake: Intake, message: Mapping[str, Any], calls: Calls) -> str | None:
    if intake.slug is None:
        return "project_not_found"
    if not intake.enabled:
        return "source_disabled"
    return ingest_failure(message, delete_allowed=calls.delete_allowed)


def _of_call(intake: Intake, message: Mapping[str, Any], calls: Calls, failure: str | None) -> Entry:
    deliveries = _deliveries(intake, message) if failure is None else ()
    entry = _entry(intake, message, failure, calls.arrival.received_at_ms, deliveries)
    entry.once = failure is None and not calls.repeat_allowed
    entry.path = calls.arrival.path
    return entry


def _entry(
    intake: Intake,
    message: Mapping[str, Any],
    failure: str | None,
    received_at_ms: int,
    deliveries: tuple[PlannedDelivery, ...],
) -> Entry:
    """Make an entry; its fields in their order, as every message takes one and names cost time."""
    return Entry(
        intake.slug,
        _text(message.get("type")),
        _text(message.get("event") or message.get("name")),
        _text(message.get("userId") or message.get("anonymousId")),
        _text(message.get("messageId")),
        MessageState.ACCEPTED if failure is None else MessageState.FAILED_ON_INGEST,
        failure,
        _json(message),
        received_at_ms,
        deliveries,
    )


def _deliveries(intake: Intake, message: Mapping[str, Any]) -> tuple[PlannedDelivery, ...]:
    """Plan a delivery for every destination, those that are filtered and those that nobody knows included."""
    integrations = message.get("integrations")
    already = bundled(message)
    planned = [_delivery(route, integrations, already) for route in intake.routes]
    if integrations:
        planned += _unknown(intake, integrations)
    return tuple(planned)


def _delivery(route: Route, integrations: object, already: frozenset[str]) -> PlannedDelivery:
    if not switched_on(integrations, route.names):
        return PlannedDelivery(route.destination, DeliveryState.FILTERED, "FILTERED_BY_INTEGRATIONS_OBJECT")
    if not already.isdisjoint(route.names):
        return PlannedDelivery(route.destination, DeliveryState.FILTERED, "MESSAGE_SENT_CLIENT_SIDE")
    return _pending(route.destination)


def _unknown(intake: Intake, integrations: object) -> list[PlannedDelivery]:
    """Show what the integrations object wants to send to and nobody knows, under the name that stands there."""
    names = [name for name in named_on(integrations) if name not in intake.known]
    return [
        PlannedDelivery(name.replace("\0", "\ufffd"), DeliveryState.FILTERED, "UNKNOWN_INTEGRATION")
        for name in names[:UNKNOWN_SHOWN_MAX]
    ]


@lru_cache(maxsize=256)
def _pending(destination: str) -> PlannedDelivery:
    """Plan a delivery; a value, so that one serves all the destination's messages."""
    return PlannedDelivery(destination)


def _text(value: object) -> str | None:
    """Return a text for a column; SQLite's JSON ends one at NUL, so that a sign stands for that."""
    if not isinstance(value, str):
        return None
    return value.replace("\0", "\ufffd") if "\0" in value else value


def _json(message: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(message)
    except orjson.JSONEncodeError as error:
        raise TooDeepError(f"a message may be nested at most {DEPTH_MAX} levels deep") from error
