"""What lets the page of another origin call, and read the answers.

Source: measured with analytics.js in Chromium; without `Retry-After` among the exposed headers it cannot wait.
"""

from typing import Final

from aiohttp import web

from sandbox.sources.headers import header

SEQ_HEADER: Final = "X-Sandbox-Seq"
_EXPOSED: Final = f"Retry-After, X-RateLimit-Reset, {SEQ_HEADER}"


def cors_headers(origin: str) -> dict[str, str]:
    """Return what lets a page of this origin read an answer, with credentials as `sendBeacon` sends them."""
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": _EXPOSED,
        "Vary": "Origin",
    }


def cors_for(request: web.Request) -> dict[str, str]:
    """Return what lets the page that sent a request read its answer; nothing where no page did."""
    origin = header(request, "Origin")
    return {} if origin is None else cors_headers(origin)


def preflight(request: web.Request) -> web.Response:
    """Allow what the browser asks for, naming it, because a wildcard does not cover Authorization."""
    headers = cors_headers(header(request, "Origin") or "*")
    headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    headers["Access-Control-Max-Age"] = "600"
    asked = header(request, "Access-Control-Request-Headers")
    if asked:
        headers["Access-Control-Allow-Headers"] = asked
    if request.headers.get("Access-Control-Request-Private-Network") == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(status=204, headers=headers)
