"""docs/workspace-functions.md says what becomes of what the workspace's own functions do."""

import pytest

from sandbox.destinations.batch_return import outcomes_of
from sandbox.destinations.insert_function import Stopped, passed_or_stopped
from sandbox.outcomes import REASONS, AwaitingRetry, Delivered, Filtered
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut
from sandbox.sources.function_request import BODY_MAX_BYTES
from sandbox.sources.source_run import emitted_by
from sandbox.workspace.models import BATCH_MAX_COUNT, BATCH_WAIT
from tests.docs.pages import read, section

TEXT = read("workspace-functions.md")


def rows(heading: str) -> dict[str, list[str]]:
    """Give the rows of a section's last table by their first cell."""
    table = section(TEXT, heading).split("|---|")[-1]
    found = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return {first: others for first, *others in found}


def threw(name: str) -> Threw:
    """Make a thrown error of this class."""
    return Threw(name, "why", "", {})


def yes(would_retry: bool) -> str:
    """Write it as the tables do."""
    return "yes" if would_retry else "no"


INSERT_ENDINGS: dict[str, Ending] = {
    "`DropEvent`": threw("DropEvent"),
    "`EventNotSupported`, or no handler for the type": threw("EventNotSupported"),
    "`InvalidEventPayload`": threw("InvalidEventPayload"),
    "`ValidationError`": threw("ValidationError"),
    "`RetryError`": threw("RetryError"),
    "anything else that is thrown": threw("TypeError"),
    "it returns no event": Returned(None),
    "no end within the timeout": TimedOut(5.0),
    "memory is exhausted": OutOfMemory("heap"),
    "its process ends": Crashed("why"),
}


@pytest.mark.parametrize("row", INSERT_ENDINGS)
def test_an_insert_functions_ending_means_what_its_row_says(row: str) -> None:
    """From DropEvent to the end of the process."""
    stopped = passed_or_stopped("redact", Invocation(INSERT_ENDINGS[row], (), (), 0.0))
    assert isinstance(stopped, Stopped)
    outcome = stopped.outcome
    retried = isinstance(outcome, AwaitingRetry)
    state = "filtered" if isinstance(outcome, Filtered) else "awaiting_retry" if retried else "discarded"
    assert rows("## Insert functions")[row] == [state, f"`{outcome.code}`", yes(retried)]


def test_there_is_no_row_beyond_an_insert_functions_endings() -> None:
    """In the same order."""
    assert list(rows("## Insert functions")) == list(INSERT_ENDINGS)


SOURCE_ENDINGS: dict[str, Ending] = {
    "`RetryError`": threw("RetryError"),
    "anything else that is thrown, or no `onRequest`": threw("EventNotSupported"),
    "no end within the timeout": TimedOut(5.0),
    "memory is exhausted": OutOfMemory("heap"),
    "its process ends": Crashed("why"),
}


@pytest.mark.parametrize("row", SOURCE_ENDINGS)
def test_a_source_functions_ending_means_what_its_row_says(row: str) -> None:
    """The statuses are those that the webhook's own tests ask for."""
    _, failure = emitted_by(Invocation(SOURCE_ENDINGS[row], (), (), 0.0))
    assert failure is not None
    assert rows("## Source functions")[row] == ["500", f"`{failure.code}`", yes(failure.would_retry)]


def test_every_code_of_a_failure_has_its_reason() -> None:
    """So that its remedy can be looked up."""
    assert {code.strip("`") for _, code, _ in rows("## Source functions").values()} <= REASONS.keys()


@pytest.mark.parametrize(
    ("row", "statuses"),
    [
        pytest.param("200 to 299", range(200, 300), id="2xx"),
        pytest.param("400 to 499", range(400, 500), id="4xx"),
        pytest.param("500 to 599", range(500, 600), id="5xx"),
        pytest.param("none, or another", [100, 199, 300, 399, 600], id="other"),
    ],
)
def test_a_status_in_a_batch_means_what_its_row_says(row: str, statuses: range | list[int]) -> None:
    """Every one of them."""
    for status in statuses:
        (outcome,), warnings = outcomes_of(Returned(f'[{{"status": {status}}}]'), 1)
        retried = isinstance(outcome, AwaitingRetry)
        state = "delivered" if isinstance(outcome, Delivered) else "awaiting_retry" if retried else "discarded"
        told = [f"{state}, with a warning" if warnings else state, yes(retried)]
        assert rows("## Destination functions")[row] == told, status


def test_the_figures_are_the_real_ones() -> None:
    """The sizes of batches and bodies."""
    assert f"{BATCH_MAX_COUNT} at most, and at most {BATCH_WAIT:g} seconds" in TEXT
    assert f"more than {BODY_MAX_BYTES // 1024} KiB" in TEXT
