"""One attempt of a subscription function, or of a destination function with one event or a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, assert_never

from sandbox.destinations import BatchAttempts, BatchRule, Sender, Try
from sandbox.destinations.batch_return import outcomes_of
from sandbox.outcomes import STILL_OPEN, AttemptRecord, AwaitingRetry, Batch, Delivered, Discarded
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut

REJECTED: Final = frozenset({"InvalidEventPayload", "ValidationError"})
"""The errors that say that the event is not as it should be. Source: segment-docs, Destination functions, Errors."""

_SUCCESS: Final = 200
"""What a function that returned is shown as. Source: segment-docs, partners, the Test Suite."""


class Invoker(Protocol):
    """The runtime as destinations see it. Running raises KeyError when nothing is loaded under the key."""

    def handlers(self, key: str) -> frozenset[str]:
        """Return the names of the handlers that the code declares, none where nothing is loaded."""
        ...

    async def invoke(
        self, key: str, event_json: bytes, settings_json: bytes, sender: Sender | None = None
    ) -> Invocation:
        """Run the handler for the event's type; `sender` sends its requests, in place of the runtime's own."""
        ...

    async def invoke_batch(
        self, key: str, events_json: bytes, settings_json: bytes, sender: Sender | None = None
    ) -> Invocation:
        """Run onBatch with an array of events."""
        ...


class SenderFor(Protocol):
    """Chooses who sends the requests of an attempt."""

    def sender_for(self, tried: Try, insert: str = "") -> Sender:
        """Return the sender; `insert` names the insert function that asks, where it is one."""
        ...


def sender_of(gate: SenderFor | None, tried: Try, insert: str = "") -> Sender | None:
    """Return who sends an attempt's requests; `None` where the runtime's own sender does."""
    return None if gate is None else gate.sender_for(tried, insert)


@dataclass(frozen=True, slots=True)
class Function(BatchAttempts):
    """A destination that is a function.

    Attributes:
        key: names the code in the runtime; several destinations may share it.
        settings: the second argument of the handler, as JSON; not printed, for there are secrets in it.
        batch: how onBatch is used where the code declares it; `None` for a subscription function, which has none.
        gate: chooses who sends the requests of an attempt; `None` leaves that to the runtime.
    """

    runtime: Invoker
    key: str
    settings: bytes = field(repr=False)
    batch: BatchRule | None = None
    gate: SenderFor | None = None

    @property
    def batching(self) -> BatchRule | None:
        """Return how messages are collected, if the code that is loaded now declares onBatch."""
        if self.batch is None or "onBatch" not in self.runtime.handlers(self.key):
            return None
        return self.batch

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Run the handler once and say what Segment would make of it."""
        try:
            invocation = await self.runtime.invoke(self.key, tried.body, self.settings, sender_of(self.gate, tried))
        except KeyError:
            return AttemptRecord(NOT_LOADED)
        return record_of(invocation)

    async def attempt_batch(self, tried: Sequence[Try]) -> list[AttemptRecord]:
        """Run onBatch once; the first record has what the run showed, each has its own event's outcome."""
        events = b"[" + b",".join(each.body for each in tried) + b"]"
        try:
            invocation = await self.runtime.invoke_batch(
                self.key, events, self.settings, sender_of(self.gate, tried[0])
            )
        except KeyError:
            return [AttemptRecord(NOT_LOADED)] * len(tried)
        return batch_records(invocation, len(tried))


NOT_LOADED: Final = Discarded(
    "sandbox_not_loaded", "errors.discarded.INTERNAL", "The function's code does not load; see the reload's error."
)


def record_of(invocation: Invocation) -> AttemptRecord:
    """Translate an invocation into the attempt's record."""
    ending = invocation.ending
    return AttemptRecord(
        _outcome(ending),
        invocation.exchanges,
        invocation.logs,
        ending.value_json if isinstance(ending, Returned) else None,
        error_of(ending),
        warnings_of(invocation),
    )


def batch_records(invocation: Invocation, count: int) -> list[AttemptRecord]:
    """Translate a run of onBatch with `count` events into one record for each.

    When it threw or did not end, the whole batch shares its outcome. Source: segment-docs, Destination
    functions, Batching.
    """
    whole = replace(record_of(invocation), batch=Batch(0))
    if not isinstance(invocation.ending, Returned):
        return [whole, *(AttemptRecord(whole.outcome, batch=Batch(index)) for index in range(1, count))]
    outcomes, warnings = outcomes_of(invocation.ending, count)
    first = replace(whole, outcome=outcomes[0], warnings=whole.warnings + warnings)
    return [first, *(AttemptRecord(outcomes[index], batch=Batch(index)) for index in range(1, count))]


def error_of(ending: Ending) -> dict[str, object] | None:
    """Show what was thrown; `None` when nothing was."""
    if not isinstance(ending, Threw):
        return None
    return {"name": ending.name, "message": ending.message, "stack": ending.stack, **ending.properties}


def warnings_of(invocation: Invocation) -> tuple[str, ...]:
    """Say what the run left unfinished: AWS Lambda freezes the process then, so it may never come to its end."""
    words = f"{STILL_OPEN}: Segment may never finish it. Await it."
    return tuple(f"A {what} {words}" for what in invocation.left_open)


def _outcome(ending: Ending) -> Delivered | Discarded | AwaitingRetry:
    """Classify an ending. Source: segment-docs, Destination functions, Errors; Delivery Overview."""
    match ending:
        case Returned():
            return Delivered(_SUCCESS)
        case Threw():
            return _thrown(ending.name, ending.message)
        case TimedOut():
            return AwaitingRetry("ETIMEDOUT", "errors.awaiting-retry.ETIMEDOUT", sentence_of(ending))
        case OutOfMemory():
            return AwaitingRetry("sandbox_memory", _INTERNAL, sentence_of(ending))
        case Crashed():
            return AwaitingRetry("sandbox_crashed", _INTERNAL, sentence_of(ending))
        case _:
            assert_never(ending)


_INTERNAL: Final = "errors.awaiting-retry.INTERNAL"


def sentence_of(ending: TimedOut | OutOfMemory | Crashed) -> str:
    """Say why a run was ended."""
    match ending:
        case TimedOut():
            return f"The handler did not settle within {ending.limit_s:g} s."
        case OutOfMemory():
            return f"The function used more memory than it may have. {ending.sentence}"
        case Crashed():
            return ending.detail
        case _:
            assert_never(ending)


def _thrown(name: str, message: str) -> Discarded | AwaitingRetry:
    if name == "EventNotSupported":
        return Discarded("UNSUPPORTED_EVENT_TYPE", "errors.discarded.UNSUPPORTED_EVENT_TYPE", message)
    if name in REJECTED:
        return Discarded("MESSAGE_REJECTED", "errors.discarded.MESSAGE_REJECTED", message)
    if name == "RetryError":
        return AwaitingRetry("RETRY", "errors.awaiting-retry.RETRY", message)
    return Discarded("BAD_REQUEST", "errors.discarded.400", f"{name}: {message}")
