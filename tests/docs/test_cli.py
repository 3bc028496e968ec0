"""docs/cli.md says what the command line does."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sandbox.app import DEFAULT_PORT
from sandbox.cli.client import DEFAULT_URL, URL_VARIABLE
from sandbox.cli.main import INTERRUPTED, cli
from sandbox.errors import CannotStartError, UserMistakeError
from tests.docs.pages import PAGES, ROOT, cells, fenced, first_cells, read, section

TEXT = read("cli.md")
COMMANDS = sorted(cli.commands)
WIDTH = 100
"""Of the terminal that the help texts are written for."""


def heading(name: str) -> str:
    """Give the heading of a command."""
    return f"## `segment-sandbox {name}`"


def help_of(*names: str) -> str:
    """Give what `--help` prints."""
    arguments = [*names, "--help"]
    return CliRunner().invoke(cli, arguments, prog_name="segment-sandbox", terminal_width=WIDTH).output


def test_the_list_of_commands_is_the_real_one() -> None:
    """What `segment-sandbox --help` prints opens the page."""
    assert fenced(TEXT, "text")[0] == help_of()


def test_no_command_is_missing_and_none_made_up() -> None:
    """Every command has its heading."""
    told = [line.strip("`").split()[-1] for line in TEXT.splitlines() if line.startswith("## `segment-sandbox ")]
    assert sorted(each.strip("`") for each in told) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_help_text_is_the_real_one(name: str) -> None:
    """As it stands in a terminal of 100 columns."""
    assert help_of(name) in fenced(section(TEXT, heading(name)), "text")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    """In words beyond the help text, where a command has more than one."""
    options = [each.opts[-1] for each in cli.commands[name].params if isinstance(each, click.Option)]
    told = first_cells(section(TEXT, heading(name)))
    assert told == options or (len(options) == 1 and options[0] in section(TEXT, heading(name)))


def test_the_exit_codes_are_the_real_ones() -> None:
    """Those of mistakes and of an interruption come from the code."""
    told = [int(code.strip("`")) for code, _meaning in cells(section(TEXT, "## Exit codes"))]
    assert told == [0, 1, UserMistakeError.exit_code, CannotStartError.exit_code, INTERRUPTED]


def test_where_a_command_looks_is_told() -> None:
    """The variable and the address are the real ones, and the address has the default port."""
    told = section(TEXT, "## Which sandbox a command finds")
    assert f"`{URL_VARIABLE}`" in told
    assert f"`{DEFAULT_URL}`" in told
    assert DEFAULT_URL.endswith(f":{DEFAULT_PORT}")


def test_the_readme_names_every_command() -> None:
    """One row each, in the table that begins with `up`."""
    told = [each.split()[0] for each in first_cells((ROOT / "README.md").read_text("utf-8"))]
    assert sorted(told) == COMMANDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_commands_that_are_there(page: Path) -> None:
    """In the text and in examples; `dev.py` has some of its own."""
    text = page.read_text("utf-8")
    assert {*re.findall(r"[`$] ?segment-sandbox ([a-z]+)", text)} <= {*COMMANDS}
    own = {"test", "check", "bench", "soak"}
    assert {*re.findall(r"dev\.py ([a-z]+)", text)} <= {*COMMANDS, *own}
