"""A sandbox to work with: the one that is named or runs for this folder, else one for the time of the work."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import click

from sandbox.cli.client import Client, NoSandboxError, connect, is_named, of_folder
from sandbox.errors import UserMistakeError

Work = Callable[[Client], int]


def with_sandbox(url: str | None, work: Work, *, watch: bool = False) -> int:
    """Do the work with a sandbox and return its exit code.

    Where none is named and none runs here, one is started on a free port, which forgets everything at the end;
    with `watch` it puts saved files into effect, as a running one does.
    """
    client = connect(url) if is_named(url) else _running_here()
    if client is not None:
        return work(client)
    return asyncio.run(_started(work, watch=watch))


def _running_here() -> Client | None:
    """Return the sandbox of this folder if one answers."""
    url = of_folder(Path.cwd())
    if url is None:
        return None
    client = Client(url)
    try:
        client.get("/_sandbox/health")
    except NoSandboxError:
        return None
    return client


async def _started(work: Work, *, watch: bool) -> int:
    from sandbox.app import Options, Sandbox, serve  # noqa: PLC0415 - only who starts one waits for it
    from sandbox.journal import Journal  # noqa: PLC0415 - likewise

    stop = asyncio.Event()
    codes: list[int] = []

    async def on_ready(sandbox: Sandbox, _: Journal) -> None:
        for mistake in sandbox.mistakes():
            click.echo(mistake, err=True)
        try:
            codes.append(await asyncio.to_thread(work, Client(sandbox.url)))
        finally:
            stop.set()

    options = Options(folder=Path.cwd(), port=0, ephemeral=True, reload=watch)
    try:
        await serve(options, on_ready, stop)
    except* UserMistakeError as mistakes:
        raise mistakes.exceptions[0] from None
    return codes[0]
