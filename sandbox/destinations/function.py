"""One attempt of a subscription function."""

from dataclasses import dataclass
from typing import Final, Protocol, assert_never

from sandbox.outcomes import AttemptRecord, Delivered, Discarded
from sandbox.runtime import Crashed, Invocation, OutOfMemory, Returned, Threw, TimedOut

_REJECTED: Final = frozenset({"InvalidEventPayload", "ValidationError"})
_SUCCESS: Final = 200
"""What a function that returned is shown as. Source: segment-docs, partners, the Test Suite."""


class Invoker(Protocol):
    """The runtime as this module sees it."""

    async def invoke(self, key: str, event_json: bytes, settings_json: bytes) -> Invocation:
        """Run the handler for the event's type."""
        ...


@dataclass(frozen=True, slots=True)
class Function:
    """A destination whose component is a function.

    Attributes:
        key: names the code in the runtime; several destinations may share it.
        settings: the second argument of the handler, as JSON.
    """

    runtime: Invoker
    key: str
    settings: bytes

    async def attempt(self, body: bytes) -> AttemptRecord:
        """Run the handler once and say what Segment would make of it."""
        try:
            invocation = await self.runtime.invoke(self.key, body, self.settings)
        except KeyError:
            return AttemptRecord(_NOT_LOADED)
        return record_of(invocation)


_NOT_LOADED: Final = Discarded(
    "sandbox_not_loaded", "errors.discarded.INTERNAL", "The function's code does not load; see the reload's error."
)


def record_of(invocation: Invocation) -> AttemptRecord:
    """Translate an invocation into the attempt's record."""
    ending = invocation.ending
    returned = ending.value_json if isinstance(ending, Returned) else None
    error: dict[str, object] | None = None
    if isinstance(ending, Threw):
        error = {"name": ending.name, "message": ending.message, "stack": ending.stack, **ending.properties}
    return AttemptRecord(_outcome(ending), invocation.exchanges, invocation.logs, returned, error)


def _outcome(ending: Returned | Threw | TimedOut | OutOfMemory | Crashed) -> Delivered | Discarded:
    """Classify an ending. Source: segment-docs, Destination functions, Errors; Delivery Overview."""
    match ending:
        case Returned():
            return Delivered(_SUCCESS)
        case Threw():
            return _thrown(ending.name, ending.message)
        case TimedOut():
            sentence = f"The handler did not settle within {ending.limit_s:g} s."
            return Discarded("ETIMEDOUT", "errors.awaiting-retry.ETIMEDOUT", sentence, would_retry=True)
        case OutOfMemory():
            sentence = f"The function used more memory than it may have ({ending.which})."
            return Discarded("sandbox_memory", "errors.awaiting-retry.INTERNAL", sentence, would_retry=True)
        case Crashed():
            return Discarded("sandbox_crashed", "errors.awaiting-retry.INTERNAL", ending.detail, would_retry=True)
        case _:
            assert_never(ending)


def _thrown(name: str, message: str) -> Discarded:
    if name == "EventNotSupported":
        return Discarded("UNSUPPORTED_EVENT_TYPE", "errors.discarded.UNSUPPORTED_EVENT_TYPE", message)
    if name in _REJECTED:
        return Discarded("MESSAGE_REJECTED", "errors.discarded.MESSAGE_REJECTED", message)
    if name == "RetryError":
        return Discarded("RETRY", "errors.awaiting-retry.RETRY", message, would_retry=True)
    return Discarded("BAD_REQUEST", "errors.discarded.400", f"{name}: {message}")
