"""What the hosts of the cases answer, the same for the sandbox and for Node."""

import base64
import gzip
import zlib
from typing import Any, Final, TypeAlias

from sandbox.wire import NetworkError, Response

Never: TypeAlias = None
"""No answer comes."""

Answer: TypeAlias = Response | NetworkError | Never


def _response(body: bytes | str, status: int = 200, reason: str = "OK", *headers: tuple[str, str]) -> Response:
    content = body.encode() if isinstance(body, str) else body
    return Response(status, reason, (*headers, ("Content-Length", str(len(content)))), content)


def _json(body: str, status: int = 200, reason: str = "OK") -> Response:
    return _response(body, status, reason, ("Content-Type", "application/json"))


def _to(location: str, status: int, reason: str) -> Response:
    return _response("moved", status, reason, ("Location", location))


API: Final = "https://api.test"
ANSWERS: Final[dict[str, Answer]] = {
    f"{API}/json": _json('{"ok":true,"list":[1,2]}'),
    f"{API}/json?x=1": _json('{"x":1}'),
    f"{API}/json?i=1": _json('{"i":1}'),
    f"{API}/json?i=2": _json('{"i":2}'),
    f"{API}/json?i=3": _json('{"i":3}'),
    f"{API}:8443/json": _json('{"port":8443}'),
    "http://api.test/json": _json('{"plain":true}'),
    f"{API}/": _json('{"root":true}'),
    f"{API}/echo": _json('{"thanks":true}'),
    f"{API}/path%20with%20spaces?q=é": _json('{"encoded":true}'),
    f"{API}/text": _response("héllo ☃", 200, "OK", ("Content-Type", "text/plain; charset=utf-8")),
    f"{API}/latin1": _response(b"caf\xe9", 200, "OK", ("Content-Type", "text/plain; charset=iso-8859-1")),
    f"{API}/html": _response("<html>oops", 200, "OK", ("Content-Type", "text/html")),
    f"{API}/empty": _response("", 204, "No Content"),
    f"{API}/nothing": _response("", 200, "OK"),
    f"{API}/binary": _response(bytes(range(256)), 200, "OK", ("Content-Type", "application/octet-stream")),
    f"{API}/large": _response("0123456789" * 20_000),
    f"{API}/cookies": _response(
        "c", 200, "OK", ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2"), ("X-Multi", "1"), ("X-Multi", "2")
    ),
    f"{API}/gzip": _response(
        gzip.compress(b'{"gz":true}', mtime=0),
        200,
        "OK",
        ("Content-Encoding", "gzip"),
        ("Content-Type", "application/json"),
    ),
    f"{API}/deflate": _response(zlib.compress(b"deflated"), 200, "OK", ("Content-Encoding", "deflate")),
    f"{API}/broken-gzip": _response(b"no gzip at all", 200, "OK", ("Content-Encoding", "gzip")),
    f"{API}/moved": _to("/json?x=1", 302, "Found"),
    f"{API}/moved301": _to("/echo", 301, "Moved Permanently"),
    f"{API}/moved303": _to("/echo", 303, "See Other"),
    f"{API}/moved307": _to("/echo", 307, "Temporary Redirect"),
    f"{API}/moved308": _to(f"{API}:8443/json", 308, "Permanent Redirect"),
    f"{API}/nowhere": _response("no location", 302, "Found"),
    f"{API}/loop": _to(f"{API}/loop", 302, "Found"),
    f"{API}/status/400": _json('{"error":"bad"}', 400, "Bad Request"),
    f"{API}/status/429": _json('{"error":"slow down"}', 429, "Too Many Requests"),
    f"{API}/status/500": _response("broken", 500, "Internal Server Error", ("Content-Type", "text/plain")),
    f"{API}/status/503": _json('{"error":"later"}', 503, "Service Unavailable"),
    f"{API}/never": None,
    "https://refused.test/": NetworkError("ECONNREFUSED", "connect ECONNREFUSED 192.0.2.1:443"),
    "https://reset.test/": NetworkError("ECONNRESET", "socket hang up"),
    "https://nowhere.test/x": NetworkError("ENOTFOUND", "getaddrinfo ENOTFOUND nowhere.test"),
}


def _as_json(answer: Answer) -> dict[str, Any]:
    match answer:
        case Response():
            body = base64.b64encode(answer.body).decode()
            return {"status": answer.status, "reason": answer.reason, "headers": answer.headers, "body": body}
        case NetworkError():
            return {"error": {"code": answer.code, "message": answer.message}}
        case None:
            return {"never": True}


def answers_as_json() -> dict[str, Any]:
    """Return the answers by their address, as `node_runner.mjs` reads them."""
    return {url: _as_json(answer) for url, answer in ANSWERS.items()}
