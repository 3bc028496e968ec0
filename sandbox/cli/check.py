"""`segment-sandbox check`: everything that is wrong with the partner's files, without a running sandbox."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

import click

from sandbox.app.cures import TYPES, is_typed
from sandbox.app.functions import function_files, load_notes
from sandbox.app.sandbox import SAMPLES_FOLDER
from sandbox.clock import RealClock
from sandbox.errors import UserMistakeError
from sandbox.lint import Finding, Script, Severity, lint
from sandbox.runtime import FunctionCode, FunctionRuntime
from sandbox.samples import load_folder, read_event
from sandbox.wire import Request
from sandbox.workspace import embedded, find, load

RED: Final = 1
"""The exit code where there are errors, or with --strict warnings."""

_PLACE: Final = re.compile(
    r"^(?P<file>[^:\n]+?):(?:(?P<line>\d+):)?(?:(?P<column>\d+):)? (?P<message>.*)$", re.DOTALL
)
_COLOURS: Final = {"error": "red", "warning": "yellow"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file; line and column count from 1, `None` where the whole file is meant.

    Attributes:
        rule: an id of docs/lint.md, or `workspace`, `sample-event`, `does-not-load`.
        source_line: the line of the file, empty where it is not known.
        notes: lines that say what else is known: the cure, and what the module scope logged.
    """

    file: str
    line: int | None
    column: int | None
    severity: Severity
    rule: str
    message: str
    source_line: str = ""
    notes: tuple[str, ...] = ()

    def lines(self) -> str:
        """Write the problem as people and editors read it, with the line of the file below."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        severity = click.style(self.severity, fg=_COLOURS[self.severity])
        source = [f"    {self.source_line.strip()}"] if self.source_line.strip() else []
        return "\n".join([f"{place}: {severity} {self.rule}: {self.message}", *source, *self.notes])


@dataclass(frozen=True, slots=True)
class _Files:
    """What there is to be checked."""

    functions: tuple[FunctionCode, ...]
    problems: tuple[Problem, ...]
    """Those found on the way: in the workspace file and in sample events."""


def run(folder: Path, files: Sequence[Path], *, as_json: bool, strict: bool) -> int:
    """Check files, or the whole workspace of the folder, print what is wrong, and return the exit code."""
    chosen = _merged(_named(file) for file in files) if files else _workspace(folder)
    problems = [*chosen.problems, *asyncio.run(_check_functions(chosen.functions))]
    errors = sum(each.severity == "error" for each in problems)
    warnings = len(problems) - errors
    if as_json:
        click.echo(
            json.dumps({"errors": errors, "warnings": warnings, "findings": [asdict(each) for each in problems]})
        )
    else:
        click.echo("\n".join([*(each.lines() for each in problems), _summary(errors, warnings)]))
    return RED if errors or (strict and warnings) else 0


def _summary(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "Nothing is wrong."
    return f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


# -- which files ------------------------------------------------------------------------------------------------


def _workspace(folder: Path) -> _Files:
    """Take the workspace of a folder: its file, the code of its functions, its sample events."""
    samples = _Files((), tuple(_problems(load_folder(folder / SAMPLES_FOLDER)[1], "sample-event")))
    file = find(folder)
    try:
        workspace = embedded(folder) if file is None else load(file)
    except UserMistakeError as mistake:
        return _merged([_Files((), tuple(_of_mistake(mistake, "workspace"))), samples])
    return _merged([*(_script(each.path, each.code) for each in function_files(workspace)), samples])


def _named(file: Path) -> _Files:
    """Take one file by what its name ends in.

    Raises:
        UserMistakeError: nothing is known of files of that kind.
    """
    match file.suffix:
        case ".js":
            return _script(file, FunctionCode(str(file), ""))
        case ".json":
            return _attempted(lambda: read_event(str(file), file.read_bytes()), "sample-event")
        case ".toml":
            return _attempted(lambda: load(file), "workspace")
        case _:
            raise UserMistakeError(
                f"{file}: nothing is known of such a file.",
                "Name a function (.js), a sample event (.json) or a workspace file (.toml).",
            )


def _script(path: Path, code: FunctionCode) -> _Files:
    """Put the file's text into the code, which says how it is shown and run."""
    try:
        return _Files((replace(code, source=path.read_text("utf-8")),), ())
    except (OSError, UnicodeDecodeError) as error:
        message = f"The file cannot be read: {error}."
        return _Files((), (Problem(code.path, None, None, "error", "does-not-load", message),))


def _merged(parts: Iterable[_Files]) -> _Files:
    all_parts = tuple(parts)
    functions = tuple(function for part in all_parts for function in part.functions)
    return _Files(functions, tuple(problem for part in all_parts for problem in part.problems))


# -- mistakes in files that are no code ---------------------------------------------------------------------------


def _attempted(read: Callable[[], object], rule: str) -> _Files:
    """Read a file; what its mistakes say are the problems."""
    try:
        read()
    except UserMistakeError as mistake:
        return _Files((), tuple(_of_mistake(mistake, rule)))
    return _Files((), ())


def _of_mistake(mistake: UserMistakeError, rule: str) -> Iterator[Problem]:
    """Split a mistake into its sentences; an indented line belongs to the one above."""
    return _problems(re.split(r"\n(?! )", str(mistake)), rule)


def _problems(sentences: Iterable[str], rule: str) -> Iterator[Problem]:
    for sentence in sentences:
        head, _, source_line = sentence.partition("\n    ")
        found = _PLACE.match(head)
        if found is None:
            yield Problem("", None, None, "error", rule, head, source_line)
        else:
            line, column = (int(found[name]) if found[name] else None for name in ("line", "column"))
            yield Problem(found["file"], line, column, "error", rule, found["message"], source_line)


# -- functions --------------------------------------------------------------------------------------------------


async def _check_functions(functions: Sequence[FunctionCode]) -> list[Problem]:
    """Look the functions over; load those that nothing speaks against."""
    found = await lint(
        [Script(each.path, each.source, each.handlers, each.kind, each.web_globals) for each in functions]
    )
    problems = [_of_finding(each) for findings in found for each in findings]
    fit = [code for code, findings in zip(functions, found, strict=True) if not _keep_from_loading(findings)]
    return sorted([*problems, *await _load(fit)], key=lambda each: (each.file, each.line or 0, each.column or 0))


def _keep_from_loading(findings: Iterable[Finding]) -> bool:
    return any(each.severity == "error" for each in findings)


def _of_finding(found: Finding) -> Problem:
    place = (found.path, found.line, found.column)
    notes = (f"    {TYPES}",) if found.rule == "parse-error" and is_typed(found.source_line) else ()
    return Problem(*place, found.severity, found.rule, found.message, found.source_line, notes)


async def _load(functions: Sequence[FunctionCode]) -> list[Problem]:
    """Load each function as a sandbox would, and run its module scope."""
    if not functions:
        return []
    problems: list[Problem] = []
    async with AsyncExitStack() as stack:
        runtime = FunctionRuntime(_Nowhere(), RealClock(), max_workers=1)
        await runtime.start()
        stack.push_async_callback(runtime.close)
        for code in functions:
            failed = await runtime.load(code.path, code)
            if failed is not None:
                place = (failed.path, failed.line, failed.column)
                said = (failed.message, failed.source_line or "", tuple(load_notes(failed)))
                problems.append(Problem(*place, "error", "does-not-load", *said))
    return problems


class _Nowhere:
    """No way out: nothing is sent while code is only loaded."""

    async def send(self, request: Request, *, timeout_s: float) -> NoReturn:
        raise AssertionError(f"{request.url} was asked for while code was loaded, with {timeout_s} s to answer")
