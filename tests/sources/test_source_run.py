"""What Segment makes of a run of a source function."""

import json

import orjson
import pytest

from sandbox.outcomes import REASONS
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut
from sandbox.sources.function_request import Incoming, request_json
from sandbox.sources.reruns import Attempt, Call
from sandbox.sources.source_run import Emitted, Failure, SourceRun, emitted_by, shown_run, waiting_attempt
from sandbox.spec import CALL_MAX_BYTES

FORM = "application/x-www-form-urlencoded"


def invocation(ending: Ending, emitted: str | None = None) -> Invocation:
    """Make a run that ended so."""
    return Invocation(ending, (), (), 1.0, emitted)


def threw(name: str) -> Threw:
    """Make a thrown error of this class."""
    return Threw(name, "the message", f"{name}: the message", {})


@pytest.mark.parametrize(
    ("ending", "code", "would_retry"),
    [
        pytest.param(threw("Error"), "INVOKE_ERROR", False, id="any error"),
        pytest.param(threw("EventNotSupported"), "INVOKE_ERROR", False, id="no onRequest"),
        pytest.param(threw("ValidationError"), "INVOKE_ERROR", False, id="ValidationError"),
        pytest.param(threw("RetryError"), "RETRY_ERROR", True, id="RetryError"),
        pytest.param(TimedOut(5.0), "FUNCTION_TIMEOUT", True, id="too slow"),
        pytest.param(OutOfMemory("heap"), "sandbox_memory", False, id="memory"),
        pytest.param(Crashed("gone"), "sandbox_crashed", False, id="crashed"),
    ],
)
def test_a_run_that_failed_has_segments_code(ending: Ending, code: str, would_retry: bool) -> None:
    """Only RetryError and timeouts are tried again. Source: segment-docs, Source functions, FAQs."""
    emitted, failure = emitted_by(invocation(ending))
    assert failure is not None
    assert emitted == Emitted()
    assert (failure.code, failure.would_retry) == (code, would_retry)
    assert code in REASONS


def test_what_was_emitted_is_read() -> None:
    """Events and objects, each in their order, whatever the code returned."""
    text = json.dumps({"events": [{"type": "track"}], "objects": [{}]})
    assert emitted_by(invocation(Returned('"x"'), text)) == (Emitted([{"type": "track"}], [{}]), None)
    assert emitted_by(invocation(Returned(None))) == (Emitted(), None)


@pytest.mark.parametrize("depth", [300, 2_000])
def test_what_is_nested_too_deeply_fails_the_run(depth: int) -> None:
    """It could be neither sent nor kept."""
    text = '{"events":[],"objects":[' + "[" * depth + "]" * depth + "]}"
    _, failure = emitted_by(invocation(Returned(None), text))
    assert failure is not None
    assert failure.code == "TRACKING_API_FAILED"
    assert "nested too deeply" in failure.message


@pytest.mark.parametrize(("size", "fails"), [(CALL_MAX_BYTES, False), (CALL_MAX_BYTES + 1, True)])
def test_an_event_may_have_32_kb(size: int, fails: bool) -> None:
    """One that is larger fails the whole run. Source: segment-docs, Source functions, Error types."""
    event = {"x": "y" * (size - len('{"x":""}'))}  # as orjson writes it
    _, failure = emitted_by(invocation(Returned(None), json.dumps({"events": [{}, event], "objects": []})))
    assert (failure is not None) is fails
    if failure:
        assert failure.code == "TRACKING_API_FAILED"
        assert "over the maximum 32KB limit (event 1 has 32,769 bytes)" in failure.message


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("application/json", b'{"a":1}', id="JSON"),
        pytest.param("application/json", b'{"a":"\xed\xa0\x80\\ud800"}', id="no text"),
        pytest.param(FORM, "a=ü".encode(), id="form"),
        pytest.param(FORM, b"", id="nothing"),
    ],
)
@pytest.mark.parametrize("number", [1, 4])
def test_a_run_that_is_tried_again_can_be_read_from_the_journal(kind: str, body: bytes, number: int) -> None:
    """The attempt that follows has the same request."""
    incoming = Incoming((("Content-Type", kind), ("X-A", "1"), ("X-A", "2")), "b=1", body, "10.0.0.1")
    attempt = Attempt(Call(1, "hook", incoming, request_json(incoming)), number, 7 if number > 1 else None, 0)
    failure = Failure("RETRY_ERROR", "no", would_retry=True)
    run = SourceRun(attempt, "website", 1, 2, 3, invocation(threw("RetryError")), Emitted(), failure, 1_234_567)
    shown = {"seq": 7 if number == 1 else 20, **json.loads(orjson.dumps(shown_run(run)))}
    following = waiting_attempt(shown)
    assert (following.call.function, following.call.incoming) == ("hook", incoming)
    assert (following.number, following.first, following.due_ms) == (number + 1, 7, 1_234_567)
    assert json.loads(following.call.request)["body"] == json.loads(attempt.call.request)["body"]
