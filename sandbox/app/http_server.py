"""The HTTP server below the routes: its answers are JSON too where a request cannot even be read."""

import asyncio
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


class _Connection(web.RequestHandler):
    """Speaks HTTP with one client."""

    __slots__ = ()

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

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **_OPTIONS)


class Runner(web.AppRunner):
    """Serves an application through `_Server`."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory)
