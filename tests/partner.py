"""A partner's service for tests: answers as scripted, and keeps every request byte by byte."""

import asyncio
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web
from multidict import CIMultiDict

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in: headers in order and in the case they were sent."""

    method: str
    target: str
    headers: Headers
    body: bytes
    connection: int

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """An ordinary answer, `delay_s` seconds late."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Raw:
    """These bytes, HTTP or not, and then the end of the connection."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Stall:
    """These bytes, and then nothing more until the partner closes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer, until the partner closes."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The end of the connection in place of an answer."""


@dataclass(frozen=True, slots=True)
class Reset:
    """A TCP reset in place of an answer."""


Script = Answer | Raw | Stall | Hang | HangUp | Reset

OK = Answer()


class Partner:
    """An HTTP service on a free port of loopback.

    It gives the scripted answers in order, then `otherwise` for ever, or what `otherwise` returns each time. With
    `tls` it speaks https.
    """

    def __init__(
        self, *script: Script, otherwise: Script | Callable[[], Script] = OK, tls: ssl.SSLContext | None = None
    ) -> None:
        self.received: list[Received] = []
        self.otherwise = otherwise
        self.arrived = asyncio.Event()
        self.url = ""
        self._tls = tls
        self._script = deque(script)
        self._closing = asyncio.Event()
        self._connections: dict[object, int] = {}
        self._runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._runner.addresses[0][1])

    @property
    def connections(self) -> int:
        """How many connections have been opened."""
        return len(self._connections)

    def answer(self, *script: Script) -> None:
        """Add answers to the script."""
        self._script.extend(script)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.received.append(await self._record(request))
        self.arrived.set()
        script = self._script.popleft() if self._script else self.otherwise
        if not isinstance(script, Script):
            script = script()
        match script:
            case Answer():
                return await _respond(script)
            case Raw(data):
                return _cut(request, data)
            case Stall(data):
                return await self._stall(request, data)
            case Hang():
                return await self._stall(request, b"")
            case HangUp():
                return _cut(request)
            case Reset():
                return _reset(request)

    async def _stall(self, request: web.BaseRequest, data: bytes) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.write(data)
        await self._closing.wait()
        return _cut(request)

    async def _record(self, request: web.BaseRequest) -> Received:
        return Received(
            request.method,
            request.raw_path,
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers),
            await request.content.read(),
            self._connections.setdefault(request.protocol, len(self._connections)),
        )


async def _respond(answer: Answer) -> web.StreamResponse:
    if answer.delay_s:
        await asyncio.sleep(answer.delay_s)
    return web.Response(status=answer.status, headers=CIMultiDict(answer.headers), body=answer.body)


def _cut(request: web.BaseRequest, data: bytes = b"") -> web.StreamResponse:
    if request.transport is not None:
        request.transport.write(data)
        request.transport.close()
    return web.Response()


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    """Close with a linger time of zero, which makes the kernel send a reset."""
    if request.transport is not None:
        connection: socket.socket = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
