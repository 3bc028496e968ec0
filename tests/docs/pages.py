"""The pages of the documentation, and what can be read out of them."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = tuple(sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")]))


def read(name: str) -> str:
    """Read a page of docs/."""
    return (DOCS / name).read_text("utf-8")


def section(text: str, heading: str) -> str:
    """Give what stands below a heading, down to the next one of its level or a higher one."""
    level = len(heading) - len(heading.lstrip("#"))
    below = f"\n{text}".split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def fenced(text: str, language: str) -> list[str]:
    """Give the examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def first_cells(text: str) -> list[str]:
    """Give the first cells of all rows of tables that begin with code, without the backticks."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def cells(text: str) -> list[list[str]]:
    """Give the cells of all rows of tables, heads and rules left out."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows if row[0].startswith("`")]


def without_code(text: str) -> str:
    """Leave out what is fenced."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
