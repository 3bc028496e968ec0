"""docs/test-suite.md says what the Test Suite does."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from sandbox import samples
from sandbox.cli.main import cli
from sandbox.cli.suite import lines
from sandbox.devcenter import RULES, SUITES, reports
from sandbox.devcenter.expectations import PLACEHOLDERS, complaint
from sandbox.devcenter.hostile import IDEMPOTENCY
from sandbox.workspace import write_template
from tests.conftest import destination, running
from tests.docs.pages import cells, fenced, first_cells, read, section
from tests.partner import Answer, Partner

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


EXAMPLE = section(TEXT, "## A run")
FUNCTION, TERMINAL, JUNIT = (fenced(EXAMPLE, language)[0] for language in ("javascript", "text", "xml"))
REFUSAL = Answer(400, (("Content-Type", "application/json"),), b'{"message":"Missing email address"}')
ENDPOINT = "http://127.0.0.1:9000/segment"


@pytest.fixture
async def runs(tmp_path: Path) -> list[dict[str, Any]]:
    """The runs of the page: a project of `init` with the page's function, and a service that refuses two events."""
    write_template(tmp_path, "function")
    (tmp_path / "function.js").write_text(FUNCTION)
    async with Partner(*[Answer()] * 4, Answer(501), REFUSAL) as partner:
        file = tmp_path / "workspace.toml"
        webhook = f'\n[app.components.webhook]\nendpoint = "{partner.url}"\n{destination("acme-webhook", "webhook")}'
        endpoint = 'settings = { apiKey = "local-api-key" }'
        file.write_text(file.read_text() + webhook.replace(endpoint, endpoint[:-2] + ', endpoint = "https://x" }'))
        async with running(tmp_path) as sandbox:
            answers = []
            for component in ("function", "webhook"):
                order = {"component": component}
                async with sandbox.client.post(f"{sandbox.url}/_sandbox/suite", json=order) as response:
                    answers.append(json.loads((await response.text()).replace(partner.url, ENDPOINT)))
    return answers


def test_the_terminal_shows_the_run_as_on_the_page(runs: list[dict[str, Any]]) -> None:
    """Line by line."""
    real = "\n\n".join("\n".join(lines(run)) for run in runs)
    assert click.unstyle(real) + "\n" == TERMINAL


def test_junit_shows_the_run_as_on_the_page(runs: list[dict[str, Any]]) -> None:
    """But for the times."""
    real = reports.junit(runs, strict=False).decode()
    assert re.sub(r'time="[^"]*"', 'time="0.0100"', real) == JUNIT


def test_json_shows_a_result_as_on_the_page(runs: list[dict[str, Any]]) -> None:
    """The one that the webhook refused, but for the times, the ids and what was exchanged."""
    told = json.loads(fenced(EXAMPLE, "json")[0])
    (real,) = (each for each in runs[1]["results"] if each["rule"] == "answered-400")
    left_out = {"took_ms", "sent", "exchanges"}
    assert list(told) == list(real)
    assert {key: value for key, value in told.items() if key not in left_out} == {
        key: value for key, value in real.items() if key not in left_out
    }
