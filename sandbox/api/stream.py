"""The journal's changes as server-sent events."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import orjson
from aiohttp import web

from sandbox.access import PRIVATE, ApiError
from sandbox.api.masks import masked
from sandbox.api.queries import shows_secrets
from sandbox.journal import Journal

AT_ONCE: Final = 500
ARRAY_BYTES: Final = 64 * 1024
"""With `gather`, how long an array may be, so that nobody reads for long; one change may be longer."""
KEEP_ALIVE_S: Final = 15
GATHER_S: Final = 0.05
"""With `gather`, how long changes are gathered after the first, in seconds."""
SLOW_S: Final = 30
"""A watcher that takes nothing for so long loses its stream; it can come back with Last-Event-ID."""


class Watchers:
    """Those who follow the changes, each on a stream of their own."""

    def __init__(self, journal: Journal, secrets: Callable[[], frozenset[str]]) -> None:
        self._journal = journal
        self._secrets = secrets
        self._streams: set[asyncio.Task[None]] = set()

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send every change after `Last-Event-ID` (or `?after=`, or from now on), in order, each once."""
        after = _start(request, self._journal)
        gather = request.query.get("gather") == "1"
        advised = request.query.get("advice") == "1"
        secrets = frozenset if shows_secrets(request) else self._secrets
        changes = _Changes(self._journal, after, secrets, advised=advised)
        headers = {**PRIVATE, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        stream = asyncio.create_task(_send(request, response, changes, gather=gather), name="stream")
        self._streams.add(stream)
        try:
            await asyncio.wait({stream})
        finally:
            self._streams.discard(stream)
            stream.cancel()
        if not stream.cancelled():
            stream.result()
        return response

    async def close(self, _: web.Application) -> None:
        """End all streams, so that a stop need not wait for those who watch."""
        for stream in self._streams:
            stream.cancel()


@dataclass(slots=True)
class _Changes:
    """The changes behind a number, with secrets masked, and with the advice on deliveries that failed if asked."""

    journal: Journal
    after: int
    secrets: Callable[[], frozenset[str]]
    advised: bool

    async def more(self) -> list[dict[str, Any]]:
        """Return the next ones, none where there are none yet."""
        changes = await self.journal.read.changes(self.after, AT_ONCE)
        if changes:
            self.after = changes[-1]["seq"]
        if self.advised:
            await self.journal.read.advise(changes)
        shown: list[dict[str, Any]] = await masked(changes, self.secrets())
        return shown


async def _send(request: web.Request, response: web.StreamResponse, changes: _Changes, *, gather: bool) -> None:
    """Send changes until the watcher is gone, or cut off because it takes none."""
    with suppress(ConnectionError):
        try:
            await response.prepare(request)
            await response.write(b": connected\n\n")
            await _send_changes(response, changes, gather=gather)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()


async def _send_changes(response: web.StreamResponse, changes: _Changes, *, gather: bool) -> NoReturn:
    while True:
        if more := await changes.more():
            async with asyncio.timeout(SLOW_S):
                await response.write(b"".join(_arrays(more) if gather else map(_event, more)))
            if gather and len(more) < AT_ONCE:
                await asyncio.sleep(GATHER_S)
        else:
            await _wait(response, changes.journal, changes.after)


async def _wait(response: web.StreamResponse, journal: Journal, after: int) -> None:
    """Wait for something new; a comment now and then keeps the connection open, and finds it closed."""
    try:
        async with asyncio.timeout(KEEP_ALIVE_S):
            await journal.beyond(after)
    except TimeoutError:
        await response.write(b": still here\n\n")


def _start(request: web.Request, journal: Journal) -> int:
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if text is None:
        return journal.seq
    if not (text.isascii() and text.isdigit()):
        raise ApiError(400, "bad_query", f"{text!r} is not a sequence number.", "Use a `seq` from the stream.")
    return int(text)


def _event(change: dict[str, Any]) -> bytes:
    return b"id: %d\nevent: change\ndata: %s\n\n" % (change["seq"], orjson.dumps(change))


def _arrays(changes: list[dict[str, Any]]) -> Iterator[bytes]:
    """Write changes as arrays, each as long as it may be."""
    written: list[bytes] = []
    size, last = 0, 0
    for change in changes:
        text = orjson.dumps(change)
        if written and size + len(text) > ARRAY_BYTES:
            yield _array(written, last)
            written, size = [], 0
        written.append(text)
        size, last = size + len(text), change["seq"]
    yield _array(written, last)


def _array(changes: list[bytes], last: int) -> bytes:
    return b"id: %d\nevent: changes\ndata: [%s]\n\n" % (last, b",".join(changes))
