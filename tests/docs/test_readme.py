"""What the README shows is what happens."""

import json
import re
import shlex
import sys

import click
import pytest

from sandbox.cli.client import DEFAULT_URL
from sandbox.cli.lines import line
from sandbox.cli.table import start_table
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running
from tests.docs.pages import ROOT, fenced, section
from tests.programs import output_of

TEXT = (ROOT / "README.md").read_text("utf-8")
FIRST = section(TEXT, "## A first event")
TABLE, LINES = fenced(FIRST, "text")
COMMANDS = [
    (command, answer)
    for block in fenced(FIRST, "console")
    for command, answer in re.findall(r"^\$ (curl .*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
]


async def curl(command: str, url: str) -> str:
    """Run a curl command of the page against another address, quietly and without a proxy."""
    program, *arguments = shlex.split(command.replace(DEFAULT_URL, url))
    return await output_of(program, "--silent", "--noproxy", "*", *arguments)


def bare(text: str) -> str:
    """Leave out of a line of `up` what differs from run to run: times, durations, numbers of entries."""
    return re.sub(r"^\S+ |\d+ ms|\[\d+\]", "", text).strip()


def test_the_table_is_the_one_that_up_prints(embedded: Running) -> None:
    """Address, sources, destinations, and the commands to begin with."""
    sandbox = embedded.sandbox
    printed = start_table(embedded.url, sandbox.describe(), sandbox.mistakes()).replace(embedded.url, DEFAULT_URL)
    assert click.unstyle(printed).strip() == TABLE.strip()


async def test_the_first_event_is_sent_and_shown_as_told(embedded: Running) -> None:
    """Every curl command works, prints what is shown, and causes the lines that are shown."""
    for command, answer in COMMANDS:
        printed = await curl(command, embedded.url)
        assert answer.strip() in printed
        await embedded.settled()
    changes = (await embedded.get("/changes"))["changes"]
    lines = [text for change in changes if (text := line(change)) is not None]
    assert sorted(map(bare, lines)) == sorted(map(bare, LINES.splitlines()))


def test_the_first_event_goes_to_the_embedded_workspace() -> None:
    """To its source, at the default address; and what it became is asked for next."""
    (first, answer), (second, _) = COMMANDS
    assert f"-u {WRITE_KEY}: {DEFAULT_URL}/v1/track" in first
    assert json.loads(answer) == {"success": True}
    assert f"{DEFAULT_URL}/_sandbox/messages/1" in second


@pytest.mark.parametrize("example", fenced(TEXT, "python"))
async def test_the_python_example_sends(embedded: Running, example: str) -> None:
    """The SDK delivers, and what it sent is accepted."""
    program = example.replace(DEFAULT_URL, embedded.url)
    assert embedded.url in program
    await output_of(sys.executable, "-c", program)
    (message,) = await embedded.messages()
    assert (message["state"], message["event"]) == ("accepted", "Order Completed")
    assert message["message"]["properties"] == {"revenue": 45}


@pytest.mark.parametrize("template", re.findall(r"--template (\w+)", TEXT))
async def test_the_templates_on_the_page_are_there(embedded: Running, template: str) -> None:
    """`init` offers them."""
    help_text = await output_of(sys.executable, "-m", "sandbox", "init", "--help")
    assert template in help_text
