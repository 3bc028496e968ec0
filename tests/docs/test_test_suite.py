"""docs/test-suite.md says what the Test Suite does."""

from sandbox import samples
from sandbox.devcenter import RULES
from tests.docs.pages import cells, read, section

TEXT = read("test-suite.md")


def test_the_eight_events_are_the_real_ones() -> None:
    """In their order."""
    rows = [line.strip("| ").split(" | ") for line in section(TEXT, "## The eight events").splitlines()]
    told = [(kind, title) for number, kind, title in (row for row in rows if len(row) == 3) if number.isdigit()]
    assert told == [(each.event["type"], each.title) for each in samples.test_suite()]


def test_every_rule_has_its_row() -> None:
    """Word for word."""
    told = [tuple(row) for row in cells(section(TEXT, "## Green, yellow and red"))]
    assert told == [
        (f"`{rule.id}`", rule.colour.value, "yes" if rule.accepted else "no", rule.why, rule.review)
        for rule in RULES.values()
    ]
