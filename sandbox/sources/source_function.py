"""Source functions: a webhook whose code makes events of what it is sent.

The caller learns of success or failure and nothing more.
Source: segment-docs, Source functions; Delivery Overview, Discard reasons, Failed on ingest.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from time import perf_counter
from typing import Any, Final, Protocol

import orjson
from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.encodings import EncodingError, UndoneTooLargeError, undone
from sandbox.journal import Journal, Refusal
from sandbox.messages import Arrival
from sandbox.outcomes import reason
from sandbox.pipeline import Calls, Intake, Pipeline
from sandbox.runtime import Invocation
from sandbox.sources.cors import SEQ_HEADER
from sandbox.sources.function_request import BODY_MAX_BYTES, BadRequestError, Incoming, request_json
from sandbox.sources.headers import header, shown
from sandbox.sources.reruns import Attempt, Call, Reruns
from sandbox.sources.source_run import SourceRun, emitted_by, shown_run, waiting_attempt

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
    """Answers the webhooks; what became of each request is in the journal before the answer is sent.

    Attributes:
        reruns: the calls that wait for another attempt.
    """

    def __init__(self, runtime: RequestInvoker, pipeline: Pipeline, journal: Journal, clock: SandboxClock) -> None:
        self._runtime = runtime
        self._pipeline = pipeline
        self._journal = journal
        self._clock = clock
        self._functions: Mapping[str, SourceFunction] = {}
        self._numbers = count(1)
        self.reruns = Reruns(clock, self._again)

    def use(self, functions: Mapping[str, SourceFunction]) -> None:
        """Answer for these functions, by slug."""
        self._functions = functions

    def routes(self) -> list[web.RouteDef]:
        """Return the route, every method included, so that no answer is anything but a JSON object."""
        return [web.route("*", path, self._guarded) for path in ("/functions", "/functions/{slug:(?s:.*)}")]

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
            numbers = await self._first(function, _incoming(request, body))
        except _RefusedError as refused:
            return await self._refuse(request, refused, body)
        return _json_response(200, {"success": True}, {SEQ_HEADER: numbers})

    def _function(self, request: web.Request) -> SourceFunction:
        slug = request.match_info.get("slug", "")
        function = self._functions.get(slug)
        if function is None:
            asked = f"there is no source function {slug}" if slug else "the path names no source function"
            raise _RefusedError(404, "unknown_source", f"{asked}; {self._known()}")
        if request.method != "POST":
            raise _RefusedError(405, "BAD_REQUEST", f"source functions take POST alone, not {request.method}")
        if not function.intake.enabled:
            raise _RefusedError(400, "source_disabled", f"the source {function.intake.slug} is disabled")
        if self._journal.full:
            raise _RefusedError(429, "too_many_requests", "the sandbox has too many deliveries pending")
        if self.reruns.full:
            raise _RefusedError(429, "too_many_requests", "too many calls wait for another attempt")
        return function

    def _known(self) -> str:
        if not self._functions:
            return "the workspace file has none; docs/workspace-functions.md says how it gets one"
        return f"the workspace has {', '.join(sorted(self._functions))}"

    async def _first(self, function: SourceFunction, incoming: Incoming) -> str:
        """Make a call's first attempt; return the numbers of its messages, or of the notice."""
        call = Call(next(self._numbers), function.slug, incoming, _handed_over(incoming))
        try:
            run = await self._run(function, Attempt(call, 1, None, self._clock.now_ms()))
        except KeyError:
            words = "the function's code does not load; see the reload's error"
            raise _RefusedError(500, "sandbox_not_loaded", words) from None
        run, seq = await self._write(function, run)
        if run.failure is not None:
            raise _RefusedError(500, run.failure.code, run.failure.message)
        return f"{run.accepted.first}-{run.accepted.last}" if run.accepted else f"{seq}-{seq}"

    async def _again(self, attempt: Attempt) -> None:
        """Make a further attempt, of the function as it is by now."""
        function = self._functions.get(attempt.call.function)
        if function is None or not function.intake.enabled:
            await self._give_up([attempt], _why_gone(function))
            return
        try:
            run = await self._run(function, attempt)
        except KeyError:
            run = None
        if not self.reruns.holds(attempt):
            return
        if run is None:
            await self._give_up([attempt], "sandbox_not_loaded")
        else:
            await self._write(function, run)

    async def _run(self, function: SourceFunction, attempt: Attempt) -> SourceRun:
        """Run the code.

        Raises:
            KeyError: its code is not loaded.
        """
        started_ms, real_ms, began = self._clock.time_of(attempt.due_ms), self._clock.real_ms(), perf_counter()
        invocation = await self._runtime.invoke_request(function.key, attempt.call.request, function.settings)
        ended_ms = started_ms + self._clock.passed_ms((perf_counter() - began) * 1000)
        emitted, failure = emitted_by(invocation)
        next_ms = self.reruns.next_ms(attempt, ended_ms) if failure is not None and failure.would_retry else None
        if failure is not None and failure.would_retry and next_ms is None:
            failure = failure.given_up(attempt.number)
        times = started_ms, ended_ms, real_ms
        return SourceRun(attempt, function.intake.slug, *times, invocation, emitted, failure, next_ms)

    async def _write(self, function: SourceFunction, run: SourceRun) -> tuple[SourceRun, int]:
        """Take in what a run emitted, all or nothing, and write the run down; a further attempt waits from now on."""
        if run.failure is None and run.emitted.events:
            arrival = Arrival(
                run.real_ms,
                "server",
                function.intake.project_id,
                run.attempt.call.incoming.peer,
                f"/functions/{function.slug}",
            )
            calls = Calls(run.emitted.events, arrival)
            run = replace(run, accepted=await self._pipeline.take(function.intake, calls))
        seq = await self._journal.note("invocation", at_ms=run.ended_ms, **shown_run(run))
        if run.next_ms is not None:
            self.reruns.add(run.attempt.following(seq, run.next_ms))
        return run, seq

    async def take_up_again(self) -> None:
        """Have the calls wait that waited when the journal was closed, or its process was killed."""
        for run in await self._journal.read.waiting_calls():
            self.reruns.add(waiting_attempt(run))
        await self.give_up_orphans()

    async def give_up_orphans(self) -> None:
        """Give up the calls that wait for a function that is gone, or whose source is disabled."""
        for slug in self.reruns.functions:
            function = self._functions.get(slug)
            if function is None or not function.intake.enabled:
                await self._give_up(self.reruns.drop(slug), _why_gone(function))

    async def _give_up(self, attempts: Sequence[Attempt], why: str) -> None:
        """Write down that attempts of a function's calls are not made."""
        if attempts:
            function, calls = attempts[0].call.function, [attempt.first for attempt in attempts]
            detail = reason(why).happened
            await self._journal.note("given_up", function=function, reason=why, detail=detail, calls=calls)

    def forget(self, source: str | None) -> None:
        """Forget the calls of all functions, or of those that feed a source, as a reset does."""
        for slug in self.reruns.functions:
            function = self._functions.get(slug)
            if source is None or (function is not None and function.intake.slug == source):
                self.reruns.forget(slug)

    async def _refuse(self, request: web.Request, refused: _RefusedError, body: bytes) -> web.Response:
        """Write the refusal down and answer it."""
        function = self._functions.get(request.match_info.get("slug", ""))
        refusal = Refusal(
            at_ms=self._clock.real_ms(),
            method=request.method,
            path=request.path,
            status=refused.status,
            code=refused.code,
            message=refused.message,
            source=function.intake.slug if function else None,
            user_agent=header(request, "User-Agent"),
            excerpt=body[: 4 * _EXCERPT_CHARACTERS].decode("utf-8", "replace")[:_EXCERPT_CHARACTERS],
        )
        seq = await self._journal.refuse(refusal)
        return _failed(refused.status, refused.code, refused.message, {SEQ_HEADER: f"{seq}-{seq}"})


def _why_gone(function: SourceFunction | None) -> str:
    return "sandbox_function_removed" if function is None else "source_disabled"


async def _read(request: web.Request) -> bytes:
    """Read the body, and undo its encoding."""
    try:
        body = undone(await request.read(), header(request, "Content-Encoding") or "", BODY_MAX_BYTES)
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
    headers = tuple((name, shown(value)) for name, value in request.headers.items())
    return Incoming(headers, request.rel_url.raw_query_string, body, request.remote)


def _handed_over(incoming: Incoming) -> bytes:
    try:
        return request_json(incoming)
    except BadRequestError as error:
        raise _RefusedError(400, "BAD_REQUEST", str(error)) from None


def _failed(status: int, code: str, message: str, headers: Mapping[str, str]) -> web.Response:
    return _json_response(status, {"success": False, "message": message, "code": code}, headers)


def _json_response(status: int, answer: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(answer), content_type="application/json", headers=headers)
