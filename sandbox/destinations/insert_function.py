"""An insert function: what it makes of an event on its way to one destination, before the destination itself.

Source: segment-docs, Destination insert functions; Delivery Overview, Discard reasons, Filtered at destination.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

import orjson

from sandbox.destinations import Attempts, BatchAttempts, BatchRule, Try
from sandbox.destinations.function import (
    NOT_LOADED,
    REJECTED,
    Invoker,
    SenderFor,
    error_of,
    sender_of,
    sentence_of,
    warnings_of,
)
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Discarded, Filtered, InsertRun
from sandbox.runtime import Crashed, Invocation, OutOfMemory, Returned, Threw, TimedOut


@dataclass(frozen=True, slots=True)
class Passed:
    """The event goes on, as the insert function returned it."""

    body: bytes
    run: InsertRun


@dataclass(frozen=True, slots=True)
class Stopped:
    """The event goes no further."""

    outcome: AwaitingRetry | Filtered | Discarded
    run: InsertRun


@dataclass(frozen=True, slots=True)
class InsertFunction:
    """An insert function with the settings that it has.

    Attributes:
        slug: its name in the attempt's record.
        key: names its code in the runtime.
        settings: the second argument of its handlers, as JSON; not printed, for there are secrets in it.
        gate: chooses who sends the requests of a run; `None` leaves that to the runtime.
    """

    slug: str
    runtime: Invoker
    key: str
    settings: bytes = field(repr=False)
    gate: SenderFor | None = None

    async def apply(self, tried: Try) -> Passed | Stopped:
        """Run the handler for the message once."""
        try:
            sender = sender_of(self.gate, tried, self.slug)
            invocation = await self.runtime.invoke(self.key, tried.body, self.settings, sender)
        except KeyError:
            return Stopped(NOT_LOADED, InsertRun(self.slug))
        return passed_or_stopped(self.slug, invocation)

    async def apply_batch(self, tried: Sequence[Try]) -> list[Passed | Stopped]:
        """Run onBatch once for events on their way to a batch; where there is none, each handler for itself."""
        if "onBatch" not in self.runtime.handlers(self.key):
            return list(await asyncio.gather(*(self.apply(each) for each in tried)))
        events = b"[" + b",".join(each.body for each in tried) + b"]"
        try:
            invocation = await self.runtime.invoke_batch(
                self.key, events, self.settings, sender_of(self.gate, tried[0], self.slug)
            )
        except KeyError:
            return [Stopped(NOT_LOADED, InsertRun(self.slug))] * len(tried)
        return batch_passed_or_stopped(self.slug, invocation, len(tried))


def batch_passed_or_stopped(slug: str, invocation: Invocation, count: int) -> list[Passed | Stopped]:
    """Say what becomes of `count` events after a run of onBatch; what it showed is with the first of them.

    Segment pairs events in and out by their place in the array; an array that is shorter filters the rest.
    Source: segment-docs, Destination insert functions, Batch handlers.
    """
    ending = invocation.ending
    runs = [_run(slug, invocation), *[InsertRun(slug)] * (count - 1)]
    if not isinstance(ending, Returned):
        return [Stopped(_failed(ending), run) for run in runs]
    if ending.truncated:
        return [Stopped(_TOO_LONG, run) for run in runs]
    events = orjson.loads(ending.value_json or "null")
    if not isinstance(events, list):
        outcome = Filtered("sandbox_no_event", _returned_words(ending, "an array of events"))
        return [Stopped(outcome, run) for run in runs]
    missing: list[Passed | Stopped] = [Stopped(_omitted(len(events), count), run) for run in runs[len(events) :]]
    return [_paired(event, run) for event, run in zip(events, runs, strict=False)] + missing


def _omitted(returned: int, count: int) -> Filtered:
    return Filtered("DROP_EVENT", f"onBatch returned {returned} events for {count}; the rest is filtered.")


def _paired(event: object, run: InsertRun) -> Passed | Stopped:
    if not isinstance(event, dict):
        return Stopped(Filtered("sandbox_no_event", "onBatch returned no event in this one's place."), run)
    try:
        return Passed(orjson.dumps(event), run)
    except orjson.JSONEncodeError:
        return Stopped(Filtered("internal", "The returned event is nested too deeply."), run)


def passed_or_stopped(slug: str, invocation: Invocation) -> Passed | Stopped:
    """Say what becomes of the event after a run of an insert function."""
    ending, run = invocation.ending, _run(slug, invocation)
    match ending:
        case Returned(truncated=True):
            return Stopped(_TOO_LONG, run)
        case Returned(value_json=value) if value is not None and value.startswith("{"):
            return Passed(value.encode(), run)
        case Returned():
            return Stopped(Filtered("sandbox_no_event", _returned_words(ending, "the event")), _with_warning(run))
        case _:
            return Stopped(_failed(ending), run)


def _run(slug: str, invocation: Invocation) -> InsertRun:
    ending = invocation.ending
    returned = ending.value_json if isinstance(ending, Returned) else None
    return InsertRun(slug, invocation.exchanges, invocation.logs, returned, error_of(ending), warnings_of(invocation))


_SHOWN: Final = 60
_TOO_LONG: Final = Filtered("internal", "What the insert function returned is longer than 1 MB.")


def _returned_words(ending: Returned, expected: str) -> str:
    value = "undefined" if ending.value_json is None else ending.value_json
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    return f"The insert function returned {shown}; expected is {expected}. Return it, or throw DropEvent."


def _with_warning(run: InsertRun) -> InsertRun:
    warning = (
        "What Segment does with an insert function that returns no event is not documented; here it stops the event."
    )
    return replace(run, warnings=(*run.warnings, warning))


def _failed(ending: Threw | TimedOut | OutOfMemory | Crashed) -> AwaitingRetry | Filtered | Discarded:
    """Classify a run that returned nothing; what Segment would try again is discarded, the rest filtered."""
    match ending:
        case Threw():
            return _thrown(ending.name, ending.message)
        case TimedOut():
            return _awaited("gateway_timeout", sentence_of(ending))
        case OutOfMemory() | Crashed():
            return _awaited("internal", sentence_of(ending))
        case _:
            assert_never(ending)


def _thrown(name: str, message: str) -> AwaitingRetry | Filtered | Discarded:
    if name == "DropEvent":
        return Filtered("DROP_EVENT", message)
    if name == "EventNotSupported":
        return Filtered("unsupported_event_type", message)
    if name in REJECTED:
        return Filtered("message_rejected", message)
    if name == "RetryError":
        return _awaited("retry", message)
    return Filtered("bad_request", f"{name}: {message}")


def _awaited(code: str, message: str) -> AwaitingRetry:
    return AwaitingRetry(code, f"errors.awaiting-retry.{code}", message)


@dataclass(frozen=True, slots=True)
class BehindInsertFunction(BatchAttempts):
    """A destination with an insert function before it."""

    insert: InsertFunction
    destination: Attempts

    @property
    def batching(self) -> BatchRule | None:
        """Return how the destination collects messages."""
        return self.destination.batching if isinstance(self.destination, BatchAttempts) else None

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Run the insert function, then try the destination with what it returned."""
        result = await self.insert.apply(tried)
        if isinstance(result, Stopped):
            return AttemptRecord(result.outcome, insert=result.run)
        return replace(await self.destination.attempt(replace(tried, body=result.body)), insert=result.run)

    async def attempt_batch(self, tried: Sequence[Try]) -> list[AttemptRecord]:
        """Run the insert function for the messages, then try the destination with those that passed."""
        results = await self.insert.apply_batch(tried)
        passed = [
            replace(each, body=result.body)
            for each, result in zip(tried, results, strict=True)
            if isinstance(result, Passed)
        ]
        records = iter(await self._destination_batch(passed))
        return [
            AttemptRecord(result.outcome, insert=result.run)
            if isinstance(result, Stopped)
            else replace(next(records), insert=result.run)
            for result in results
        ]

    async def _destination_batch(self, tried: Sequence[Try]) -> Sequence[AttemptRecord]:
        if not tried:
            return []
        assert isinstance(self.destination, BatchAttempts)  # noqa: S101 - for the type checker; it said how it batches
        return await self.destination.attempt_batch(tried)
