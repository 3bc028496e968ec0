"""Who may talk to the page and to the sandbox's own API, and the one shape of a refusal.

Only what runs on this machine may: a web page elsewhere can make a browser send requests to a local port;
its Host or Origin gives it away.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import urlsplit

import orjson
from aiohttp import web

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ApiError(Exception):
    """An answer that is not good news: HTTP status, a code for programs, a sentence and a hint for people.

    `beside` stands beside the error, where a program can do something with it.
    """

    status: int
    code: str
    message: str
    hint: str = ""
    beside: Mapping[str, object] = field(default_factory=dict, hash=False)

    def response(self) -> web.Response:
        """Show the error in the API's one shape."""
        error = {"code": self.code, "message": self.message, "hint": self.hint}
        return web.json_response(
            {"error": error, **self.beside}, status=self.status, dumps=lambda value: orjson.dumps(value).decode()
        )


def not_found(what: str, hint: str) -> ApiError:
    """Say that something is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, "not_found", f"There is no {what}.", hint)


_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Guard:
    """Host names that may be used for the sandbox, beyond those of the loopback."""

    allowed_hosts: frozenset[str] = frozenset()

    def check(self, request: web.Request) -> None:
        """Refuse a foreign Host, and an Origin other than the sandbox's own.

        Raises:
            ApiError: 403, with what to do.
        """
        host = request.headers.get("Host", "")
        name = _host_name(host)
        if name not in _LOCAL and name not in self.allowed_hosts:
            hint = f"If it is yours, start with --allow-host {name or 'NAME'}."
            raise ApiError(403, "foreign_host", f"The host {name!r} is not one of the sandbox's.", hint)
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            hint = "Only the sandbox's own page may use this address from a browser."
            raise ApiError(403, "foreign_origin", f"The origin {origin} is not the sandbox's.", hint)

    @property
    def middleware(self) -> object:
        """Return the check as an aiohttp middleware."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.check(request)
            return await handler(request)

        return guard


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
