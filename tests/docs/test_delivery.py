"""docs/delivery.md says what becomes of a message, and what a component is sent."""

import json
import re
from typing import Any

import pytest

from sandbox.delivery import AT_ONCE
from sandbox.destinations.function import Function, record_of
from sandbox.destinations.webhook import DEFAULT_TIMEOUT_S, Webhook, outcome_of, request_of
from sandbox.journal.records import BODY_KEPT_BYTES
from sandbox.outbound.target import framed
from sandbox.outcomes import AwaitingRetry, Delivered, DeliveryState, Discarded, MessageState, Outcome
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut
from sandbox.wire import NetworkError, Response
from tests.destinations.tries import tried
from tests.docs.pages import fenced, first_cells, read, section

TEXT = read("delivery.md")
WEBHOOK, FUNCTION = section(TEXT, "## The webhook"), section(TEXT, "## The function")


def rows(text: str) -> dict[str, list[str]]:
    """Give the table with the column `Segment retries`: the other cells by the first."""
    table = text.split("Segment retries |\n", 1)[1].split("\n\n", 1)[0]
    found = [line.strip("| ").split(" | ") for line in table.splitlines()[1:]]
    return {first: others for first, *others in found}


def told(outcome: Outcome) -> list[str]:
    """Write an outcome as the tables do."""
    if isinstance(outcome, Delivered):
        return ["delivered", "none", "no"]
    assert isinstance(outcome, Discarded | AwaitingRetry)
    retried = isinstance(outcome, AwaitingRetry)
    return ["awaiting_retry" if retried else "discarded", f"`{outcome.code}`", "yes" if retried else "no"]


def answered(status: int) -> Outcome:
    """Give what becomes of an answer."""
    return outcome_of(Response(status, "", (), b""))


def threw(name: str) -> Threw:
    """Make an error of this name."""
    return Threw(name, "why", "", {})


def test_every_state_has_its_row() -> None:
    """Those of a message first."""
    states = [*MessageState, *DeliveryState]
    assert first_cells(section(TEXT, "## States")) == states


def test_the_headers_are_the_real_ones_in_their_order() -> None:
    """Host first, as every HTTP client sends it."""
    request = request_of(Webhook("https://partner.example/segment", {"apiKey": "local-api-key"}), b"{}")
    headers = framed(request, "partner.example")
    assert first_cells(WEBHOOK.split("What your service may answer")[0]) == [name for name, _value in headers]
    for name, value in headers[1:]:
        row = next(line for line in WEBHOOK.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"`{value}`" in row or name in {"Authorization", "Content-Length"}


def test_the_values_to_check_a_service_with_are_sent() -> None:
    """The documented key and settings, as the documented headers."""
    settings = json.loads(fenced(WEBHOOK, "json")[0])
    request = request_of(Webhook("https://partner.example/", {"apiKey": "segment", **settings}), b"{}")
    sent = dict(request.headers)
    assert f"`{sent['Authorization']}`" in WEBHOOK
    assert f"`{sent['X-Segment-Settings']}`" in WEBHOOK


@pytest.mark.parametrize("status", [200, 202, 400, 401, 403, 422, 429, 500, 501, 502, 503, 504])
def test_a_status_means_what_its_row_says(status: int) -> None:
    """Those that Segment names."""
    assert rows(WEBHOOK)[f"`{status}`"] == told(answered(status))


@pytest.mark.parametrize(
    ("row", "statuses"),
    [
        ("any other 2xx", {*range(200, 300)} - {200, 202}),
        ("3xx", {*range(300, 400)}),
        ("any other 4xx", {*range(400, 500)} - {400, 401, 403, 422, 429}),
        ("any other 5xx", {*range(500, 600)} - {500, 501, 502, 503, 504}),
    ],
)
def test_the_other_statuses_mean_what_their_row_says(row: str, statuses: set[int]) -> None:
    """Every one of them; the reason is the status itself."""
    expected = rows(WEBHOOK)[row]
    for status in statuses:
        outcome = [cell.replace(f"`{status}`", "the status") for cell in told(answered(status))]
        assert outcome == expected, status


def test_no_answer_means_what_its_rows_say() -> None:
    """A deadline that passed, an answer that is too long, an address that is kept out, a refused connection."""
    assert rows(WEBHOOK)["nothing within the timeout"] == told(outcome_of(NetworkError("ECONNABORTED", "why")))
    assert rows(WEBHOOK)["more than 10 MiB"] == told(outcome_of(NetworkError("SANDBOX_RESPONSE_TOO_LARGE", "why")))
    blocked = told(outcome_of(NetworkError("SANDBOX_REFUSED", "why")))
    assert rows(WEBHOOK)["none: the sandbox does not connect there"] == blocked
    refused = told(outcome_of(NetworkError("ECONNREFUSED", "why")))
    assert rows(WEBHOOK)["no connection"] == [refused[0], f"{refused[1]}, `ENOTFOUND` and others", refused[2]]


ENDINGS: dict[str, Ending] = {
    "it returns, or its promise is fulfilled": Returned(None),
    "`EventNotSupported`, or no handler for the type": threw("EventNotSupported"),
    "`InvalidEventPayload`": threw("InvalidEventPayload"),
    "`ValidationError`": threw("ValidationError"),
    "`RetryError`": threw("RetryError"),
    "anything else that is thrown": threw("TypeError"),
    "no end within the timeout": TimedOut(5.0),
    "memory is exhausted": OutOfMemory("heap"),
    "its process ends": Crashed("why"),
}


@pytest.mark.parametrize("row", ENDINGS)
def test_an_ending_means_what_its_row_says(row: str) -> None:
    """From a return to the end of the process."""
    invocation = Invocation(ENDINGS[row], (), (), 0.0)
    assert rows(FUNCTION)[row] == told(record_of(invocation).outcome)


async def test_code_that_does_not_load_means_what_its_row_says() -> None:
    """The one ending that is no invocation; there is no row beyond these."""

    class NotLoaded:
        def handlers(self, key: str) -> frozenset[str]:
            return frozenset()

        async def invoke_batch(
            self, key: str, events_json: bytes, settings_json: bytes, sender: Any = None
        ) -> Invocation:
            raise KeyError(key)

        async def invoke(self, key: str, event_json: bytes, settings_json: bytes, sender: Any = None) -> Invocation:
            raise KeyError(key)

    last = "its code does not load, and none did before"
    record = await Function(NotLoaded(), "function.js", b"{}").attempt(tried(b"{}"))
    assert rows(FUNCTION)[last] == told(record.outcome)
    assert list(rows(FUNCTION)) == [*ENDINGS, last]


def test_the_figures_are_the_real_ones() -> None:
    """Attempts at once, the webhook's timeout, what is kept of a body."""
    assert f"Up\nto {AT_ONCE} attempts" in TEXT
    assert f"within {DEFAULT_TIMEOUT_S:g} seconds" in TEXT
    assert f"the first {BODY_KEPT_BYTES // 1024 // 1024} MiB of each body" in TEXT


def test_the_message_on_the_page_is_shown() -> None:
    """As the detail of the delivery."""
    body = fenced(TEXT, "json")[1]
    outcome = outcome_of(Response(400, "Bad Request", (("Content-Type", "application/json"),), body.encode()))
    assert not isinstance(outcome, Delivered)
    assert re.search(rf'"{outcome.message}"', body)
