"""What Segment makes of a run of a source function."""

import json

import pytest

from sandbox.outcomes import REASONS
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut
from sandbox.sources.source_run import Emitted, emitted_by
from sandbox.spec import CALL_MAX_BYTES


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
