"""docs/cli.md says what the command line does."""

import asyncio
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sandbox.app import DEFAULT_PORT
from sandbox.cli.client import DEFAULT_URL, URL_VARIABLE
from sandbox.cli.main import INTERRUPTED, cli
from sandbox.cli.wait import IN_VAIN
from sandbox.errors import CannotStartError, UserMistakeError
from tests.conftest import Running
from tests.docs.pages import PAGES, ROOT, cells, fenced, first_cells, read, section

TEXT = read("cli.md")
COMMANDS = sorted(cli.commands)
VERBS = {
    (name, *verb): command
    for name, group in cli.commands.items()
    for verb, command in [
        ((), group),
        *(((each,), command) for each, command in (group.commands if isinstance(group, click.Group) else {}).items()),
    ]
}
"""Every command, and every command of a group, by the words that call it."""
WIDTH = 100
"""Of the terminal that the help texts are written for."""


def heading(*names: str) -> str:
    """Give the heading of a command; those of a group stand below it."""
    return f"{'#' * (len(names) + 1)} `segment-sandbox {' '.join(names)}`"


def help_of(*names: str) -> str:
    """Give what `--help` prints."""
    arguments = [*names, "--help"]
    return CliRunner().invoke(cli, arguments, prog_name="segment-sandbox", terminal_width=WIDTH).output


def test_the_list_of_commands_is_the_real_one() -> None:
    """What `segment-sandbox --help` prints opens the page."""
    assert fenced(TEXT, "text")[0] == help_of()


def test_no_command_is_missing_and_none_made_up() -> None:
    """Every command has its heading."""
    told = [line for line in TEXT.splitlines() if re.match("#+ `segment-sandbox ", line)]
    assert sorted(told) == sorted(heading(*names) for names in VERBS)


@pytest.mark.parametrize("names", VERBS, ids=" ".join)
def test_a_help_text_is_the_real_one(names: tuple[str, ...]) -> None:
    """As it stands in a terminal of 100 columns."""
    assert help_of(*names) in fenced(section(TEXT, heading(*names)), "text")


@pytest.mark.parametrize("names", VERBS, ids=" ".join)
def test_every_option_is_explained(names: tuple[str, ...]) -> None:
    """In words beyond the help text, where a command has more than one."""
    options = [each.opts[-1] for each in VERBS[names].params if isinstance(each, click.Option)]
    own = section(TEXT, heading(*names)).split("\n### ")[0] if len(names) == 1 else section(TEXT, heading(*names))
    told = first_cells(own)
    assert told == options or (len(options) == 1 and options[0] in own)


def test_the_exit_codes_are_the_real_ones() -> None:
    """Those of mistakes and of an interruption come from the code."""
    told = [int(code.strip("`")) for code, _meaning in cells(section(TEXT, "## Exit codes"))]
    assert told == [0, 1, UserMistakeError.exit_code, CannotStartError.exit_code, IN_VAIN, INTERRUPTED]


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


async def test_the_overview_is_printed_as_shown(embedded: Running) -> None:
    """But for times and the latency."""
    (told,) = fenced(section(TEXT, heading("overview")), "console")
    call = {"userId": "user-1", "event": "Signed Up"}
    for each in (call, {**call, "integrations": {"All": False}}, {"event": "Signed Up"}):
        await embedded.call("/v1/track", each)
    await embedded.settled()
    printed = await asyncio.to_thread(CliRunner().invoke, cli, ["overview", "--url", embedded.url])
    prompt, _, shown = told.partition("\n")
    assert prompt == "$ segment-sandbox overview"
    times = re.compile(r"[-\d]{10} [:\d]{8}|P95 latency +\S+ m?s")
    assert times.sub("", printed.output) == times.sub("", shown)
    assert len(times.findall(printed.output)) == len(times.findall(shown)) == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_commands_that_are_there(page: Path) -> None:
    """In the text and in examples; `dev.py` has some of its own."""
    text = page.read_text("utf-8")
    assert {*re.findall(r"[`$] ?segment-sandbox ([a-z]+)", text)} <= {*COMMANDS}
    own = {"test", "check", "bench", "soak", "screens"}
    assert {*re.findall(r"dev\.py ([a-z]+)", text)} <= {*COMMANDS, *own}
