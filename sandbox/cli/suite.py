"""`segment-sandbox test`: the Test Suite on the command line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from sandbox.cli.client import Client
from sandbox.cli.host import with_sandbox
from sandbox.cli.lines import printable
from sandbox.cli.tester import head
from sandbox.devcenter import reports
from sandbox.errors import UserMistakeError

RED: Final = 1
"""The exit code where a result is red, or with --strict yellow."""
TIMEOUT_S: Final = 600
"""How long a suite may take, in seconds: every event of it may run into its own time limit."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    component: str | None
    settings: Mapping[str, str] = field(repr=False)
    as_json: bool = False
    as_tap: bool = False
    junit: Path | None = None
    strict: bool = False


def run(wanted: Wanted, url: str | None) -> int:
    """Run the suite against the component, or against each that the App has, and return the exit code."""
    return with_sandbox(url, lambda client: _work(client, wanted))


def settings_of(texts: Sequence[str]) -> dict[str, str]:
    """Read `key=value`.

    Raises:
        UserMistakeError: one has no `=`.
    """
    pairs = [text.partition("=") for text in texts]
    wrong = [f"--setting {key} says no value." for key, equals, _ in pairs if not (key and equals)]
    if wrong:
        raise UserMistakeError(" ".join(wrong), "Write it as --setting apiKey=local-api-key.")
    return {key: value for key, _, value in pairs}


def _work(client: Client, wanted: Wanted) -> int:
    runs = [_run(client, wanted, component) for component in _components(client, wanted)]
    return _report(runs, wanted)


def _components(client: Client, wanted: Wanted) -> list[str]:
    if wanted.component is not None:
        return [wanted.component]
    there = [each["name"] for each in client.get("/_sandbox/workspace")["components"]]
    if not there:
        hint = "Add [app.components.function] or [app.components.webhook] to the workspace file."
        raise UserMistakeError("The App has no component to test.", hint)
    return there


def _run(client: Client, wanted: Wanted, component: str) -> dict[str, Any]:
    order = {"component": component, "settings": wanted.settings}
    answer: dict[str, Any] = client.post("/_sandbox/suite", order, TIMEOUT_S)
    return answer


def _report(runs: Sequence[Mapping[str, Any]], wanted: Wanted) -> int:
    """Print what the runs came to, in the form that is wanted."""
    red = any(reports.failed(each, strict=wanted.strict) for run in runs for each in run["results"])
    if wanted.junit is not None:
        _write(wanted.junit, reports.junit(runs, strict=wanted.strict))
    if wanted.as_json:
        click.echo(json.dumps({"passed": not red, "runs": runs}, ensure_ascii=False))
    elif wanted.as_tap:
        click.echo(reports.tap(runs, strict=wanted.strict), nl=False)
    else:
        click.echo("\n\n".join("\n".join(lines(run)) for run in runs))
    return RED if red else 0


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UserMistakeError(f"{file} cannot be written: {error.strerror}.", "Name another file.") from None


def lines(run: Mapping[str, Any]) -> Iterator[str]:
    """Write a run as people read it: banner, counts, a row for each event, and why a row is not green."""
    of = f", settings of {run['destination']}" if run["destination"] else ""
    yield click.style(f"{run['component']}  {printable(run['target'])}{of}", bold=True)
    yield click.style(run["banner"], fg="green" if run["passed"] else "red")
    yield "  ".join(f"{name}: {count}" for name, count in run["counts"].items() if count)
    yield ""
    wide = max((len(each["code"]) for each in run["results"]), default=0)
    for result in run["results"]:
        yield from head(result, result["title"], wide=wide)
