"""JUnit and TAP: what CI servers read."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from sandbox.devcenter.reports import junit, tap


def result(colour: str, code: str, title: str, **fields: Any) -> dict[str, Any]:
    """Make a result as the API shows it."""
    return {
        "title": title,
        "type": "track",
        "colour": colour,
        "code": code,
        "rule": "some-rule",
        "reason": "What happened.",
        "message": "",
        "review": "What to do.",
        "cause": None,
        "took_ms": 1.5,
        **fields,
    }


GREEN = result("green", "200", "Taken")
YELLOW = result("yellow", "501", "Not supported", message="No use for it")
CAUSE = {"kind": "code", "place": "function.js:3:9", "text": "throw it # now"}
RED = result("red", "400", "Refused \x01 # 7", message="Bad\nluck", cause=CAUSE)
RUN = {"suite": "standard", "component": "function", "took_ms": 4.5, "results": [GREEN, YELLOW, RED]}


@pytest.mark.parametrize(
    ("strict", "counts"),
    [pytest.param(False, ("3", "1", "1"), id="lenient"), pytest.param(True, ("3", "2", "0"), id="strict")],
)
def test_junit_counts_red_as_failures_and_yellow_as_skipped(strict: bool, counts: tuple[str, ...]) -> None:
    """With --strict, yellow is a failure."""
    (suite,) = ET.fromstring(junit([RUN], strict=strict))  # noqa: S314 - our own
    assert tuple(suite.attrib[name] for name in ("tests", "failures", "skipped")) == counts
    assert suite.attrib["name"] == "function standard"
    assert [each.attrib["name"] for each in suite] == [
        "TRACK Taken",
        "TRACK Not supported",
        "TRACK Refused \ufffd # 7",
    ]


def test_junit_tells_the_cause() -> None:
    """In the text of the failure, line by line."""
    failure = ET.fromstring(junit([RUN], strict=False)).find(".//failure")  # noqa: S314 - our own
    assert failure is not None
    assert failure.attrib == {"type": "some-rule", "message": "400 Bad luck"}
    told = ["What happened.", "Bad", "luck", "function.js:3:9: throw it # now", "What to do."]
    assert (failure.text or "").split("\n") == told


def test_tap_marks_yellow_as_skipped_and_tells_why_red_is_red() -> None:
    """A hash sign in a title begins no directive."""
    assert tap([RUN], strict=False).splitlines() == [
        "TAP version 14",
        "1..3",
        "ok 1 - function 200 TRACK Taken",
        "ok 2 - function 501 TRACK Not supported # SKIP No use for it",
        "not ok 3 - function 400 TRACK Refused \x01 \\# 7",
        "  ---",
        '  rule: "some-rule"',
        '  why: ["What happened.","Bad\\nluck","function.js:3:9: throw it # now","What to do."]',
        "  ...",
    ]


def test_strict_tap_has_no_skipped_ones() -> None:
    """Yellow is not ok."""
    lines = tap([RUN], strict=True).splitlines()
    assert [line.split(" - ")[0] for line in lines if "- function" in line] == ["ok 1", "not ok 2", "not ok 3"]
