"""What goes out on the wire for a request: its address and its headers, worked out without I/O."""

import re
from dataclasses import dataclass
from functools import lru_cache

from yarl import URL

from sandbox.outbound.policy import address_of
from sandbox.wire import Headers, NetworkError, Request

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FORBIDDEN_IN_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_SENDABLE_URL = re.compile(r"[\x21-\x7e]+")
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_KEPT_OFF_THE_WIRE = frozenset({"transfer-encoding", "expect"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: what to connect to, the host by name, and the Host header."""

    url: URL
    host: str
    host_header: str


class UnsendableError(Exception):
    """The request cannot be put on the wire; `error` says why in Node's words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error = NetworkError(code, message)


@lru_cache(maxsize=1024)
def target_of(url: str) -> Target:
    """Work out where `url` leads. User and password in it are left out: they become no header here.

    Raises:
        UnsendableError: it is no absolute http or https URL.
    """
    parsed = _parsed(url)
    if parsed.scheme not in ("http", "https"):
        raise UnsendableError(
            "ERR_INVALID_PROTOCOL",
            f'Protocol "{parsed.scheme}:" not supported. Expected "http:" or "https:"',
        )
    host, host_header = parsed.raw_host, parsed.host_port_subcomponent
    if not host or not host_header:
        raise UnsendableError("ERR_INVALID_URL", f"Invalid URL: {url}")
    return Target(_connectable(parsed.with_user(None).with_fragment(None), host), host, host_header)


def _connectable(url: URL, host: str) -> URL:
    """Spell out an address that is written as a number (`2130706433`), as the system's resolver would."""
    address = address_of(host) if host[0].isdigit() and ":" not in host else None
    return url if address is None or str(address) == host else url.with_host(str(address))


def _parsed(url: str) -> URL:
    """Parse without re-quoting what can be sent as it is; anything else is quoted first."""
    try:
        parsed = URL(url, encoded=_SENDABLE_URL.fullmatch(url) is not None)
        _ = parsed.port  # a port out of range shows only when asked for
    except ValueError:
        raise UnsendableError("ERR_INVALID_URL", f"Invalid URL: {url}") from None
    if not parsed.absolute:
        raise UnsendableError("ERR_INVALID_URL", f"Invalid URL: {url}")
    return parsed


def check_sendable(request: Request) -> None:
    """Refuse what would break the framing of the request, in the words Node refuses it with.

    Raises:
        UnsendableError: the method, a header's name or a header's value holds a forbidden character.
    """
    if not _TOKEN.fullmatch(request.method):
        raise UnsendableError("ERR_INVALID_HTTP_TOKEN", f'Method must be a valid HTTP token ["{request.method}"]')
    for name, value in request.headers:
        if not _TOKEN.fullmatch(name):
            raise UnsendableError("ERR_INVALID_HTTP_TOKEN", f'Header name must be a valid HTTP token ["{name}"]')
        if _FORBIDDEN_IN_VALUE.search(value):
            raise UnsendableError("ERR_INVALID_CHAR", f'Invalid character in header content ["{name}"]')


def framed(request: Request, host_header: str) -> Headers:
    """Return the headers with Host first and one Content-Length, a true one.

    A Content-Length that was given keeps its place and spelling; a Host that was given keeps its value.
    A name that occurs again is spelled as the first time, as node-fetch does it.
    """
    spelling: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    length = str(len(request.body))
    for name, value in request.headers:
        lower = name.lower()
        if lower == "host":
            host_header = value
        elif lower != "content-length":
            others.append((spelling.setdefault(lower, name), value))
        elif lower not in spelling:
            spelling[lower] = name
            others.append((name, length))
    if "content-length" not in spelling and _has_length(request):
        others.append(("Content-Length", length))
    return (("Host", host_header), *others)


def _has_length(request: Request) -> bool:
    return bool(request.body) or request.method.upper() not in _BODILESS


def on_the_wire(headers: Headers) -> Headers:
    """Leave out what would contradict how the body goes: in one piece, with its length, at once.

    The record shows these headers all the same: the caller set them.
    """
    return tuple((name, value) for name, value in headers if name.lower() not in _KEPT_OFF_THE_WIRE)


def asks_to_close(headers: Headers) -> bool:
    """Tell whether the connection is meant for this request alone."""
    return any(name.lower() == "connection" and value.strip().lower() == "close" for name, value in headers)
