"""Who may talk to the page and to the sandbox's own API, and the one shape of a refusal.

Only what runs on this machine may: a web page elsewhere can make a browser send requests to a local port;
its Host or Origin gives it away. Where the sandbox listens beyond the machine, a password can be asked for.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from sandbox.password import GUESSES, PASSWORD_VARIABLE, WINDOW_S, Guesses, Password

PRIVATE: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of what is for this page and this moment alone."""

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
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def response(self) -> web.Response:
        """Show the error in the API's one shape."""
        error = {"code": self.code, "message": self.message, "hint": self.hint}
        return web.json_response(
            {"error": error, **self.beside},
            status=self.status,
            headers={**PRIVATE, **self.headers},
            dumps=lambda value: orjson.dumps(value).decode(),
        )


def not_found(what: str, hint: str) -> ApiError:
    """Say that something is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, "not_found", f"There is no {what}.", hint)


_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ASK: Final = {"WWW-Authenticate": 'Basic realm="segment-sandbox", charset="UTF-8"'}
_HOW: Final = f"Commands read it from {PASSWORD_VARIABLE}, curl takes -u :PASSWORD, a browser any user name with it."


class Guard:
    """Who may talk to the sandbox: host names beyond those of the loopback, and the password if there is one."""

    def __init__(self, allowed_hosts: Iterable[str] = (), password: Password | None = None) -> None:
        self._allowed = _LOCAL | {name.lower() for name in allowed_hosts}
        self._password = password
        self._guesses = Guesses()

    def check(self, request: web.Request) -> None:
        """Refuse a foreign Host, an Origin other than the sandbox's own, and whoever lacks the password.

        Raises:
            ApiError: 401, 403 or 429, with what to do.
        """
        self.check_origin(request)
        if self._password is not None:
            self._check_password(request, self._password)

    def check_origin(self, request: web.Request) -> None:
        """Refuse a foreign Host, and an Origin other than the sandbox's own.

        The address that the connection came to is the sandbox's: no name can be made to stand for it.

        Raises:
            ApiError: 403, with what to do.
        """
        host = request.headers.get("Host", "")
        name = _host_name(host)
        if name not in self._allowed and name != _address_of(request):
            hint = f"If it is yours, start with --allow-host {name or 'NAME'}."
            raise ApiError(403, "foreign_host", f"The host {name!r} is not one of the sandbox's.", hint)
        origin = request.headers.get("Origin")
        hint = "Only the sandbox's own page may use this address from a browser."
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            raise ApiError(403, "foreign_origin", f"The origin {origin} is not the sandbox's.", hint)
        if _is_from_another_site(request):
            raise ApiError(403, "foreign_origin", "A page of another origin asks.", hint)

    def _check_password(self, request: web.Request, password: Password) -> None:
        address = request.remote or ""
        if self._guesses.too_many(address):
            message = f"{GUESSES} wrong passwords came from {address} within {WINDOW_S:.0f} seconds."
            headers = {"Retry-After": f"{WINDOW_S:.0f}"}
            raise ApiError(429, "too_many_guesses", message, "Wait for a minute, and try again.", headers=headers)
        given = _given_password(request)
        if given is None:
            raise ApiError(401, "password_needed", "This sandbox asks for its password.", _HOW, headers=_ASK)
        if not password.equals(given):
            self._guesses.add(address)
            raise ApiError(401, "wrong_password", "This is not the sandbox's password.", _HOW, headers=_ASK)


def _is_from_another_site(request: web.Request) -> bool:
    """Say whether a page of another origin reads by an element of its own, for which no browser sends an Origin.

    A link to the sandbox is one as well, and may be followed. Source: Fetch Metadata Request Headers, section 2.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    links = (
        request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest") == "document"
    )
    return site in {"cross-site", "same-site"} and not links


def _given_password(request: web.Request) -> str | None:
    """Return the password of Basic authorisation, whatever the user is called; None where there is none.

    Source: RFC 7617, section 2.
    """
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return password if colon else None


def _address_of(request: web.Request) -> str | None:
    """Return the address of this machine that a connection came to."""
    if request.transport is None:
        return None
    name = request.transport.get_extra_info("sockname")
    return str(name[0]) if isinstance(name, tuple) else None


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
