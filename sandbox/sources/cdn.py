"""The CDN: a source's settings, and analytics.js with all that it loads.

Nothing that is served leads to another machine: a page whose script comes from here asks for the rest here as well.
Source: measured with analytics.js offline in Chromium; the sources of Segment's mobile libraries for the settings.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson
from aiohttp import web

from sandbox.access import Handler
from sandbox.pipeline import Intake
from sandbox.sources.cors import cors_for, preflight
from sandbox.sources.keys import masked
from sandbox.sources.tracking_api import TrackingApi, failure

log = logging.getLogger(__name__)

BUILT: Final = Path(__file__).parent.parent / "_static" / "analytics"
_JAVASCRIPT: Final = "text/javascript"
_ALWAYS_ASK: Final = "no-cache"
_NEVER_ASK: Final = "public, max-age=31536000, immutable"
"""For what has a hash of its content in its name."""

_PRELUDE: Final = (
    '!function(s){{var k=s&&s.getAttribute("data-global-segment-analytics-key")||"analytics",'
    "a=window[k]=window[k]||[];a._cdn=s&&s.src?new URL(s.src).origin:{origin}}}(document.currentScript);\n"
)
"""Tells analytics.js where it came from: it would take that from its script's address only where that is https."""

_PLUGINS: Final = "/next-integrations/"
_CLASSIC: Final = (
    "analytics.classic.js is not served: npm has no build of the library before analytics.js 2.0, "
    "and pages ask for it only where their Content Security Policy forbids analytics.js itself"
)
_UNKNOWN_CHUNK: Final = (
    "the analytics.js of this sandbox has no such part; load analytics.min.js from here as well, and reload the page"
)
_NO_PLUGIN: Final = "the sandbox serves no device-mode destinations yet; its destinations are in cloud-mode"
_NOTHING: Final = "the CDN has nothing at this path"
_NOT_BUILT: Final = "analytics.js is not built: run `python3 hatch_build.py`, which needs Node"

_Answering: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]


class NotServedError(Exception):
    """There is nothing at a path; the sentence says why, and what to do."""


class Cdn:
    """Answers for the hosts that pages and mobile libraries load from."""

    def __init__(self, tracking: TrackingApi, built: Path = BUILT) -> None:
        self._tracking = tracking
        self._built = built

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, every method included."""
        loaded: dict[str, _Answering] = {
            "/v1/projects/{key}/settings": self._settings,
            "/projects/{key}/settings": self._settings,
            "/analytics.js/v1/{key}/analytics.min.js": self._analytics,
            "/analytics.js/v1/{key}/platform/analytics.min.js": self._analytics,
            "/analytics.js/v1/{key}/analytics.classic.js": _missing(_CLASSIC),
            "/analytics.js/{rest:(?s:.*)}": _missing(_NOTHING),
            "/analytics-next/bundles/{name}": self._chunk,
            "/analytics-next/{rest:(?s:.*)}": _missing(_NOTHING),
            _PLUGINS + "{rest:(?s:.*)}": _missing(_NO_PLUGIN),
        }
        return [web.route("*", path, self._guarded(answering)) for path, answering in loaded.items()]

    def _guarded(self, answering: _Answering) -> Handler:
        """Answer a preflight, other methods than GET, what is not there, and a failure of ours."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                if request.method == "OPTIONS":
                    return preflight(request)
                if request.method not in ("GET", "HEAD"):
                    return await self._refuse(request, 405, f"{request.method} is not known here; send a GET")
                return await answering(request)
            except NotServedError as error:
                return await self._refuse(request, 404, str(error))
            except Exception:
                shown = self._tracking.shown_path(request.path)
                log.exception("%s %s failed inside the sandbox", request.method, shown)
                return failure(request)

        return guarded

    async def _settings(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        settings = settings_of(key, self._intake(key), _host(request), request.scheme)
        headers = {"Cache-Control": _ALWAYS_ASK, **cors_for(request)}
        return web.Response(body=orjson.dumps(settings), content_type="application/json", headers=headers)

    async def _analytics(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        self._intake(key)
        library = self._read("standalone.js")
        return _script(request, analytics_js(library, key, f"{request.scheme}://{_host(request)}"), _ALWAYS_ASK)

    async def _chunk(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in {path.name for path in (self._built / "bundles").glob("*.js")}:
            raise NotServedError(_UNKNOWN_CHUNK)
        return _script(request, self._read(f"bundles/{name}"), _NEVER_ASK)

    def _read(self, name: str) -> bytes:
        try:
            return (self._built / name).read_bytes()
        except FileNotFoundError:
            raise NotServedError(_NOT_BUILT) from None

    def _intake(self, key: str) -> Intake:
        """Return the source with a write key; one that nobody has is served as well, unless the workspace is strict.

        Raises:
            NotServedError: 404, as Segment's CDN says. Source: analytics-react-native, issue 873.
        """
        intake = self._tracking.intake_with(key)
        if intake is None:
            raise NotServedError(f"no source has the write key {masked(key)}")
        return intake

    async def _refuse(self, request: web.Request, status: int, sentence: str) -> web.Response:
        """Write down what is not served, and say so: in a comment where the library was asked for, else in JSON."""
        code = "not_found" if status == web.HTTPNotFound.status_code else "invalid_request"
        numbers = await self._tracking.write_down(request, status, code, sentence, body=b"", source=None)
        headers = {"Cache-Control": "no-store", **numbers, **cors_for(request)}
        if request.path.endswith(".js") and not request.path.startswith(_PLUGINS):
            return web.Response(status=status, text=f"// {sentence}\n", content_type=_JAVASCRIPT, headers=headers)
        answer = orjson.dumps({"success": False, "message": sentence, "code": code})
        return web.Response(status=status, body=answer, content_type="application/json", headers=headers)


def settings_of(key: str, intake: Intake, host: str, protocol: str) -> dict[str, Any]:
    """Make the settings of a source: where to send to, and its destinations, which are all in cloud-mode.

    Without `apiHost` a library sends to Segment itself; with metrics sampled it would send those there.
    The last entry wins, so that no destination can take the place of Segment.io.
    """
    names = list(dict.fromkeys(route.names[0] for route in intake.routes))
    segment = {
        "apiKey": key,
        "apiHost": f"{host}/v1",
        "protocol": protocol,
        "unbundledIntegrations": names,
        "addBundledMetadata": True,
        "maybeBundledConfigIds": {},
    }
    return {
        "integrations": {**{name: {"bundlingStatus": "unbundled"} for name in names}, "Segment.io": segment},
        "metrics": {"sampleRate": 0},
    }


def analytics_js(library: bytes, key: str, origin: str) -> bytes:
    """Fill the write key in, as Segment's CDN does, and have the library load everything from where it came from.

    Args:
        library: the build that npm has, with `__WRITE_KEY__` in a string.
        key: the write key.
        origin: where the library came from, for pages that load it as no script of theirs.
    """
    prelude = _PRELUDE.format(origin=orjson.dumps(origin).decode())
    return prelude.encode() + library.replace(b"__WRITE_KEY__", orjson.dumps(key)[1:-1])


def _script(request: web.Request, body: bytes, caching: str) -> web.Response:
    """Answer with a script, or with 304 where the browser has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": caching, **cors_for(request)}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=_JAVASCRIPT, charset="utf-8", headers=headers)


def _host(request: web.Request) -> str:
    """Return the name and port under which the client knows the sandbox; its address where the client gave none."""
    given = request.headers.get("Host")
    if given:
        return given
    name, port = request.transport.get_extra_info("sockname")[:2] if request.transport else ("127.0.0.1", 80)
    return f"{name}:{port}"


def _missing(sentence: str) -> _Answering:
    async def missing(_: web.Request) -> web.Response:
        raise NotServedError(sentence)

    return missing
