"""Every rule speaks about the code it is for, at its place, and leaves the code close to it alone.

The cases lie in `cases/`, one file for each rule: pieces of code under `--- bad: name` and `--- good: name`,
with `§` before the place of the finding.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import sandbox.workspace
from sandbox.lint import Finding, Script, lint, rules
from tests.lint.conftest import Look

CASES = Path(__file__).parent / "cases"
DOCS = Path(__file__).parents[2] / "docs" / "lint.md"
OURS = sorted(Path(sandbox.workspace.__file__).parent.rglob("*.js"))
MARK = "§"
NO_CASES = {"not-linted"}
"""Tested for themselves, because their code is long."""


@dataclass(frozen=True)
class Case:
    """A piece of code, and the place of the finding in it."""

    rule: str
    bad: bool
    name: str
    marked: str

    @property
    def source(self) -> str:
        """The code without the mark."""
        return self.marked.replace(MARK, "")

    @property
    def silenced(self) -> str:
        """The code with a comment that silences the finding, on the line above."""
        lines = self.source.split("\n")
        lines.insert(self.place[0] - 1, f"// sandbox-ignore {self.rule}: tested")
        return "\n".join(lines)

    @property
    def place(self) -> tuple[int, int]:
        """Line and column of the mark."""
        before = self.marked.partition(MARK)[0]
        return before.count("\n") + 1, len(before) - before.rfind("\n")


def cases() -> Iterator[Case]:
    for file in sorted(CASES.glob("*.txt")):
        for part in re.split(r"^--- ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            head, _, code = part.partition("\n")
            kind, _, name = head.partition(": ")
            yield Case(file.stem, kind == "bad", name, code)


def table(*, bad: bool, without: Collection[str] = ()) -> list[Any]:
    chosen = [each for each in cases() if each.bad is bad and each.rule not in without]
    return [pytest.param(each, id=f"{each.rule}: {each.name}") for each in chosen]


@pytest.fixture(scope="session")
async def seen() -> Mapping[str, Sequence[Finding]]:
    """All cases, as they are and with a comment that silences them, looked over in one go: findings by source."""
    sources = [source for each in cases() for source in (each.source, each.silenced)]
    found = await lint([Script("function.js", source) for source in sources])
    return dict(zip(sources, found, strict=True))


@pytest.mark.parametrize("case", table(bad=True))
def test_what_bites_is_found_where_it_is(case: Case, seen: Mapping[str, Sequence[Finding]]) -> None:
    """The rule's finding stands where the mark is; no other place of the code has one."""
    findings = [each for each in seen[case.source] if each.rule == case.rule]
    assert [(each.line, each.column) for each in findings] == [case.place]


@pytest.mark.parametrize("case", table(bad=False))
def test_what_is_well_is_left_alone(case: Case, seen: Mapping[str, Sequence[Finding]]) -> None:
    """The rule says nothing about code that only looks alike."""
    assert [str(each) for each in seen[case.source] if each.rule == case.rule] == []


@pytest.mark.parametrize("case", table(bad=True, without={"parse-error", "bad-ignore"}))
def test_a_comment_with_a_reason_silences_one_finding(case: Case, seen: Mapping[str, Sequence[Finding]]) -> None:
    """`sandbox-ignore` on the line above takes the finding away, and is well itself."""
    assert [str(each) for each in seen[case.silenced] if each.rule in {case.rule, "bad-ignore"}] == []


@pytest.mark.parametrize(
    ("kind", "handler", "found"),
    [
        pytest.param("source", "onRequest", [], id="a source function's"),
        pytest.param("source", "onTrack", ["no-handler"], id="a source function without its own"),
        pytest.param("destination", "onBatch", [], id="a destination function's"),
        pytest.param("insert", "onRequest", ["no-handler"], id="an insert function with that of a source function"),
        pytest.param("any", "onRequest", [], id="of a file whose kind is not known"),
    ],
)
async def test_which_handlers_count_depends_on_the_kind(
    kind: str, handler: str, found: list[str], look: Look
) -> None:
    """A source function is called through onRequest, the others through a handler for each type."""
    assert [each.rule for each in await look(f"async function {handler}() {{}}", kind=kind)] == found


@pytest.mark.parametrize(
    ("name", "web_globals", "found"),
    [
        pytest.param("structuredClone", False, ["undocumented-global"], id="not asked for"),
        pytest.param("structuredClone", True, [], id="asked for"),
        pytest.param("Blob", True, ["undocumented-global"], id="not among them"),
    ],
)
async def test_web_globals_are_well_where_the_workspace_asks_for_them(
    name: str, web_globals: bool, found: list[str], look: Look
) -> None:
    """The partner knows by then that Segment may not have them."""
    source = f"async function onTrack(event) {{ return {name}; }}"
    assert [each.rule for each in await look(source, web_globals=web_globals)] == found


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        pytest.param("await fetch('x');", "Catch it and throw", id="nobody catches"),
        pytest.param(
            "try { await fetch('x'); } catch {}", "keeps a failure of the network to itself", id="swallowed"
        ),
        pytest.param("try { await fetch('x'); } catch (e) { throw e; }", "is thrown on as an error", id="thrown on"),
        pytest.param(
            "try { return fetch('x'); } catch { throw new RetryError(); }", "without being awaited", id="not awaited"
        ),
    ],
)
async def test_how_a_network_error_is_lost_is_said(statement: str, words: str, look: Look) -> None:
    """What to write depends on what is there."""
    findings = await look(f"async function onTrack() {{ {statement} }}")
    [message] = [each.message for each in findings if each.rule == "network-error-not-retried"]
    assert words in message


async def test_every_rule_has_cases_of_its_own() -> None:
    """A rule without a bad and a good piece of code is no rule yet."""
    shown = {each.rule for each in cases() if each.bad}
    assert shown | NO_CASES == set(await rules())


async def test_every_rule_has_its_heading_in_the_documentation() -> None:
    """The id is the anchor; no heading is left over."""
    headings = re.findall(r"^### ([a-z0-9-]+)$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(await rules())


@pytest.mark.parametrize("source", re.findall(r"```javascript\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL))
async def test_the_examples_in_the_documentation_are_well(source: str, look: Look) -> None:
    """What the documentation tells to write has no findings."""
    assert [str(each) for each in await look(source)] == []


@pytest.mark.parametrize(
    "source", [pytest.param(file.read_text("utf-8"), id=f"{file.parent.name}/{file.name}") for file in OURS]
)
async def test_the_functions_that_come_with_the_sandbox_are_well(source: str, look: Look) -> None:
    """What partners begin with has no findings."""
    assert [str(each) for each in await look(source)] == []


async def test_code_that_is_nested_too_deeply_is_said_to_be(look: Look) -> None:
    """The lint gives up with a sentence, and says nothing else."""
    [finding] = await look(f"function onTrack() {{ return {'+'.join(['1'] * 200_000)}; }}")
    assert finding.rule in {"not-linted", "parse-error"}


async def test_many_scripts_are_looked_over_in_one_go() -> None:
    """Each script's findings stand at its place, under its path."""
    scripts = [Script(f"{number}.js", "onTrack = () => {};" if number % 2 else "") for number in range(6)]
    found = await lint(scripts)
    assert [[str(each.path) for each in findings] for findings in found] == [
        ["0.js"],
        [],
        ["2.js"],
        [],
        ["4.js"],
        [],
    ]  # fmt: skip - pairs


async def test_a_look_that_takes_too_long_says_so() -> None:
    """It is given up, and nothing is said about the code."""
    [[finding]] = await lint([Script("f.js", "onTrack = () => {};")], timeout_s=0)
    assert finding.rule == "not-linted"


async def test_no_scripts_have_no_findings() -> None:
    """Nothing is started for nothing."""
    assert await lint([]) == []


async def test_a_finding_shows_its_line_of_the_code(look: Look) -> None:
    """A byte-order mark and Windows line ends do not shift it."""
    findings = await look("\ufefffunction onTrack() {\r\n  total = 1;\r\n}\r\n")
    assert [(each.line, each.column, each.source_line) for each in findings] == [(2, 3, "  total = 1;")]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("async function track(event, settings) {}", id="a first name"),
        pytest.param("exports.processEvents = async (event) => event;", id="processEvents"),
    ],
)
async def test_handlers_of_2019_are_well_where_the_workspace_has_them(source: str, look: Look) -> None:
    """With handlers = "2019" these are handlers."""
    assert await look(source, handlers="2019") == ()
