"""The Developer Center page: what runs here and what happens, live. Its script is built from web/page."""

from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox.access import PRIVATE, ApiError, Guard, Handler

_BUILT: Final = Path(__file__).parent.parent / "_static" / "page"
_VIEWS: Final = (
    *("/", "/debugger", "/deliveries", "/tester", "/suite", "/settings", r"/event/{seq:\d+}"),
    *("/components", "/components/{slug}"),
)
"""Addresses that the one page shows by itself."""
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_HEADERS: Final = {
    **PRIVATE,
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_routes(guard: Guard) -> list[web.RouteDef]:
    """Return the routes of the page and of what it loads; anything else is not found, in words."""
    views = [web.get(view, _guarded(guard, _page)) for view in _VIEWS]
    return [*views, web.route("*", "/{name:(?s:.*)}", _guarded(guard, _asset))]


def _guarded(guard: Guard, handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            guard.check(request)
            return await handler(request)
        except ApiError as error:
            return error.response()

    return guarded


async def _page(_: web.Request) -> web.StreamResponse:
    return _file("index.html")


async def _asset(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if request.method != "GET" or "/" in name or not (_BUILT / name).is_file():
        message = f"There is nothing at {request.method} {request.path}."
        raise ApiError(404, "not_found", message, "SDKs call /v1/…, tools /_sandbox/…, people /.")
    return _file(name)


def _file(name: str) -> web.Response:
    path = _BUILT / name
    if not path.is_file():
        raise ApiError(503, "not_built", "The page is not built.", "Run `python3 hatch_build.py`, which needs Node.")
    return web.Response(body=path.read_bytes(), content_type=_TYPES[path.suffix], headers=_HEADERS)
