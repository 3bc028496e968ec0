"""What Segment makes of a function's run."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.destinations import BatchRule
from sandbox.destinations.function import Function, batch_records, record_of
from sandbox.outcomes import REASONS, AwaitingRetry, Batch, Delivered, Discarded, LogLine
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut
from tests.destinations.tries import tried


def invocation(ending: Ending) -> Invocation:
    """Make a run that ended so."""
    return Invocation(ending, (LogLine(1, "info", "hello"),), (), 1.0)


def threw(name: str) -> Threw:
    """Make a thrown error of this class."""
    return Threw(name, "the message", f"{name}: the message\n    at onTrack (function.js:2:9)", {"code": 7})


@pytest.mark.parametrize(
    ("ending", "code", "delivery_code", "retried"),
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
def test_an_ending_has_segments_outcome(ending: Ending, code: str, delivery_code: str, retried: bool) -> None:
    """Segment's classes decide; everything else is a bad request, and lost."""
    outcome = record_of(invocation(ending)).outcome
    assert isinstance(outcome, AwaitingRetry if retried else Discarded)
    assert (outcome.code, outcome.delivery_code) == (code, delivery_code)
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


NOTHING = Returned(None)


@dataclass
class FakeRuntime:
    """Has one function, with these handlers, and ends every run so."""

    declared: frozenset[str] = frozenset({"onTrack"})
    ending: Ending = NOTHING
    received: list[bytes] = field(default_factory=list)

    def handlers(self, key: str) -> frozenset[str]:
        """Return the handlers."""
        return self.declared if key == "function.js" else frozenset()

    async def invoke(self, key: str, event_json: bytes, settings_json: bytes, sender: Any = None) -> Invocation:
        """Run one event."""
        return await self.invoke_batch(key, event_json, settings_json)

    async def invoke_batch(
        self, key: str, events_json: bytes, settings_json: bytes, sender: Any = None
    ) -> Invocation:
        """Run a batch."""
        if key != "function.js":
            raise KeyError(key)
        self.received.append(events_json)
        return invocation(self.ending)


RULE = BatchRule(20, 10.0)
BATCHING = FakeRuntime(frozenset({"onTrack", "onBatch"}))


async def test_code_that_never_loaded_discards_with_the_reason() -> None:
    """The event is not lost sight of."""
    function = Function(FakeRuntime(), "other.js", b"{}", RULE)
    for record in [await function.attempt(tried(b"{}")), *await function.attempt_batch([tried(b"{}"), tried(b"{}")])]:
        assert isinstance(record.outcome, Discarded)
        assert record.outcome.code == "sandbox_not_loaded"


@pytest.mark.parametrize(
    ("function", "rule"),
    [
        pytest.param(Function(BATCHING, "function.js", b"{}", RULE), RULE, id="declares onBatch"),
        pytest.param(Function(FakeRuntime(), "function.js", b"{}", RULE), None, id="declares none"),
        pytest.param(Function(BATCHING, "function.js", b"{}"), None, id="a subscription function"),
        pytest.param(Function(BATCHING, "other.js", b"{}", RULE), None, id="not loaded"),
    ],
)
def test_declaring_on_batch_opts_a_destination_function_in(function: Function, rule: BatchRule | None) -> None:
    """Source: segment-docs, Destination functions, Batching."""
    assert function.batching == rule


async def test_a_batch_is_one_array() -> None:
    """Each event has its own outcome; the first record has what the run showed."""
    runtime = FakeRuntime(ending=Returned('[{"status":200},{"status":400}]'))
    first, second = await Function(runtime, "function.js", b"{}", RULE).attempt_batch(
        [tried(b'{"a":1}'), tried(b'{"b":2}')]
    )
    assert runtime.received == [b'[{"a":1},{"b":2}]']
    assert (first.outcome, first.batch, len(first.logs)) == (Delivered(200), Batch(0), 1)
    assert (second.outcome, second.batch, second.logs) == (
        Discarded("400", "errors.discarded.400", "onBatch returned the status 400."),
        Batch(1),
        (),
    )


@pytest.mark.parametrize(
    ("ending", "code", "retried"),
    [
        pytest.param(threw("RetryError"), "RETRY", True, id="RetryError"),
        pytest.param(TimedOut(5.0), "ETIMEDOUT", True, id="too slow"),
        pytest.param(threw("TypeError"), "BAD_REQUEST", False, id="any other error"),
        pytest.param(threw("ValidationError"), "MESSAGE_REJECTED", False, id="ValidationError"),
        pytest.param(threw("EventNotSupported"), "UNSUPPORTED_EVENT_TYPE", False, id="EventNotSupported"),
    ],
)
def test_a_batch_that_failed_shares_its_outcome(ending: Ending, code: str, retried: bool) -> None:
    """Source: segment-docs, Destination functions, Batching, error types."""
    records = batch_records(invocation(ending), 3)
    assert [record.batch for record in records] == [Batch(0), Batch(1), Batch(2)]
    for record in records:
        assert isinstance(record.outcome, AwaitingRetry if retried else Discarded)
        assert record.outcome.code == code


def test_what_was_left_open_is_a_warning() -> None:
    """AWS Lambda freezes the process when the handler has returned."""
    run = Invocation(Returned(None), (), (), 1.0, left_open=("request to https://example.com",))
    (warning,) = record_of(run).warnings
    assert warning.startswith("A request to https://example.com was still open when the handler returned")


def test_no_setting_is_printed() -> None:
    """There may be secrets among them."""
    assert "secret" not in repr(Function(FakeRuntime(), "function.js", b'{"apiKey":"secret"}'))
