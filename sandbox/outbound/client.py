"""The HTTP client: sends one request as given, and returns what came back or why nothing did."""

import asyncio
import io
import socket
import ssl
from dataclasses import replace
from time import perf_counter
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict

from sandbox.clock import Clock
from sandbox.outbound import policy
from sandbox.outbound.network_errors import network_error, timed_out
from sandbox.outbound.target import (
    Target,
    UnsendableError,
    asks_to_close,
    check_sendable,
    framed,
    on_the_wire,
    target_of,
)
from sandbox.wire import Exchange, NetworkError, Request, Response

MAX_RESPONSE_BYTES = 10 * 1024 * 1024
"""The longest body taken from a partner's service."""

_IDLE_CONNECTION_S = 1.0
"""How long an unused connection is kept, seconds.

Shorter than any common server keeps one (gunicorn: 2 s, Node and uvicorn: 5 s): a request on a connection
that the server is just closing would fail in a way that it cannot fail at Segment.
"""

_MAX_HEADER_BYTES = 16 * 1024
"""The longest status line or header. Source: Node, --max-http-header-size."""

_MAX_HEADERS = 2000
"""The most headers in a response. Source: Node, http, maxHeadersCount."""

_ONE_PIECE_BYTES = 1024 * 1024
"""Bodies beyond this are written in pieces, so that the loop is not held up."""

_AUTOMATIC_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Outbound:
    """Sends requests to partners' services: one hop each, checked, as given, many at once.

    It follows no redirect, unpacks no body, keeps no cookie, asks no proxy, and sends nothing twice.
    Connections are used again, except for a request that says `Connection: close`, as node-fetch does by
    default: it gets a connection of its own, so that it cannot fail for what an earlier one left behind.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        offline: bool = False,
        home: str | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Prepare; nothing is opened before `start`.

        Args:
            clock: dates the exchanges.
            offline: refuse everything but loopback.
            home: the sandbox's own base URL, which answers for Segment's Tracking API and token servers.
            resolver: looks names up in place of the operating system.
        """
        self._clock = clock
        self._resolver = resolver
        self._offline = offline
        self._home = home
        self._sessions: dict[bool, aiohttp.ClientSession] = {}  # by whether connections are used only once
        self._trust: ssl.SSLContext | None = None

    def set_home(self, url: str) -> None:
        """Name the sandbox's own base URL, once its port is known."""
        self._home = url

    async def start(self) -> None:
        """Open for sending."""
        resolver = _CheckedResolver(self._resolver or aiohttp.ThreadedResolver(), offline=self._offline)
        self._sessions = {closes: self._session(resolver, closes=closes) for closes in (False, True)}

    def _session(self, resolver: AbstractResolver, *, closes: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            socket_factory=self._checked_socket,
            limit=0,  # waiting for a free connection would count against the partner's deadline
            force_close=closes,
            keepalive_timeout=None if closes else _IDLE_CONNECTION_S,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_AUTOMATIC_HEADERS,
            timeout=aiohttp.ClientTimeout(),  # `send` has one deadline for everything
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            max_headers=_MAX_HEADERS,
        )
        # aiohttp would send a GET again when a reused connection breaks, unseen; it has no public switch.
        session._retry_connection = False  # noqa: SLF001
        return session

    async def close(self) -> None:
        """Close all connections; requests in flight end with an error of theirs."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Send one request and wait for the last byte of its response, `timeout_s` seconds at most.

        Whatever the network does is an outcome, never an exception. The exchange holds the request with
        the headers that were sent and the method in capitals; one that the sandbox itself answered for
        Segment is recorded as if it had gone to Segment.

        Raises:
            RuntimeError: the client is not open.
        """
        started_at_ms, began = self._clock.real_ms(), perf_counter()
        outcome: Response | NetworkError
        try:
            target = target_of(request.url)
            check_sendable(request)
            request = replace(
                request,
                method=request.method.upper(),
                headers=framed(request, target.host_header),
            )
            outcome = await self._outcome(request, self._destination(target), timeout_s)
        except UnsendableError as refused:
            outcome = refused.error
        return Exchange(request, outcome, started_at_ms, (perf_counter() - began) * 1000)

    def _destination(self, target: Target) -> Target:
        """Return where to send what is meant for `target`: mostly there, else to the sandbox itself.

        Raises:
            UnsendableError: it must not be called.
        """
        refusal = policy.refusal_of_name(target.host, offline=self._offline)
        if refusal is not None:
            raise _refused(refusal)
        if policy.host_of(target.host) is not policy.Host.ANSWERED_HERE:
            return target
        if self._home is None:
            raise _refused(
                f"{target.host} is Segment's own host, and the sandbox that answers for it does not listen."
            )
        return target_of(self._home.rstrip("/") + target.url.raw_path_qs)

    async def _outcome(self, request: Request, target: Target, timeout_s: float) -> Response | NetworkError:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request, target)
        except TimeoutError:
            return timed_out(timeout_s)
        except _ForbiddenAddressError as forbidden:
            return _refused(str(forbidden)).error
        except aiohttp.ClientError as error:
            return network_error(error, target.host, target.url.port or 0)

    async def _exchange(self, request: Request, target: Target) -> Response | NetworkError:
        if not self._sessions:
            raise RuntimeError("send was called before start or after close")
        headers = CIMultiDict(on_the_wire(request.headers))
        if target != target_of(request.url):  # the sandbox answers for Segment, under its own name
            headers["Host"] = target.host_header
        body = request.body if len(request.body) <= _ONE_PIECE_BYTES else io.BytesIO(request.body)
        async with self._sessions[asks_to_close(request.headers)].request(
            request.method,
            target.url,
            headers=headers,
            data=body or None,
            allow_redirects=False,
            ssl=await self._trusted() if target.url.scheme == "https" else True,
        ) as response:
            return await _received(response)

    async def _trusted(self) -> ssl.SSLContext:
        """Return whom to trust: the authorities of this machine, read when they are first needed."""
        if self._trust is None:
            self._trust = await asyncio.to_thread(_authorities)
        return self._trust

    def _checked_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Open a socket for the address that is about to be connected to, if it may be."""
        family, kind, protocol, _, address = info
        _check_address(str(address[0]), offline=self._offline)
        return socket.socket(family, kind, protocol)


def _authorities() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(("http/1.1",))
    return context


class _ForbiddenAddressError(Exception):
    """Nothing may connect to this address."""


def _check_address(address: str, *, offline: bool) -> None:
    refusal = policy.refusal_of_address(address, offline=offline)
    if refusal is not None:
        raise _ForbiddenAddressError(refusal)


def _refused(sentence: str) -> UnsendableError:
    return UnsendableError("SANDBOX_REFUSED", sentence)


class _CheckedResolver(AbstractResolver):
    """Looks a name up once, checks every address, and gives the very same addresses to connect to."""

    def __init__(self, resolver: AbstractResolver, *, offline: bool) -> None:
        self._resolver = resolver
        self._offline = offline

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        """Return the addresses of `host`.

        Raises:
            OSError: it has none.
            _ForbiddenAddressError: one of them must not be connected to.
        """
        try:
            found = await self._resolver.resolve(host, port, family)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
        for result in found:
            _check_address(result["host"], offline=self._offline)
        return found

    async def close(self) -> None:
        await self._resolver.close()


async def _received(response: aiohttp.ClientResponse) -> Response | NetworkError:
    body = await _read(response.content)
    if body is None:
        response.close()
        return NetworkError(
            "SANDBOX_RESPONSE_TOO_LARGE",
            f"The response is longer than {MAX_RESPONSE_BYTES} bytes, the most that the sandbox takes: "
            "answer with less.",
        )
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
    return Response(response.status, _reason(response), headers, body)


def _reason(response: aiohttp.ClientResponse) -> str:
    """Read the reason as Latin-1, as Node does; aiohttp hides what is not UTF-8 in surrogates."""
    return (response.reason or "").encode(errors="surrogateescape").decode("latin-1")


async def _read(content: aiohttp.StreamReader) -> bytes | None:
    """Read to the end; `None` when that is too far away."""
    pieces: list[bytes] = []
    size = 0
    while piece := await content.readany():
        size += len(piece)
        if size > MAX_RESPONSE_BYTES:
            return None
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
