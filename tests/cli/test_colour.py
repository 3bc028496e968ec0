"""Colours are for a terminal whose user wants them."""

import asyncio
import os
import pty
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import ROOT, WAIT_S, command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

LAST_OF_THE_TABLE = b"Python"


def read_table(terminal: int) -> bytes:
    """Read what is printed up to the last line of the table."""
    text = b""
    while LAST_OF_THE_TABLE not in text:
        text += os.read(terminal, 4096)
    return text


@pytest.mark.parametrize(
    ("value", "coloured"),
    [pytest.param("", True, id="empty"), pytest.param("1", False, id="set")],
)
async def test_no_color_keeps_a_terminal_plain(tmp_path: Path, value: str, coloured: bool) -> None:
    """Any value of NO_COLOR but the empty one. Source: no-color.org."""
    terminal, its_side = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *command(),
        *("up", "--port", "0", "--ephemeral", "--offline"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": value},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=its_side,
    )
    os.close(its_side)
    try:
        async with asyncio.timeout(WAIT_S):
            text = await asyncio.to_thread(read_table, terminal)
    finally:
        process.terminate()
        await process.wait()
        os.close(terminal)
    assert (b"\x1b[" in text) is coloured
