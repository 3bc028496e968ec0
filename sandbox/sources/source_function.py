"""Source functions: a webhook whose code makes events of what it is sent.

The caller learns of success or failure and nothing more.
Source: segment-docs, Source functions; Delivery Overview, Discard reasons, Failed on ingest.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import orjson
from aiohttp import web

from sandbox.clock import Clock
from sandbox.encodings import EncodingError, UndoneTooLargeError, undone
from sandbox.journal import Journal, Refusal
from sandbox.messages import Arrival
from sandbox.pipeline import Calls, Intake, Pipeline
from sandbox.runtime import Invocation
from sandbox.sources.cors import SEQ_HEADER
from sandbox.sources.function_request import BODY_MAX_BYTES, BadRequestError, Incoming, request_json
from sandbox.sources.source_run import SourceRun, emitted_by, shown_run

log = logging.getLogger(__name__)

_EXCERPT_CHARACTERS: Final = 500


class RequestInvoker(Protocol):
    """The runtime as source functions see it."""

    async def invoke_request(self, key: str, request_json: bytes, settings_json: bytes) -> Invocation:
        """Run onRequest.

        Raises:
            KeyError: nothing is loaded under the key.
        """
        ...


@dataclass(frozen=True, slots=True)
class SourceFunction:
    """A source function and the source that it feeds.

    Attributes:
        key: names its code in the runtime.
        settings: the second argument of onRequest, as JSON; not printed, for there are secrets in it.
    """

    slug: str
    key: str
    settings: bytes = field(repr=False)
    intake: Intake


@dataclass(frozen=True, slots=True)
class _RefusedError(Exception):
    """A request that is answered with a failure."""

    status: int
    code: str
    message: str


class SourceFunctions:
    """Answers the webhooks; what became of each request is in the journal before the answer is sent."""

    def __init__(self, runtime: RequestInvoker, pipeline: Pipeline, journal: Journal, clock: Clock) -> None:
        self._runtime = runtime
        self._pipeline = pipeline
        self._journal = journal
        self._clock = clock
        self._functions: Mapping[str, SourceFunction] = {}

    def use(self, functions: Mapping[str, SourceFunction]) -> None:
        """Answer for these functions, by slug."""
        self._functions = functions

    def routes(self) -> list[web.RouteDef]:
        """Return the route, every method included, so that no answer is anything but a JSON object."""
        return [web.route("*", "/functions/{slug}", self._guarded)]

    async def _guarded(self, request: web.Request) -> web.Response:
        """Answer in JSON also when the sandbox itself fails."""
        try:
            return await self._answer(request)
        except Exception:
            log.exception("%s %s failed inside the sandbox", request.method, request.path)
            return _failed(500, "internal", "the sandbox itself failed; see its log", {})

    async def _answer(self, request: web.Request) -> web.Response:
        body = b""
        try:
            function = self._function(request)
            body = await _read(request)
            numbers = await self._run(function, _incoming(request, body))
        except _RefusedError as refused:
            return await self._refuse(request, refused, body)
        return _json_response(200, {"success": True}, {SEQ_HEADER: numbers})

    def _function(self, request: web.Request) -> SourceFunction:
        slug = request.match_info["slug"]
        function = self._functions.get(slug)
        if function is None:
            raise _RefusedError(404, "unknown_source", f"there is no source function {slug}")
        if request.method != "POST":
            raise _RefusedError(405, "BAD_REQUEST", f"source functions take POST alone, not {request.method}")
        if not function.intake.enabled:
            raise _RefusedError(400, "source_disabled", f"the source {function.intake.slug} is disabled")
        if self._journal.full:
            raise _RefusedError(429, "too_many_requests", "the sandbox has too many deliveries pending")
        return function

    async def _run(self, function: SourceFunction, incoming: Incoming) -> str:
        """Run the code and take in what it emitted; return the numbers of its messages, or of the notice."""
        run = await self._take(function.intake, await self._invoke(function, incoming))
        seq = await self._journal.note("invocation", **shown_run(run))
        if run.failure is not None:
            raise _RefusedError(500, run.failure.code, run.failure.message)
        return f"{run.accepted.first}-{run.accepted.last}" if run.accepted else f"{seq}-{seq}"

    async def _invoke(self, function: SourceFunction, incoming: Incoming) -> SourceRun:
        at_ms = self._clock.real_ms()
        request = _handed_over(incoming)
        try:
            invocation = await self._runtime.invoke_request(function.key, request, function.settings)
        except KeyError:
            words = "the function's code does not load; see the reload's error"
            raise _RefusedError(500, "sandbox_not_loaded", words) from None
        emitted, failure = emitted_by(invocation)
        return SourceRun(function.slug, function.intake.slug, at_ms, incoming, invocation, emitted, failure)

    async def _take(self, intake: Intake, run: SourceRun) -> SourceRun:
        """Take in what a run emitted, all or nothing."""
        if run.failure is not None or not run.emitted.events:
            return run
        arrival = Arrival(run.at_ms, "server", intake.project_id, run.incoming.peer)
        return replace(run, accepted=await self._pipeline.take(intake, Calls(run.emitted.events, arrival)))

    async def _refuse(self, request: web.Request, refused: _RefusedError, body: bytes) -> web.Response:
        """Write the refusal down and answer it."""
        function = self._functions.get(request.match_info["slug"])
        refusal = Refusal(
            at_ms=self._clock.real_ms(),
            method=request.method,
            path=request.path,
            status=refused.status,
            code=refused.code,
            message=refused.message,
            source=function.intake.slug if function else None,
            user_agent=request.headers.get("User-Agent"),
            excerpt=body[: 4 * _EXCERPT_CHARACTERS].decode("utf-8", "replace")[:_EXCERPT_CHARACTERS],
        )
        seq = await self._journal.refuse(refusal)
        return _failed(refused.status, refused.code, refused.message, {SEQ_HEADER: f"{seq}-{seq}"})


async def _read(request: web.Request) -> bytes:
    """Read the body, and undo its encoding."""
    try:
        body = undone(await request.read(), request.headers.get("Content-Encoding", ""), BODY_MAX_BYTES)
    except (web.HTTPRequestEntityTooLarge, UndoneTooLargeError):
        raise _too_large() from None
    except (web.RequestPayloadError, asyncio.IncompleteReadError, ConnectionError, EncodingError) as error:
        raise _RefusedError(400, "BAD_REQUEST", f"Could not parse request body: {error}") from None
    if len(body) > BODY_MAX_BYTES:
        raise _too_large()
    return body


def _too_large() -> _RefusedError:
    return _RefusedError(413, "BAD_REQUEST", f"the body is larger than {BODY_MAX_BYTES // 1024} KiB")


def _incoming(request: web.Request, body: bytes) -> Incoming:
    return Incoming(tuple(request.headers.items()), request.rel_url.raw_query_string, body, request.remote)


def _handed_over(incoming: Incoming) -> bytes:
    try:
        return request_json(incoming)
    except BadRequestError as error:
        raise _RefusedError(400, "BAD_REQUEST", str(error)) from None


def _failed(status: int, code: str, message: str, headers: Mapping[str, str]) -> web.Response:
    return _json_response(status, {"success": False, "message": message, "code": code}, headers)


def _json_response(status: int, answer: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(answer), content_type="application/json", headers=headers)
