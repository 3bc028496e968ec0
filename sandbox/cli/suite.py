"""`segment-sandbox test`: the Test Suite on the command line."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from sandbox.cli.client import Client
from sandbox.cli.host import with_sandbox
from sandbox.cli.lines import printable
from sandbox.cli.suite_watch import Watched, follow
from sandbox.cli.tester import head
from sandbox.devcenter import reports
from sandbox.devcenter.expectations import load_expectations
from sandbox.errors import UserMistakeError
from sandbox.samples import EXPECTATION, load_folder

RED: Final = 1
"""The exit code where a result is red, or with --strict yellow."""
SAMPLES: Final = "sample_events"
"""The folder beside the workspace file."""
TIMEOUT_S: Final = 600
"""How long a suite may take, in seconds: every event of it may run into its own time limit."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    component: str | None
    settings: Mapping[str, str] = field(repr=False)
    suites: tuple[str, ...] = ()
    samples: Path | None = None
    update: bool = False
    as_json: bool = False
    as_tap: bool = False
    junit: Path | None = None
    strict: bool = False
    secrets: bool = False
    watch: bool = False

    @property
    def path(self) -> str:
        """Where the API takes the order."""
        return "/_sandbox/suite" + "?secrets=shown" * self.secrets


def run(wanted: Wanted, url: str | None) -> int:
    """Run the suite against the component, or against each that the App has, and return the exit code."""
    refused = list(_unfit(wanted))
    if refused:
        raise UserMistakeError("\n".join(refused))
    code = with_sandbox(url, lambda client: _work(client, wanted), watch=wanted.watch)
    if wanted.watch:
        click.echo("The sandbox has stopped.", err=True)
    return code


def _unfit(wanted: Wanted) -> Iterator[str]:
    """Say which options do not go together, and what to leave out."""
    reports_asked = wanted.as_json or wanted.as_tap or wanted.junit is not None
    if wanted.watch and (wanted.update or reports_asked):
        yield "--watch prints for people, run after run. Leave out --update, --tap, --json and --junit, or --watch."
    if wanted.watch and wanted.samples:
        yield f"--watch sees {SAMPLES}/ and no folder of --samples. Name its events with --suite samples."
    if wanted.update and (wanted.strict or reports_asked):
        yield "--update writes and judges nothing. Leave out --strict, --tap, --json and --junit, or --update."
    if wanted.as_json and wanted.as_tap:
        yield "--json and --tap cannot share the output. Leave out one; --junit goes with each."


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
    seq = client.get("/_sandbox/health")["seq"]
    workspace = client.get("/_sandbox/workspace")
    folder = wanted.samples or _samples_folder(workspace)
    orders = [
        {"component": component, **order}
        for component in _components(workspace, wanted)
        for order in _orders(wanted, folder)
    ]
    runs = [client.post(wanted.path, order, TIMEOUT_S) for order in orders]
    if wanted.update:
        return _update(runs, folder, several=len(workspace["components"]) > 1)
    code = _report(runs, wanted)
    done = list(zip(orders, runs, strict=True))
    return _watch(client, done, seq, wanted) if wanted.watch else code


def _watch(
    client: Client, done: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], seq: int, wanted: Wanted
) -> int:
    """Run again at every save, until interrupted or until the sandbox stops."""
    _say("\nWaiting for a save; Ctrl+C ends it.")
    now = follow(
        client.changes(seq),
        [Watched.of(order, run, strict=wanted.strict) for order, run in done],
        lambda order: client.post(wanted.path, order, TIMEOUT_S),
        _say,
    )
    return RED if any(each.refused or each.red() for each in now) else 0


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


def _components(workspace: Mapping[str, Any], wanted: Wanted) -> list[str]:
    if wanted.component is not None:
        return [wanted.component]
    there = [each["name"] for each in workspace["components"]]
    if not there:
        hint = "Add [app.components.function] or [app.components.webhook] to the workspace file."
        raise UserMistakeError("The App has no component to test.", hint)
    return there


def _samples_folder(workspace: Mapping[str, Any]) -> Path:
    """Return where the samples and expectations of a workspace lie."""
    file = workspace["file"]
    return (Path(file).parent if file else Path.cwd()) / SAMPLES


def _orders(wanted: Wanted, folder: Path) -> list[dict[str, Any]]:
    """Say what is to be run: the named suites, and the samples of a folder that is named."""
    common = {"settings": wanted.settings, "observe": wanted.update}
    suites = wanted.suites or (() if wanted.samples else ("standard",))
    orders = [{**common, "suite": suite} for suite in suites if not (wanted.samples and suite == "samples")]
    return [*orders, {**common, "suite": "samples", **_own_cases(folder)}] if wanted.samples else orders


def _own_cases(folder: Path) -> dict[str, Any]:
    """Read the samples of a folder and what is expected of them.

    Raises:
        UserMistakeError: naming every file that cannot be read.
    """
    samples, mistakes = load_folder(folder)
    expectations, wrong = load_expectations(folder)
    if mistakes + wrong:
        raise UserMistakeError("\n".join(mistakes + wrong))
    if not samples:
        raise UserMistakeError(f"There is no sample event in {folder}.", "Put a JSON file with an event there.")
    cases = [{"name": each.name, "title": each.title, "event": each.event} for each in samples]
    return {"cases": cases, "expect": expectations}


def _update(runs: Sequence[Mapping[str, Any]], folder: Path, *, several: bool) -> int:
    """Write what was seen as what is expected, each into the file that it was expected in so far."""
    for run in runs:
        for result in run["results"]:
            file = _expectation_file(folder, result["name"], run["component"], several=several)
            content = json.dumps(result["seen"], indent=2, ensure_ascii=False) + "\n"
            before = file.read_text(encoding="utf-8") if file.is_file() else None
            if content != before:
                _write(file, content.encode(), make_folder=True)
                click.echo(f"wrote {file}")
    return 0


def _expectation_file(folder: Path, name: str, component: str, *, several: bool) -> Path:
    plain, own = folder / f"{name}{EXPECTATION}", folder / f"{name}.{component}{EXPECTATION}"
    return own if own.is_file() or (several and not plain.is_file()) else plain


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


def _write(file: Path, content: bytes, *, make_folder: bool = False) -> None:
    try:
        if make_folder:
            file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise UserMistakeError(f"{file} cannot be written: {error.strerror}.", "Name another file.") from None


def lines(run: Mapping[str, Any]) -> Iterator[str]:
    """Write a run as people read it: banner, counts, a row for each event, and why a row is not green."""
    of = f", settings of {run['destination']}" if run["destination"] else ""
    yield click.style(f"{run['component']}  {printable(run['target'])}{of}", bold=True)
    if run["suite"] != "standard":
        yield f"suite {run['suite']}"
    yield click.style(run["banner"], fg="green" if run["passed"] else "red")
    yield "  ".join(f"{name}: {count}" for name, count in run["counts"].items() if count)
    yield ""
    wide = max((len(each["code"]) for each in run["results"]), default=0)
    for result in run["results"]:
        yield from head(result, result["title"], wide=wide)
    if run["idempotency"]:
        yield f"repeats: {run['idempotency']['words']}"
