"""`segment-sandbox up`."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from sandbox.api.masks import masked
from sandbox.app import Options, Sandbox, serve
from sandbox.cli.lines import coloured, line
from sandbox.cli.table import openness, start_table
from sandbox.cli.trust import trust_table
from sandbox.clock import MODES_HINT, rate_of
from sandbox.errors import UserMistakeError
from sandbox.journal import Journal
from sandbox.password import password_of

LINES_AT_ONCE: Final = 100
GAP_S: Final = 0.05
"""Between two looks for new lines: faster than anybody reads, and seldom enough to leave the time to the events."""

BEHIND_MAX: Final = 5_000
"""How far the lines may fall behind before some are left out; they are all in the journal."""

GARBAGE_THRESHOLD: Final = 20_000
"""How many new objects there may be before Python looks for cycles among them.

At Python's own 700, a batch of calls makes it look several times, and in vain: calls hold no cycles.
"""


def run(folder: Path, flags: Mapping[str, Any]) -> int:
    """Serve until interrupted; return the exit code."""
    gc.freeze()  # what is imported stays, and need not be looked through again and again
    gc.set_threshold(GARBAGE_THRESHOLD)
    gc.enable()
    while_stdin = flags["stdin"]
    options = _options(folder, {name: value for name, value in flags.items() if name != "stdin"})
    return asyncio.run(_serve(options, while_stdin=while_stdin))


def _options(folder: Path, flags: Mapping[str, Any]) -> Options:
    mode = flags["clock"]
    rate = None if mode is None else rate_of(mode)
    if mode is not None and rate is None:
        raise UserMistakeError(f"--clock {mode} is no way for a clock to go.", MODES_HINT)
    if flags["ephemeral"] and flags["journal"] is not None:
        raise UserMistakeError("--ephemeral and --journal are both given.", "One keeps no journal, the other does.")
    password = password_of(flags["password_file"], os.environ)
    others = {name: value for name, value in flags.items() if name != "password_file"}
    return Options(folder=folder, **{**others, "clock": rate, "password": password})


async def _serve(options: Options, *, while_stdin: bool) -> int:
    stop = asyncio.Event()
    received: list[int] = []
    loop = asyncio.get_running_loop()
    if sys.platform != "win32":  # its loops take no signal handlers; there an interruption ends the sandbox
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _stopper(stop, received, number))
    if while_stdin:
        watch = threading.Thread(target=_stop_at_its_end, args=(loop, stop), name="stdin", daemon=True)
        watch.start()
    await serve(options, partial(_report, openness(options.host, has_password=options.password is not None)), stop)
    return 128 + signal.SIGINT if signal.SIGINT in received else 0


def _stop_at_its_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Read standard input to its end: whoever started this has closed it, or is gone."""
    with contextlib.suppress(OSError):  # a terminal that is gone is its end as well
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop may have ended before
        loop.call_soon_threadsafe(stop.set)


def _stopper(stop: asyncio.Event, received: list[int], number: int) -> Any:
    def stopped() -> None:
        received.append(number)
        stop.set()

    return stopped


async def _report(warning: str | None, sandbox: Sandbox, journal: Journal) -> None:
    """Print the table, then a line for whatever happens, the last ones at the end included."""
    click.echo(start_table(sandbox.url, sandbox.describe(), sandbox.mistakes()))
    if sandbox.tls is not None:
        click.echo(trust_table(sandbox.tls.url, str(sandbox.tls.authority)))
    if warning is not None:
        click.echo(warning)
    sys.stdout.flush()
    after = journal.seq
    try:
        while True:
            await journal.beyond(after)
            after = await _print_after(_skip(after, journal.seq), journal, sandbox.secrets())
            await asyncio.sleep(GAP_S)
    finally:
        newest = journal.seq
        after = _skip(after, newest)
        while after < newest:
            after = await _print_after(after, journal, sandbox.secrets())


async def _print_after(after: int, journal: Journal, secrets: frozenset[str]) -> int:
    """Print the next changes after a number, without the secrets; return the number to go on from."""
    newest = journal.seq
    changes = await journal.read.changes(after, LINES_AT_ONCE)
    await journal.read.advise(changes)
    _print(await masked(changes, secrets))
    return int(changes[-1]["seq"]) if changes else newest


def _skip(after: int, newest: int) -> int:
    """Leave lines out when there are far too many for anybody to read."""
    if newest - after <= BEHIND_MAX:
        return after
    click.echo(f"… {newest - after - LINES_AT_ONCE} entries not printed; they are in the journal")
    return newest - LINES_AT_ONCE


def _print(changes: list[dict[str, Any]]) -> None:
    lines = [text for change in changes if (text := line(change)) is not None]
    if lines:
        click.echo("\n".join(coloured(text) for text in lines))
        sys.stdout.flush()
