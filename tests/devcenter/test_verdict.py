"""Green, yellow and red: every outcome that an attempt can have, and where it comes from."""

import pytest

from sandbox.devcenter import RULES, CodeText, Colour, judge
from sandbox.devcenter.verdict import Kind
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered, Discarded, Filtered, Outcome
from sandbox.wire import Exchange, NetworkError, Request, Response

CODE = CodeText("function.js", "async function onTrack() {\n  throw new EventNotSupported('no');\n}\n")
STACK = "EventNotSupported: no\n    at onTrack (function.js:2:9)"


def discarded(code: str) -> Discarded:
    """Make the end of a delivery."""
    return Discarded(code, f"errors.discarded.{code}", "Why.")


def awaiting(code: str) -> AwaitingRetry:
    """Make a failure that is tried again."""
    return AwaitingRetry(code, f"errors.awaiting-retry.{code}", "Why.")


@pytest.mark.parametrize(
    ("outcome", "kind", "rule", "code"),
    [
        pytest.param(Delivered(202), "webhook", "delivered", "202", id="taken"),
        pytest.param(Filtered("X", "Why."), "function", "stopped-on-the-way", "X", id="insert function"),
        pytest.param(discarded("UNSUPPORTED_EVENT_TYPE"), "webhook", "answered-501", "501", id="501"),
        pytest.param(discarded("UNSUPPORTED_EVENT_TYPE"), "function", "no-handler", "501", id="no handler"),
        pytest.param(discarded("MESSAGE_REJECTED"), "function", "rejected", "400", id="rejected"),
        pytest.param(discarded("BAD_REQUEST"), "function", "threw", "400", id="threw"),
        pytest.param(discarded("INVALID_SETTINGS"), "webhook", "settings", "INVALID_SETTINGS", id="settings"),
        pytest.param(discarded("sandbox_not_loaded"), "function", "does-not-load", "sandbox_not_loaded", id="code"),
        pytest.param(discarded("sandbox_blocked"), "webhook", "blocked", "sandbox_blocked", id="blocked"),
        pytest.param(discarded("INTERNAL"), "webhook", "too-large", "INTERNAL", id="large answer"),
        pytest.param(discarded("301"), "webhook", "redirected", "301", id="redirect"),
        pytest.param(discarded("400"), "webhook", "answered-400", "400", id="400"),
        pytest.param(discarded("401"), "webhook", "key-refused", "401", id="401"),
        pytest.param(discarded("403"), "webhook", "key-refused", "403", id="403"),
        pytest.param(discarded("404"), "webhook", "answered-4xx", "404", id="404"),
        pytest.param(awaiting("429"), "webhook", "answered-429", "429", id="429"),
        pytest.param(awaiting("503"), "webhook", "answered-5xx", "503", id="503"),
        pytest.param(awaiting("ETIMEDOUT"), "webhook", "timeout", "ETIMEDOUT", id="timeout"),
        pytest.param(awaiting("EREFUSED"), "webhook", "network", "EREFUSED", id="no connection"),
        pytest.param(awaiting("RETRY"), "function", "retry", "RETRY", id="RetryError"),
        pytest.param(awaiting("sandbox_memory"), "function", "out-of-memory", "sandbox_memory", id="memory"),
        pytest.param(awaiting("sandbox_crashed"), "function", "crashed", "sandbox_crashed", id="crash"),
    ],
)
def test_every_outcome_has_its_rule(outcome: Outcome, kind: Kind, rule: str, code: str) -> None:
    """And the code that is shown."""
    verdict = judge(AttemptRecord(outcome), kind)
    assert (verdict.rule.id, verdict.code) == (rule, code)


def test_only_red_is_not_accepted() -> None:
    """Green and yellow pass, and only red is counted as failed."""
    assert {rule.id for rule in RULES.values() if not rule.accepted} == {
        rule.id for rule in RULES.values() if rule.colour is Colour.RED
    }
    assert all((rule.count == "Failed") == (rule.colour is Colour.RED) for rule in RULES.values())


def test_what_was_thrown_by_the_code_is_told_from_what_has_no_handler() -> None:
    """By the partner's own frame in the stack, whose line is shown."""
    error: dict[str, object] = {"name": "EventNotSupported", "message": "no", "stack": STACK}
    verdict = judge(AttemptRecord(discarded("UNSUPPORTED_EVENT_TYPE"), error=error), "function", CODE)
    assert verdict.rule.id == "not-supported"
    assert verdict.cause is not None
    assert (verdict.cause.place, verdict.cause.text) == ("function.js:2:9", "throw new EventNotSupported('no');")


@pytest.mark.parametrize(
    ("answer", "place", "text"),
    [
        pytest.param(
            Response(503, "Busy", (), b"come again" + b"!" * 400),
            "response 2 of 2",
            "503 Busy  come again" + "!" * 190,
            id="response",
        ),
        pytest.param(
            NetworkError("ECONNREFUSED", "nobody listens"),
            "request 2 of 2",
            "ECONNREFUSED: nobody listens",
            id="none",
        ),
    ],
)
def test_the_cause_of_a_webhooks_failure_is_the_last_exchange(
    answer: Response | NetworkError, place: str, text: str
) -> None:
    """With the beginning of the body, or what the network said."""
    exchanges = tuple(
        Exchange(Request("POST", "http://127.0.0.1:9/"), each, 0, 1.0)
        for each in (Response(200, "OK", (), b""), answer)
    )
    verdict = judge(AttemptRecord(awaiting("503"), exchanges), "webhook")
    assert verdict.cause is not None
    assert (verdict.cause.place, verdict.cause.text) == (place, text)
