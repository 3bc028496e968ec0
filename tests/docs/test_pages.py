"""Links lead somewhere, examples parse, and a page holds nothing that it should not."""

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.sdks import all_sdks
from tests.docs.pages import PAGES, ROOT, without_code

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PARSERS: dict[str, Callable[[str], object]] = {"json": json.loads, "toml": tomllib.loads, "python": ast.parse}
OTHERS = {"console", "javascript", "text", "xml"} | {
    each.language for sdk in all_sdks() for each in sdk.snippets if each.language not in PARSERS
}
"""Languages of examples that other tests run, or that nothing can check."""


def anchors(page: Path) -> set[str]:
    """Give the anchors that a page's headings have on GitHub."""
    headings = re.findall(r"^#+ (.*)$", without_code(page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """Give where a page's links lead, within the project."""
    found = LINK.findall(without_code(page.read_text("utf-8")))
    return [target for target in found if not target.startswith(("http://", "https://"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the project, and to a heading where one is named."""
    for target in links(page):
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        assert there.is_file(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_parse(page: Path) -> None:
    """Every example says what it is written in, and is."""
    for language, example in FENCE.findall(page.read_text("utf-8")):
        assert language in PARSERS or language in OTHERS, example
        if language in PARSERS:
            PARSERS[language](example)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_can_be_found(page: Path) -> None:
    """From the README, over links."""
    reached = {ROOT / "README.md"}
    todo = list(reached)
    while todo:
        here = todo.pop()
        beyond = {(here.parent / target.partition("#")[0]).resolve() for target in links(here) if target[0] != "#"}
        todo += [each for each in beyond - reached if each.suffix == ".md"]
        reached |= beyond
    assert page.resolve() in reached


UNWANTED = {
    "an address of a package registry": r"registry\.(?:npmjs|yarnpkg)|pypi\.org|pythonhosted\.org",
    "a path of a machine": r"(?<![\w.])/(?:home|root|work|Users)/\w",
    "a note to oneself": r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b",
    "a word about how it was made": r"[Gg]enerated (?:by|with) |[Cc]o-[Aa]uthored-[Bb]y",
}


def tracked() -> list[Path]:
    """Give the files that are in git."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    files = [ROOT / name for name in names.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


@pytest.mark.parametrize("what", UNWANTED)
def test_no_file_holds(what: str) -> None:
    """What serves nobody who reads it."""
    pattern = re.compile(UNWANTED[what])
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in tracked()
        if file.suffix != ".png" and (match := pattern.search(file.read_text("utf-8", "replace")))
    ]
    assert found == []


def test_lock_files_name_no_registry() -> None:
    """`constraints.txt` and the npm lock file hold names and versions; there is no other lock file."""
    assert not [file for file in tracked() if file.name in {"uv.lock", "poetry.lock", "yarn.lock"}]
    for folder in ("web", "testkit"):
        lock = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
        assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert re.fullmatch(r"(?:#.*|[\w.-]+==[\w.+]+)?", line), line
