"""Who may talk to the page and to the sandbox's own API: only what runs on this machine.

A web page elsewhere can make a browser send requests to a local port; its Host or Origin gives it away.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.api.errors import ApiError, Handler

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
