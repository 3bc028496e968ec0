"""The HTTP server below the routes: its answers are JSON too where a request cannot even be read."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import web

from sandbox.app.http_log import HTTP_LOG, fault_of

_OPTIONS: Final[dict[str, Any]] = {
    "access_log": None,
    "logger": HTTP_LOG,
    "auto_decompress": False,  # what cannot be undone would be answered before any route is known
}


_TLS: Final = b"\x16\x03"
"""How a TLS handshake begins. Source: RFC 8446, section 5.1."""


class _Connection(web.RequestHandler):
    """Speaks HTTP with one client."""

    __slots__ = ("_begun", "_on_tls")

    def __init__(self, server: web.Server, on_tls: Callable[[], None], **options: Any) -> None:
        super().__init__(server, **options)
        self._begun = False
        self._on_tls = on_tls

    def data_received(self, data: bytes) -> None:
        """Take what comes; whoever begins with a TLS handshake is told of, and gets no further."""
        if not self._begun:
            self._begun = True
            if data.startswith(_TLS):
                self._on_tls()
                self.force_close()
                return
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer in the shape of the Tracking API, which every SDK can read; the connection closes."""
        super().handle_error(request, status, exc, message)
        words = fault_of(exc)
        told = f"malformed HTTP: {words}" if words else "the sandbox itself failed; see its log"
        code = "internal" if status == HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request"
        answer = orjson.dumps({"success": False, "message": told, "code": code})
        response = web.Response(status=status, body=answer, content_type="application/json")
        response.force_close()
        return response


class _Server(web.Server):
    """Makes a `_Connection` of every connection."""

    def __init__(self, made: web.Server, on_tls: Callable[[], None]) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory)
        self._on_tls = on_tls

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._on_tls, loop=asyncio.get_running_loop(), **_OPTIONS)


class Runner(web.AppRunner):
    """Serves an application through `_Server`; `on_tls` is called for each client that speaks TLS to plain HTTP."""

    __slots__ = ("_on_tls",)

    def __init__(self, application: web.Application, on_tls: Callable[[], None], **options: Any) -> None:
        super().__init__(application, **options)
        self._on_tls = on_tls

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self._on_tls)
