"""What onBatch returned, read as Segment does."""

import json
from typing import Any

import pytest

from sandbox.destinations.batch_return import outcomes_of
from sandbox.outcomes import AwaitingRetry, Delivered, Discarded
from sandbox.runtime import Returned


def shown(outcome: Delivered | Discarded | AwaitingRetry) -> str:
    """Write an outcome as its code and what follows from it."""
    if isinstance(outcome, Delivered):
        return f"{outcome.status} delivered"
    return f"{outcome.code} {'retried' if isinstance(outcome, AwaitingRetry) else 'discarded'}"


def read(value: Any, count: int) -> tuple[list[str], tuple[str, ...]]:
    """Read a callback return."""
    outcomes, warnings = outcomes_of(Returned(json.dumps(value)), count)
    return [shown(outcome) for outcome in outcomes], warnings


def test_each_event_has_its_own_status() -> None:
    """Only those with a 5xx are tried again: the documented example of six events."""
    statuses = [{"status": status} for status in (200, 400, 200, 500, 500, 200)]
    outcomes, warnings = read(statuses, 6)
    assert outcomes == [
        "200 delivered",
        "400 discarded",
        "200 delivered",
        "500 retried",
        "500 retried",
        "200 delivered",
    ]
    assert warnings == ()


@pytest.mark.parametrize("value", [None, Ellipsis], ids=["null", "undefined"])
def test_nothing_returned_means_all_are_delivered(value: Any) -> None:
    """As with the handler of a single event, not throwing is success."""
    returned = Returned(None) if value is Ellipsis else Returned("null")
    assert outcomes_of(returned, 2) == ([Delivered(200), Delivered(200)], ())


def test_the_partners_message_is_the_detail() -> None:
    """Its key is written in lower case."""
    (outcome, silent), _ = outcomes_of(
        Returned('[{"status": 422, "errormessage": "no email"}, {"status": 503, "errorMessage": "down"}]'), 2
    )
    assert outcome == Discarded("422", "errors.discarded.422", "no email")
    assert silent == AwaitingRetry("503", "errors.awaiting-retry.5xx", "onBatch returned the status 503.")


@pytest.mark.parametrize(
    ("value", "unread"),
    [
        pytest.param([{"status": 200}], 1, id="too-few"),
        pytest.param({"status": 200}, 2, id="no-array"),
        pytest.param("ok", 2, id="a-string"),
        pytest.param([{"status": "200"}, {"status": 200}], 1, id="a-string-as-status"),
        pytest.param([{"status": True}, None], 2, id="no-status"),
        pytest.param([{"status": 302}, {"status": 100}], 2, id="neither-success-nor-failure"),
        pytest.param([{"status": 99}, {"status": 600}], 2, id="no-such-status"),
    ],
)
def test_an_event_without_a_status_is_delivered_with_a_warning(value: Any, unread: int) -> None:
    """What Segment does then is not published."""
    outcomes, (warning,) = read(value, 2)
    assert outcomes == ["200 delivered", "200 delivered"]
    assert warning.startswith(f"onBatch returned no status for {unread} of 2 events.")


def test_too_many_statuses_are_told() -> None:
    """The first ones count."""
    outcomes, (warning,) = read([{"status": 200}, {"status": 400}], 1)
    assert outcomes == ["200 delivered"]
    assert warning.startswith("onBatch returned 2 statuses for 1 events.")


def test_a_return_that_was_cut_off_says_nothing() -> None:
    """Its beginning is no JSON."""
    outcomes, warnings = outcomes_of(Returned('[{"status": 500', truncated=True), 1)
    assert (outcomes, len(warnings)) == ([Delivered(200)], 1)
