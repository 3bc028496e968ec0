"""One line for each thing that happens."""

from typing import Any

import pytest

from sandbox.cli.lines import line
from sandbox.cli.table import start_table

BASE = {"seq": 7, "at": "2026-03-01T12:00:00.123Z", "type": "track", "event": "Signed Up", "destination": "crm"}
DELIVERY = {
    **BASE,
    "kind": "delivery",
    "attempt": 3,
    "duration_ms": 17,
    "code": "200",
    "number": 2,
    "next_attempt_at": None,
}


INVOCATION = {
    **BASE,
    "kind": "invocation",
    "function": "hook",
    "state": "succeeded",
    "attempt": 1,
    "next_attempt_at": None,
    "duration_ms": 3.2,
}
FAILED = {**INVOCATION, "state": "failed", "detail": "RetryError: no"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            {**BASE, "kind": "message", "state": "accepted", "source": "website", "user_id": "u"},
            "--> track Signed Up  u  website [7]",
            id="accepted",
        ),
        pytest.param(
            {
                **BASE,
                "kind": "message",
                "state": "failed_on_ingest",
                "reason": "project_not_found",
                "source": None,
                "user_id": None,
                "type": None,
                "event": None,
            },
            "-x- ?  unknown source  failed_on_ingest: project_not_found [7]",
            id="an unknown source",
        ),
        pytest.param(
            {**DELIVERY, "state": "delivered", "type": None, "event": None, "code": None, "duration_ms": None},
            "*** ?  crm  delivered; the attempt is removed [7]",
            id="removed meanwhile",
        ),
        pytest.param({**DELIVERY, "state": "delivered"}, "<-- 200 track Signed Up  crm  17 ms [7]", id="delivered"),
        pytest.param(
            {**DELIVERY, "state": "discarded", "code": "401", "detail": "who?"},
            "-x- 401 track Signed Up  crm  17 ms  who? [7]",
            id="discarded",
        ),
        pytest.param(
            {**DELIVERY, "state": "discarded", "code": "401", "detail": "who?", "advice": ["basic_auth"]},
            "-x- 401 track Signed Up  crm  17 ms  who?  advice: basic_auth [7]",
            id="discarded, with advice",
        ),
        pytest.param(
            {
                **DELIVERY,
                "state": "awaiting_retry",
                "code": "503",
                "detail": "down",
                "next_attempt_at": "2026-03-01T12:01:02.345Z",
            },
            "-x- 503 track Signed Up  crm  17 ms  down  (attempt 3 at 12:01:02 UTC) [7]",
            id="awaiting retry",
        ),
        pytest.param(
            {**DELIVERY, "state": "filtered", "reason": "FILTERED_BY_INTEGRATIONS_OBJECT"},
            "-/- track Signed Up  crm  filtered: FILTERED_BY_INTEGRATIONS_OBJECT [7]",
            id="filtered",
        ),
        pytest.param(
            {**DELIVERY, "state": "stopped", "reason": "sandbox_destination_removed"},
            "-/- track Signed Up  crm  stopped: sandbox_destination_removed [7]",
            id="stopped",
        ),
        pytest.param(
            {**BASE, "kind": "refused", "status": 400, "method": "POST", "path": "/v1/t", "detail": "malformed JSON"},
            "-x- 400 POST /v1/t  malformed JSON [7]",
            id="refused",
        ),
        pytest.param(
            {**INVOCATION, "messages": [8, 9], "objects": [{}]},
            "*** function hook made 2 messages and 1 object in 3.2 ms [7]",
            id="source function",
        ),
        pytest.param(
            {**INVOCATION, "messages": None, "objects": []},
            "*** function hook made 0 messages in 3.2 ms [7]",
            id="source function without events",
        ),
        pytest.param(
            {**INVOCATION, "attempt": 3, "messages": [8, 8], "objects": []},
            "*** function hook made 1 message in 3.2 ms  (attempt 3) [7]",
            id="source function on its third attempt",
        ),
        pytest.param(
            {**FAILED, "next_attempt_at": "2026-01-02T03:06:05.678Z"},
            "-x- function hook  attempt 1: RetryError: no  (attempt 2 at 03:06:05 UTC) [7]",
            id="source function that is tried again",
        ),
        pytest.param(
            {**FAILED, "attempt": 6, "detail": "RetryError: no. Given up after 6 attempts."},
            "-x- function hook  attempt 6: RetryError: no. Given up after 6 attempts. [7]",
            id="source function on its last attempt",
        ),
        pytest.param(
            {**BASE, "kind": "given_up", "function": "hook", "calls": [3, 5], "detail": "The function left."},
            "-x- function hook  2 calls not tried again: The function left. [7]",
            id="calls of a source function that are given up",
        ),
        pytest.param(
            {**BASE, "kind": "refused", "status": 0, "method": "POST", "path": "/v1/t", "detail": "fault 1 struck"},
            "-x- cut POST /v1/t  fault 1 struck [7]",
            id="cut on purpose",
        ),
        pytest.param(
            {**BASE, "kind": "two_keys", "method": "POST", "path": "/v1/t", "detail": "the body has another"},
            "*** POST /v1/t  the body has another [7]",
            id="two write keys",
        ),
        pytest.param(
            {**BASE, "kind": "fault", "method": "POST", "path": "/v1/t", "detail": "fault 1 struck call 1"},
            "*** POST /v1/t  fault 1 struck call 1 [7]",
            id="held back on purpose",
        ),
        pytest.param(
            {**BASE, "kind": "reload", "what": "function", "path": "function.js", "error": None, "took_ms": 21.5},
            "*** function function.js reloaded in 21.5 ms [7]",
            id="reloaded",
        ),
        pytest.param(
            {**BASE, "kind": "reload", "what": "function", "path": "function.js", "error": "function.js:3:1: oh"},
            "*** function function.js not reloaded: function.js:3:1: oh [7]",
            id="not reloaded",
        ),
        pytest.param(
            {**BASE, "kind": "reload", "what": "function", "path": "f.js", "error": "f.js:3:1: oh\n  the line"},
            "*** function f.js not reloaded: f.js:3:1: oh [7]\n    the line",
            id="not reloaded, with the source line below",
        ),
        pytest.param(
            {
                **BASE,
                "kind": "message",
                "state": "accepted",
                "source": "s",
                "user_id": None,
                "event": "\x1b[31mred\n",
            },
            "--> track \N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}  s [7]",
            id="an event's name cannot drive the terminal",
        ),
    ],
)
def test_a_change_is_one_line(change: dict[str, Any], expected: str) -> None:
    """Time, arrow, what, where, and the number to look it up by."""
    written = line(change)
    assert written is not None
    assert written.split(" ", 1)[1] == expected


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({**DELIVERY, "state": "pending"}, id="a delivery is born"),
        pytest.param({**BASE, "kind": "attempt", "state": "started", "number": 1}, id="an attempt begins"),
        pytest.param(FAILED, id="a source function failed, which is refused"),
        pytest.param(
            {name: value for name, value in FAILED.items() if name not in {"attempt", "next_attempt_at"}},
            id="a source function failed in an earlier version",
        ),
    ],
)
def test_steps_on_the_way_have_no_line(change: dict[str, Any]) -> None:
    """One line per event and one per delivery are enough."""
    assert line(change) is None


def test_the_table_shows_what_runs_and_how_to_begin() -> None:
    """Addresses, write keys, destinations with kind and state, mistakes, and lines ready to paste."""
    workspace = {
        "slug": "acme",
        "sources": [{"slug": "website", "write_key": "k" * 32, "enabled": True, "oauth_enforced": False}],
        "functions": [
            {
                "slug": "hook",
                "kind": "source function",
                "source": "website",
                "destination": None,
                "state": "ready",
                "code": "hook.js",
                "url": "http://127.0.0.1:1/functions/hook",
            }
        ],
        "destinations": [
            {"slug": "crm", "kind": "webhook", "source": "website", "state": "disabled", "target": "http://x/"}
        ],
    }
    table = start_table("http://127.0.0.1:1", workspace, ["function.js:1:1: SyntaxError"])
    for part in (
        "http://127.0.0.1:1",
        "k" * 32,
        "source function",
        "/functions/hook",
        "crm",
        "webhook",
        "disabled",
        "function.js:1:1",
        "curl -u kkk",
    ):
        assert part in table


def lint_of(number: int) -> dict[str, Any]:
    """What the journal says of a function with so many findings."""
    place = {"path": "f.js", "line": 3, "column": 9, "severity": "warning", "rule": "missing-await"}
    found = [{**place, "message": "Nobody waits. Write await."} for _ in range(number)]
    return {**BASE, "kind": "lint", "path": "f.js", "errors": 0, "warnings": number, "findings": found}


def test_a_function_s_findings_are_a_line_each() -> None:
    """Place, rule and the first sentence; the rest is for check."""
    head, *found = (line(lint_of(2)) or "").split("\n")
    assert head.endswith("!!! f.js: what bites in production, each explained by segment-sandbox check [7]")
    assert found == ["    f.js:3:9: warning missing-await: Nobody waits."] * 2


def test_ten_findings_are_enough() -> None:
    """Whoever has more is told how many."""
    _, *found = (line(lint_of(12)) or "").split("\n")
    assert len(found) == 11
    assert found[-1] == "    and 2 more: segment-sandbox check"


def test_a_function_that_was_mended_is_told() -> None:
    """That nothing is found any more is news."""
    assert (line(lint_of(0)) or "").endswith("*** f.js: nothing is found any more [7]")


def test_a_workspace_without_an_enabled_source_says_so() -> None:
    """Nothing to paste, and why."""
    workspace = {"slug": "a", "sources": [], "functions": [], "destinations": []}
    assert "No source is enabled" in start_table("http://x", workspace, [])
