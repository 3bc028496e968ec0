"""The doctor's rules: facts in, findings out."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox.doctor import Arrived, Facts, Finding, Refused, SourceState, UnknownKey, findings, report
from sandbox.doctor.rules import CLOCK_OFF_MS, OF_A_KIND_MAX, RULES

NOW = 1_000_000_000_000
KEY = "acmeWebsiteWriteKey000000000000a"
URL = "http://127.0.0.1:8484"
TLS_URL = "https://127.0.0.1:8485"
MESSAGE = Arrived(100, "website", "accepted", None, NOW, "analytics-python", "2.4.0", NOW - 5)
REFUSED = Refused(100, NOW, "POST", "/v1/track", 400, "invalid_request", "malformed JSON: at 3", None, "curl/8")
WELL = Facts(url=URL, after=50, sources=(SourceState("website", KEY),), arrived=(MESSAGE,), pending_limit=10)


def failed(reason: str, **change: object) -> Arrived:
    """Make a message that went no further."""
    return replace(MESSAGE, state="failed_on_ingest", reason=reason, **change)  # type: ignore[arg-type]  # of a table


def turned_away(path: str, code: str = "not_found", message: str = "is no path", **change: object) -> Refused:
    """Make a refused request."""
    return replace(REFUSED, path=path, code=code, message=message, **change)  # type: ignore[arg-type]  # of a table


def off_by(ms: int, seq: int = 100) -> Arrived:
    """Make a message whose sentAt is so far before its arrival."""
    return replace(MESSAGE, seq=seq, sent_at_ms=NOW - ms)


CASES = [
    pytest.param(WELL, [], id="all is well"),
    pytest.param(replace(WELL, arrived=()), ["nothing_arrived"], id="nothing at all"),
    pytest.param(replace(WELL, arrived=(replace(MESSAGE, seq=50),)), ["nothing_arrived"], id="nothing since"),
    pytest.param(replace(WELL, arrived=(), refused=(REFUSED,)), ["refused"], id="a refused request is something"),
    pytest.param(replace(WELL, refused=(replace(REFUSED, seq=50),)), [], id="a refusal of before"),
    pytest.param(replace(WELL, refused=(turned_away("/v1/x"),)), ["unknown_path"], id="a path that is nobody's"),
    pytest.param(
        replace(WELL, refused=(turned_away("/v1/x"), turned_away("/v1/x"), turned_away("/v1/y"))),
        ["unknown_path", "unknown_path"],
        id="each path once",
    ),
    pytest.param(
        replace(WELL, refused=tuple(turned_away(f"/{number}") for number in range(99))),
        ["unknown_path"] * OF_A_KIND_MAX,
        id="not without end",
    ),
    pytest.param(
        replace(WELL, refused=(turned_away("/v1/projects/…/settings", message="no source has the write key …"),)),
        [],
        id="settings of an unknown key are that key's matter",
    ),
    pytest.param(
        replace(WELL, refused=(turned_away("/", "sandbox_tls", status=0),)),
        ["tls_to_plain_port"],
        id="TLS, plain port",
    ),
    pytest.param(
        replace(WELL, arrived=(MESSAGE, replace(MESSAGE, seq=9, library="analytics-ruby"))),
        ["tls_is_off"],
        id="an SDK that needs TLS came before",
    ),
    pytest.param(
        replace(WELL, arrived=(MESSAGE, replace(MESSAGE, seq=9, library="analytics-ruby")), tls_url=TLS_URL),
        [],
        id="an SDK that needs TLS, and has it",
    ),
    pytest.param(
        replace(WELL, arrived=(replace(MESSAGE, library="analytics-kotlin"),)),
        [],
        id="an SDK that was made to speak http",
    ),
    pytest.param(
        replace(WELL, unknown_keys=(UnknownKey("…abcd", 2, NOW),)), ["unknown_write_key"], id="a key of no source"
    ),
    pytest.param(
        replace(
            WELL, arrived=(failed("project_not_found", source=None),), unknown_keys=(UnknownKey("…abcd", 2, NOW),)
        ),
        ["unknown_write_key"],
        id="its messages are no other problem",
    ),
    pytest.param(
        replace(WELL, sources=(SourceState("website", KEY, enabled=False),), arrived=(failed("source_disabled"),)),
        ["source_disabled"],
        id="a disabled source loses events",
    ),
    pytest.param(
        replace(WELL, sources=(*WELL.sources, SourceState("shop", KEY, enabled=False))),
        ["source_disabled"],
        id="a disabled source without events",
    ),
    pytest.param(replace(WELL, refused=(REFUSED,)), ["refused"], id="a body that is no JSON"),
    pytest.param(
        replace(WELL, refused=(REFUSED, turned_away("/v1/b", "invalid_request", "malformed JSON: at 4"))),
        ["refused"],
        id="the same mistake at another place",
    ),
    pytest.param(
        replace(WELL, refused=(turned_away("/v1/t", "sandbox_fault", "503", status=503),)), ["faults"], id="a fault"
    ),
    pytest.param(replace(WELL, arrived=(failed("event_not_string"),)), ["dropped"], id="a message that is wrong"),
    pytest.param(
        replace(WELL, arrived=(failed("event_not_string"), failed("id_required"), failed("id_required"))),
        ["dropped", "dropped"],
        id="each reason once",
    ),
    pytest.param(
        replace(WELL, arrived=(MESSAGE, replace(MESSAGE, state="duplicate", reason="sandbox_duplicate"))),
        ["duplicates"],
        id="a duplicate",
    ),
    pytest.param(replace(WELL, arrived=(off_by(CLOCK_OFF_MS + 1),)), ["clock_off"], id="a clock behind"),
    pytest.param(replace(WELL, arrived=(off_by(-CLOCK_OFF_MS - 1),)), ["clock_off"], id="a clock ahead"),
    pytest.param(replace(WELL, arrived=(off_by(CLOCK_OFF_MS),)), [], id="a clock just right enough"),
    pytest.param(
        replace(WELL, arrived=(off_by(10 * CLOCK_OFF_MS), off_by(9))), [], id="an event that waited in a queue"
    ),
    pytest.param(replace(WELL, arrived=(replace(MESSAGE, sent_at_ms=None),)), [], id="no sentAt"),
    pytest.param(replace(WELL, arrived=(replace(MESSAGE, version="1.4"),)), ["old_sdk"], id="an older SDK"),
    pytest.param(replace(WELL, workspace_mistake="workspace.toml:1: x"), ["workspace_mistake"], id="the file"),
    pytest.param(replace(WELL, function_errors=("f.js:1: x",)), ["function_does_not_load"], id="a function"),
    pytest.param(replace(WELL, pending=7), [], id="something pending"),
    pytest.param(replace(WELL, pending=8), ["pending_near_bound"], id="much pending"),
]
"""Facts, and the ids of what is found."""

NOTES = {"duplicates", "old_sdk", "faults"}


@pytest.mark.parametrize(("facts", "ids"), CASES)
def test_what_is_found(facts: Facts, ids: list[str]) -> None:
    """By each rule, and by no other."""
    assert [finding.id for finding in findings(facts)] == ids


@pytest.mark.parametrize(("facts", "ids"), CASES)
def test_a_note_alone_is_well(facts: Facts, ids: list[str]) -> None:
    """Whatever may be meant so makes nobody red."""
    quiet = facts.arrived == (MESSAGE,) and ids == ["source_disabled"]
    assert report(facts)["well"] == (quiet or set(ids) <= NOTES)


@pytest.mark.parametrize(("facts", "ids"), CASES)
def test_a_finding_is_in_sentences(facts: Facts, ids: list[str]) -> None:
    """Cause and cure, whoever reads them."""
    for finding in findings(facts):
        assert finding.cause
        assert finding.cure.endswith((".", "}'"))
        assert "None" not in finding.cause + finding.cure


def test_every_rule_has_a_case() -> None:
    """In the table above."""
    cases: list[Any] = [case.values[1] for case in CASES]
    assert {each for ids in cases for each in ids} == set(RULES)


def found(facts: Facts) -> Finding:
    """Return the only finding."""
    (finding,) = findings(facts)
    return finding


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/v1/v1/batch", "give it one without /v1.", id="the prefix twice"),
        pytest.param("/segment/v1/import/", "give it one without /segment.", id="a path of one's own"),
        pytest.param("/v1/b/v1/t", "give it one without /v1/b.", id="a whole path as address"),
        pytest.param("/v1/Track", "Paths are in lower case: /v1/track.", id="a capital letter"),
        pytest.param("/anything", "Check the address", id="nothing that can be told"),
    ],
)
def test_what_is_too_much_in_a_path_is_named(path: str, words: str) -> None:
    """Where it ends in one that SDKs call."""
    assert words in found(replace(WELL, refused=(turned_away(path),))).cure


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        pytest.param(90_000, "1.5 minutes behind", id="minutes"),
        pytest.param(-3 * 3_600_000, "3 hours ahead", id="hours"),
        pytest.param(3 * 86_400_000, "3 days behind", id="days"),
    ],
)
def test_a_clock_is_off_in_a_unit_that_fits(ms: int, words: str) -> None:
    """With the SDK and the source."""
    cause = found(replace(WELL, arrived=(off_by(ms),))).cause
    assert cause.startswith(f"The clock of analytics-python to website is {words}:")


@pytest.mark.parametrize(
    ("near", "words"),
    [pytest.param("website", "nearly that of the source website", id="near"), (None, "Give the SDK")],
)
def test_a_key_that_may_be_meant_is_named_by_its_source(near: str | None, words: str) -> None:
    """Else where to find one."""
    assert words in found(replace(WELL, unknown_keys=(UnknownKey("…abcd", 1, NOW, near),))).cure


@pytest.mark.parametrize(
    ("tls_url", "words"), [pytest.param(None, "up --tls", id="off"), pytest.param(TLS_URL, TLS_URL, id="on")]
)
def test_who_speaks_tls_is_told_where(tls_url: str | None, words: str) -> None:
    """As the sandbox runs now."""
    tls = turned_away("/", "sandbox_tls", status=0)
    assert words in found(replace(WELL, refused=(tls,), tls_url=tls_url)).cure


def test_a_reason_brings_its_own_words_and_the_sender() -> None:
    """And how often it was, and when last."""
    finding = found(replace(WELL, arrived=(failed("event_not_string"), failed("event_not_string"))))
    assert finding.cause.startswith("event_not_string: ")
    assert finding.cause.endswith(" From analytics-python 2.4.0.")
    assert (finding.count, finding.last_at_ms) == (2, NOW)


def test_arrivals_are_counted_by_who_sent_them() -> None:
    """Of the window, older ones too; refused requests by their User-Agent."""
    old = replace(MESSAGE, seq=1)
    nameless = replace(MESSAGE, library=None, version=None)
    ruby = replace(REFUSED, user_agent="analytics-ruby/2.5.0")
    rows = report(replace(WELL, arrived=(MESSAGE, failed("id_required"), nameless, old), refused=(ruby,)))["arrived"]
    told = [(row["sdk"], row["version"], row["messages"], row["accepted"], row["refused"]) for row in rows]
    assert told == [("python", "2.4.0", 3, 2, 0), (None, None, 1, 1, 0), ("ruby", None, 0, 0, 1)]


def test_who_has_sent_nothing_gets_a_line_to_begin_with() -> None:
    """With the key of a source that takes events; where there is none, it is said."""
    line = f"""\ncurl -u {KEY}: {URL}/v1/track -d '{{"userId":"user-1","event":"Signed Up"}}'"""
    assert found(replace(WELL, arrived=())).cure.endswith(line)
    assert "No source is enabled" in found(replace(WELL, arrived=(), sources=())).cure
