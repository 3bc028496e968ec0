"""What becomes of an event at the insert function before a destination."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.destinations import BatchAttempts, BatchRule, Try
from sandbox.destinations.insert_function import BehindInsertFunction, InsertFunction, Passed, passed_or_stopped
from sandbox.outcomes import REASONS, AttemptRecord, AwaitingRetry, Batch, Delivered, Discarded, Filtered, LogLine
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut
from tests.destinations.tries import tried


def invocation(ending: Ending) -> Invocation:
    """Make a run that ended so."""
    return Invocation(ending, (LogLine(1, "info", "hello"),), (), 1.0, left_open=("timer of 3000 ms",))


def threw(name: str) -> Threw:
    """Make a thrown error of this class."""
    return Threw(name, "the message", f"{name}: the message", {})


DEEP = "[" * 400 + "]" * 400
RULE = BatchRule(20, 10)


@dataclass
class FakeRuntime:
    """Runs insert functions as told; knows of one function."""

    endings: list[Ending] = field(default_factory=list)
    declared: frozenset[str] = frozenset({"onTrack"})

    def handlers(self, key: str) -> frozenset[str]:
        """Return the handlers."""
        return self.declared if key == "redact.js" else frozenset()

    async def invoke(self, key: str, event_json: bytes, settings_json: bytes, sender: Any = None) -> Invocation:
        """Return the event unless told otherwise."""
        if key != "redact.js":
            raise KeyError(key)
        return invocation(self.endings.pop(0) if self.endings else Returned(event_json.decode()))

    async def invoke_batch(
        self, key: str, events_json: bytes, settings_json: bytes, sender: Any = None
    ) -> Invocation:
        """Likewise."""
        return await self.invoke(key, events_json, settings_json)


@dataclass
class FakeDestination(BatchAttempts):
    """Takes everything, one by one or in batches."""

    received: list[bytes] = field(default_factory=list)
    rule: BatchRule | None = RULE

    @property
    def batching(self) -> BatchRule | None:
        """Return the rule."""
        return self.rule

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Take it."""
        self.received.append(tried.body)
        return AttemptRecord(Delivered(200), returned="destination")

    async def attempt_batch(self, tried: Sequence[Try]) -> list[AttemptRecord]:
        """Take them."""
        self.received.extend(each.body for each in tried)
        return [AttemptRecord(Delivered(200), batch=Batch(index)) for index in range(len(tried))]


def behind(destination: FakeDestination, *endings: Ending, key: str = "redact.js") -> BehindInsertFunction:
    """Put an insert function before a destination."""
    return BehindInsertFunction(InsertFunction("redact", FakeRuntime(list(endings)), key, b"{}"), destination)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        pytest.param(threw("DropEvent"), "DROP_EVENT", id="DropEvent"),
        pytest.param(threw("EventNotSupported"), "unsupported_event_type", id="no handler"),
        pytest.param(threw("InvalidEventPayload"), "message_rejected", id="InvalidEventPayload"),
        pytest.param(threw("ValidationError"), "message_rejected", id="ValidationError"),
        pytest.param(threw("TypeError"), "bad_request", id="any other error"),
        pytest.param(Returned(None), "sandbox_no_event", id="undefined"),
        pytest.param(Returned("null"), "sandbox_no_event", id="null"),
        pytest.param(Returned('[{"type":"track"}]'), "sandbox_no_event", id="an array"),
        pytest.param(Returned('{"type":', truncated=True), "internal", id="too long"),
    ],
)
async def test_what_stops_an_event_for_good_filters_it(ending: Ending, code: str) -> None:
    """Under the codes that Delivery Overview has for insert functions; the destination never learns of it."""
    destination = FakeDestination()
    record = await behind(destination, ending).attempt(tried(b"{}"))
    assert isinstance(record.outcome, Filtered)
    assert record.outcome.code == code
    assert code in REASONS
    assert destination.received == []


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        pytest.param(threw("RetryError"), "retry", id="RetryError"),
        pytest.param(TimedOut(5.0), "gateway_timeout", id="too slow"),
        pytest.param(OutOfMemory("heap"), "internal", id="memory"),
        pytest.param(Crashed("gone"), "internal", id="crashed"),
    ],
)
async def test_what_may_go_well_later_awaits_a_retry(ending: Ending, code: str) -> None:
    """Of the whole attempt: the insert function runs again."""
    outcome = (await behind(FakeDestination(), ending).attempt(tried(b"{}"))).outcome
    assert isinstance(outcome, AwaitingRetry)
    assert (outcome.code, outcome.delivery_code) == (code, f"errors.awaiting-retry.{code}")
    assert code in REASONS


async def test_the_returned_event_is_what_the_destination_gets() -> None:
    """In place of the one that came in; the two runs are told apart in the record."""
    destination = FakeDestination()
    record = await behind(destination, Returned('{"a":1}')).attempt(tried(b'{"b":2}'))
    assert destination.received == [b'{"a":1}']
    assert record.insert is not None
    assert (record.returned, record.insert.returned, record.insert.function) == ("destination", '{"a":1}', "redact")
    assert (record.logs, [line.text for line in record.insert.logs]) == ((), ["hello"])


def test_what_was_left_open_is_a_warning() -> None:
    """The event goes on all the same."""
    result = passed_or_stopped("redact", invocation(Returned("{}")))
    assert isinstance(result, Passed)
    assert result.run.warnings[0].startswith("A timer of 3000 ms was still open when the handler returned")


async def test_returning_nothing_is_flagged() -> None:
    """For Segment does not say what it does then."""
    record = await behind(FakeDestination(), Returned(None)).attempt(tried(b"{}"))
    assert isinstance(record.outcome, Filtered)
    assert "returned undefined" in record.outcome.message
    assert record.insert is not None
    assert "not documented" in record.insert.warnings[-1]


async def test_of_a_batch_only_what_passed_reaches_the_destination() -> None:
    """Each delivery has its own outcome, in the order of the events."""
    destination = FakeDestination()
    records = await behind(destination, Returned('{"a":1}'), threw("DropEvent"), Returned('{"a":3}')).attempt_batch(
        [tried(b"{}"), tried(b"{}"), tried(b"{}")]
    )
    assert [type(record.outcome) for record in records] == [Delivered, Filtered, Delivered]
    assert [record.batch for record in records] == [Batch(0), None, Batch(1)]
    assert destination.received == [b'{"a":1}', b'{"a":3}']


async def test_a_batch_of_which_nothing_passed_is_no_batch() -> None:
    """The destination is left alone."""
    destination = FakeDestination()
    records = await behind(destination, threw("DropEvent")).attempt_batch([tried(b"{}")])
    assert [record.batch for record in records] == [None]
    assert destination.received == []


async def test_an_insert_function_that_never_loaded_stops_the_event() -> None:
    """It may be what keeps private data from going out."""
    record = await behind(FakeDestination(), key="broken.js").attempt(tried(b"{}"))
    assert isinstance(record.outcome, Discarded)
    assert record.outcome.code == "sandbox_not_loaded"


def batched(*endings: Ending, key: str = "redact.js") -> InsertFunction:
    """Make an insert function that declares onBatch."""
    return InsertFunction("redact", FakeRuntime(list(endings), frozenset({"onBatch"})), key, b"{}")


async def test_events_of_a_batch_go_in_and_out_by_their_place() -> None:
    """The run is shown with the first of them."""
    first, second = await batched(Returned('[{"a":1},{"a":2}]')).apply_batch([tried(b"{}"), tried(b"{}")])
    assert isinstance(first, Passed)
    assert isinstance(second, Passed)
    assert (first.body, second.body) == (b'{"a":1}', b'{"a":2}')
    assert (len(first.run.logs), len(second.run.logs)) == (1, 0)


@pytest.mark.parametrize(
    ("ending", "codes"),
    [
        pytest.param(Returned('[{"a":1}]'), [None, "DROP_EVENT"], id="shorter"),
        pytest.param(Returned('[null,{"a":1},{"a":2}]'), ["sandbox_no_event", None], id="null-and-longer"),
        pytest.param(Returned(None), ["sandbox_no_event", "sandbox_no_event"], id="undefined"),
        pytest.param(Returned('{"a":1}'), ["sandbox_no_event", "sandbox_no_event"], id="no-array"),
        pytest.param(Returned("[{", truncated=True), ["internal", "internal"], id="too-long"),
        pytest.param(Returned(f'[{{"a":{DEEP}}},{{}}]'), ["internal", None], id="too-deep"),
        pytest.param(threw("DropEvent"), ["DROP_EVENT", "DROP_EVENT"], id="DropEvent"),
        pytest.param(threw("RetryError"), ["retry", "retry"], id="RetryError"),
    ],
)
async def test_what_is_missing_from_a_batch_is_stopped(ending: Ending, codes: list[str | None]) -> None:
    """Source: segment-docs, Destination insert functions, Batch handlers."""
    results = await batched(ending).apply_batch([tried(b"{}"), tried(b"{}")])
    assert [None if isinstance(each, Passed) else each.outcome.code for each in results] == codes


async def test_an_insert_function_that_never_loaded_stops_a_batch() -> None:
    """Each event of it."""
    results = await batched(key="broken.js").apply_batch([tried(b"{}"), tried(b"{}")])
    assert [isinstance(each, Passed) for each in results] == [False, False]


def test_a_destination_collects_as_it_would_by_itself() -> None:
    """An insert function changes nothing about batches."""
    assert behind(FakeDestination()).batching == RULE
    assert behind(FakeDestination(rule=None)).batching is None


def test_no_setting_is_printed() -> None:
    """There may be secrets among them."""
    assert "secret" not in repr(InsertFunction("redact", FakeRuntime(), "redact.js", b'{"apiKey":"secret"}'))
