"""docs/test-suite.md says what the Test Suite does."""

import json

import click

from sandbox import samples
from sandbox.cli.main import cli
from sandbox.devcenter import RULES, SUITES
from sandbox.devcenter.expectations import PLACEHOLDERS, complaint
from sandbox.devcenter.hostile import IDEMPOTENCY
from tests.docs.pages import cells, fenced, first_cells, read, section

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


def test_every_suite_has_its_row() -> None:
    """And the command line offers them all."""
    (option,) = (each for each in cli.commands["test"].params if each.name == "suites")
    assert isinstance(option.type, click.Choice)
    told = first_cells(section(TEXT, "## Further suites"))
    assert told == [*SUITES, *IDEMPOTENCY]
    assert tuple(option.type.choices) == SUITES


def test_every_verdict_on_repeats_has_its_row() -> None:
    """Word for word."""
    told = cells(section(TEXT, "## Further suites"))[len(SUITES) :]
    assert told == [[f"`{verdict}`", words] for verdict, words in IDEMPOTENCY.items()]


def test_expectations_are_as_told() -> None:
    """Every placeholder has its row, and the example is an expectation."""
    text = section(TEXT, "## Expectations")
    assert first_cells(text) == [f"{{{{{name}}}}}" for name in PLACEHOLDERS]
    (example,) = fenced(text, "json")
    assert complaint(json.loads(example)) is None
