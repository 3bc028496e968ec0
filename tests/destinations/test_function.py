"""What Segment makes of a function's run."""

import pytest

from sandbox.destinations.function import Function, record_of
from sandbox.outcomes import REASONS, Delivered, Discarded, LogLine
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut


def invocation(ending: Ending) -> Invocation:
    """Make a run that ended so."""
    return Invocation(ending, (LogLine(1, "info", "hello"),), (), 1.0)


def threw(name: str) -> Threw:
    """Make a thrown error of this class."""
    return Threw(name, "the message", f"{name}: the message\n    at onTrack (function.js:2:9)", {"code": 7})


@pytest.mark.parametrize(
    ("ending", "code", "delivery_code", "would_retry"),
    [
        pytest.param(
            threw("EventNotSupported"),
            "UNSUPPORTED_EVENT_TYPE",
            "errors.discarded.UNSUPPORTED_EVENT_TYPE",
            False,
            id="EventNotSupported",
        ),
        pytest.param(
            threw("InvalidEventPayload"),
            "MESSAGE_REJECTED",
            "errors.discarded.MESSAGE_REJECTED",
            False,
            id="InvalidEventPayload",
        ),
        pytest.param(
            threw("ValidationError"),
            "MESSAGE_REJECTED",
            "errors.discarded.MESSAGE_REJECTED",
            False,
            id="ValidationError",
        ),
        pytest.param(threw("RetryError"), "RETRY", "errors.awaiting-retry.RETRY", True, id="RetryError"),
        pytest.param(threw("TypeError"), "BAD_REQUEST", "errors.discarded.400", False, id="any other error"),
        pytest.param(threw("FetchError"), "BAD_REQUEST", "errors.discarded.400", False, id="a network error"),
        pytest.param(TimedOut(5.0), "ETIMEDOUT", "errors.awaiting-retry.ETIMEDOUT", True, id="too slow"),
        pytest.param(OutOfMemory("heap"), "sandbox_memory", "errors.awaiting-retry.INTERNAL", True, id="memory"),
        pytest.param(Crashed("gone"), "sandbox_crashed", "errors.awaiting-retry.INTERNAL", True, id="crashed"),
    ],
)
def test_an_ending_has_segments_outcome(ending: Ending, code: str, delivery_code: str, would_retry: bool) -> None:
    """Segment's classes decide; everything else is a bad request, and lost."""
    outcome = record_of(invocation(ending)).outcome
    assert isinstance(outcome, Discarded)
    assert (outcome.code, outcome.delivery_code, outcome.would_retry) == (code, delivery_code, would_retry)
    assert code in REASONS


def test_returning_is_delivered() -> None:
    """Whatever the value; it is shown as the callback return."""
    record = record_of(invocation(Returned('{"ok":true}', truncated=False)))
    assert record.outcome == Delivered(200)
    assert (record.returned, record.error, [log.text for log in record.logs]) == ('{"ok":true}', None, ["hello"])


def test_a_thrown_error_is_kept_whole() -> None:
    """Name, message, the partner's stack, and what the error carried besides."""
    error = record_of(invocation(threw("RetryError"))).error
    assert error is not None
    assert (error["name"], error["message"], error["code"]) == ("RetryError", "the message", 7)
    assert "function.js:2:9" in str(error["stack"])


class NothingLoaded:
    """A runtime that has no code of that key."""

    async def invoke(self, key: str, event_json: bytes, settings_json: bytes) -> Invocation:
        """Say so."""
        raise KeyError(key)


async def test_code_that_never_loaded_discards_with_the_reason() -> None:
    """The event is not lost sight of."""
    outcome = (await Function(NothingLoaded(), "function.js", b"{}").attempt(b"{}")).outcome
    assert isinstance(outcome, Discarded)
    assert outcome.code == "sandbox_not_loaded"
