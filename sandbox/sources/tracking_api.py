"""The Tracking API: what SDKs post to, and the answers that they get.

Source of the paths, limits and answers: segment-docs, HTTP API; recorded traffic of the SDKs.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final

import orjson
from aiohttp import HttpVersion11, web

from sandbox.access import Handler
from sandbox.clock import Clock
from sandbox.encodings import EncodingError, UndoneTooLargeError, undone
from sandbox.journal import Accepted, Journal, Refusal
from sandbox.messages import Arrival, Envelope, Family
from sandbox.pipeline import UNKNOWN_SOURCE, Calls, Intake, Pipeline, TooDeepError
from sandbox.sources.bodies import MalformedError, parse
from sandbox.sources.cors import SEQ_HEADER, cors_for, preflight
from sandbox.sources.headers import header
from sandbox.sources.keys import bearer_token, key_in_path, key_out_of_place, masked, other_key, write_key
from sandbox.sources.pixel import GIF, call_of
from sandbox.sources.tokens import Tokens
from sandbox.sources.unknown_keys import UnknownKeys, UnknownWriteKey
from sandbox.spec import BATCH_MAX_BYTES, CALL_MAX_BYTES, MessageType

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 1
"""What a full sandbox asks the SDK to wait, in seconds."""

READ_MAX_BYTES: Final = 4 * 1024 * 1024
"""What is read of a body at most; far beyond every limit, so that the refusal can say how large it was."""

EXCERPT_CHARACTERS: Final = 500

_ENVELOPES: Final = {kind: Envelope(type=kind) for kind in MessageType}
_SUCCESS: Final = b'{"success": true}'
_SHORT: Final = {
    "i": MessageType.IDENTIFY,
    "t": MessageType.TRACK,
    "p": MessageType.PAGE,
    "s": MessageType.SCREEN,
    "g": MessageType.GROUP,
    "a": MessageType.ALIAS,
}
_BATCHES: Final[Mapping[str, Family]] = {
    "batch": "server",
    "import": "server",
    "import/": "server",  # as Segment's Java library spells it
    "b": "client",
}
_PREFIXES: Final = ("/v1/", "/")
"""Some SDKs put `/v1` before their paths, and others expect it in the address that they are given."""
_KEY_AS_BEARER: Final = (
    "what stands behind Bearer is a write key, and no token; "
    "send it as Basic: the write key as the user, with an empty password"
)
_KEY_IN_TEXT: Final = re.compile(r'("writeKey"\s*:\s*")([^"]+)(")')


@dataclass(frozen=True, slots=True)
class _RefusedError(Exception):
    """A request that is turned away with Segment's error body; `detail` goes to the journal only."""

    status: int
    code: str
    message: str
    detail: str = ""


class TrackingApi:
    """Takes requests of SDKs in and answers after the journal has them."""

    def __init__(self, pipeline: Pipeline, journal: Journal, clock: Clock, tokens: Tokens) -> None:
        self._pipeline = pipeline
        self._journal = journal
        self._clock = clock
        self._tokens = tokens
        self._intakes: Mapping[str, Intake] = {}
        self._unknown_keys = UnknownKeys()
        self._strict = False
        self._oauth_enforced: frozenset[str] = frozenset()

    def use(
        self, intakes: Mapping[str, Intake], *, strict: bool, oauth_enforced: frozenset[str] = frozenset()
    ) -> None:
        """Take in for these sources, by write key.

        `strict` turns unknown keys away instead of losing them; the sources in `oauth_enforced` take nothing
        without a token.
        """
        self._intakes = intakes
        self._strict = strict
        self._oauth_enforced = oauth_enforced

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, every method included, so that no answer is anything but a JSON object, or the pixel."""
        handlers: dict[str, Handler] = {kind: self._taking("server", kind) for kind in _SHORT.values()}
        handlers |= {letter: self._taking("client", kind) for letter, kind in _SHORT.items()}
        handlers |= {path: self._taking(family, None) for path, family in _BATCHES.items()}
        handlers |= {f"pixel/{kind}": self._guarded(partial(self._pixel, kind)) for kind in _SHORT.values()}
        handlers["m"] = self._guarded(self._metrics)
        routes = [(prefix + path, handler) for prefix in _PREFIXES for path, handler in handlers.items()]
        elsewhere = self._guarded(self._elsewhere)
        routes.append(("/v1/{rest:(?s:.*)}", elsewhere))
        taken = [web.route("*", path, handler, expect_handler=_expected) for path, handler in routes]
        # Who posts where nobody else answers is an SDK with a wrong address, and is to be seen.
        return [*taken, web.post("/{rest:(?s:.*)}", elsewhere, expect_handler=_expected)]

    def _taking(self, family: Family, kind: MessageType | None) -> Handler:
        return self._guarded(partial(self._answer, family, kind))

    def _guarded(self, handler: Handler) -> Handler:
        """Answer in JSON also where the handler fails."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except Exception:
                log.exception("%s %s failed inside the sandbox", request.method, self.shown_path(request.path))
                return failure(request)

        return guarded

    async def _answer(self, family: Family, kind: MessageType | None, request: web.Request) -> web.Response:
        """Take one request in; `kind` None means a batch."""
        if request.method != "POST":
            return await self._not_post(request)
        received_at_ms = self._clock.real_ms()
        body = b""
        intake: Intake | None = None
        try:
            self._check_room()
            body = await _read(request)
            _check_size(body, kind)
            payload = _parsed(body)
            intake = self._intake(request, payload)
            await self._tell_two_keys(request, payload)
            arrival = Arrival(
                received_at_ms, family, intake.project_id, request.remote, self.shown_path(request.path)
            )
            accepted = await self._take(intake, _calls(payload, arrival, kind, len(body)))
        except _RefusedError as refused:
            return await self._refuse(request, refused, body, intake)
        return _json_response(request, 200, _SUCCESS, _numbers(accepted))

    def _check_room(self) -> None:
        if self._journal.full:
            raise _RefusedError(429, "too_many_requests", "the sandbox has too many deliveries pending")

    async def _metrics(self, request: web.Request) -> web.Response:
        """Take what an SDK measures of itself, and forget it. Source: segment-docs, Analytics.js FAQ."""
        if request.method != "POST":
            return await self._not_post(request)
        body = await self.body_or_answer(request)
        return body if isinstance(body, web.Response) else _json_response(request, 200, _SUCCESS, {})

    async def _pixel(self, kind: MessageType, request: web.Request) -> web.Response:
        """Take in the call in the address; the answer is the image, also where the call is refused."""
        if request.method != "GET":
            return await self._not_post(request, "GET")
        try:
            numbers = await self._take_pixel(kind, request)
        except _RefusedError as refused:
            numbers = await self._note_refusal(request, 200, refused, b"", None)
        headers = {"Content-Type": "image/gif", "Cache-Control": "no-store", **numbers, **cors_for(request)}
        return web.Response(body=GIF, headers=headers)

    async def _take_pixel(self, kind: MessageType, request: web.Request) -> dict[str, str]:
        received_at_ms = self._clock.real_ms()
        self._check_room()
        payload = _pixel_call(request)
        intake = self._intake(request, payload)
        arrival = Arrival(received_at_ms, "image", intake.project_id, request.remote, self.shown_path(request.path))
        return _numbers(await self._take(intake, _calls(payload, arrival, kind, 0)))

    async def _take(self, intake: Intake, calls: Calls) -> Accepted:
        try:
            return await self._pipeline.take(intake, calls)
        except TooDeepError as error:
            raise _malformed(str(error)) from None

    def _intake(self, request: web.Request, payload: Mapping[str, Any]) -> Intake:
        authorization = request.headers.get("Authorization")
        token = bearer_token(authorization)
        allowed = None if token is None else self._sources_of(token)
        key = write_key(authorization, payload)
        if key is None:
            words = key_out_of_place(authorization) or "send it as the Basic user or as writeKey"
            raise _RefusedError(400, "invalid_request", f"no write key: {words}")
        intake = self.intake_with(key)
        if intake is None:
            raise _RefusedError(400, "invalid_request", f"no source has the write key {masked(key)}")
        if intake is not UNKNOWN_SOURCE:
            self._check_token(intake, allowed)
        return intake

    async def _tell_two_keys(self, request: web.Request, payload: Mapping[str, Any]) -> None:
        """Write down a request that has two write keys: which of them counts at Segment is not published."""
        other = other_key(request.headers.get("Authorization"), payload)
        if other is not None:
            detail = f"the body has the write key {masked(other)} and the Basic header another, which counts here"
            await self._journal.note("two_keys", method=request.method, path=request.path, detail=detail)

    def _sources_of(self, token: str) -> frozenset[str]:
        sources = self._tokens.sources(token)
        if sources is None:
            if token in self._intakes or write_key(f"Basic {token}", {}) in self._intakes:
                raise _unauthorized(_KEY_AS_BEARER)
            raise _unauthorized("the token is unknown or has expired; ask for a new one at /token")
        return sources

    def _check_token(self, intake: Intake, allowed: frozenset[str] | None) -> None:
        """Turn away a token for other sources, and where OAuth is enforced also whoever comes without one."""
        if allowed is None:
            if intake.slug in self._oauth_enforced:
                raise _unauthorized(f"the source {intake.slug} enforces OAuth: send a token as Bearer")
        elif intake.slug not in allowed:
            raise _unauthorized(f"the token is not for the source {intake.slug}")

    async def _refuse(
        self, request: web.Request, refused: _RefusedError, body: bytes, intake: Intake | None
    ) -> web.Response:
        """Write the refusal down and answer it."""
        headers = await self._note_refusal(request, refused.status, refused, body, intake)
        if refused.status == web.HTTPTooManyRequests.status_code:
            headers |= {"Retry-After": str(RETRY_AFTER_S), "X-RateLimit-Reset": str(RETRY_AFTER_S)}
        answer = {"success": False, "message": refused.message, "code": refused.code}
        return _json_response(request, refused.status, orjson.dumps(answer), headers)

    async def _note_refusal(
        self, request: web.Request, status: int, refused: _RefusedError, body: bytes, intake: Intake | None
    ) -> dict[str, str]:
        message = f"{refused.message}: {refused.detail}" if refused.detail else refused.message
        slug = intake.slug if intake else None
        return await self.write_down(request, status, refused.code, message, body=body, source=slug)

    def source_of(self, key: str) -> str | None:
        """Return the slug of the source with a write key, None where there is none."""
        intake = self._intakes.get(key)
        return intake.slug if intake else None

    def intake_with(self, key: str) -> Intake | None:
        """Return the source with a write key; where none has it that of unknown keys, in a strict workspace None."""
        intake = self._intakes.get(key)
        if intake is not None:
            return intake
        self._unknown_keys.note(key, self._clock.now_ms(), self._journal.seq)
        return None if self._strict else UNKNOWN_SOURCE

    def unknown_keys(self, after: int) -> list[UnknownWriteKey]:
        """Return the write keys that came in this run after a number and that no source has, masked."""
        known = {key: intake.slug for key, intake in self._intakes.items() if intake.slug}
        return self._unknown_keys.shown(known, after)

    async def body_or_answer(self, request: web.Request) -> bytes | web.Response:
        """Read a request's body; where that fails, return the answer that says so."""
        try:
            return await _read(request)
        except _RefusedError as refused:
            return await self._refuse(request, refused, b"", None)

    async def write_down(
        self, request: web.Request, status: int, code: str, message: str, *, body: bytes, source: str | None
    ) -> dict[str, str]:
        """Write down a request that goes no further; return the header with its number."""
        refusal = Refusal(
            at_ms=self._clock.real_ms(),
            method=request.method,
            path=self.shown_path(request.path),
            status=status,
            code=code,
            message=message,
            source=source,
            user_agent=header(request, "User-Agent"),
            excerpt=_excerpt(body),
        )
        seq = await self._journal.refuse(refusal)
        return {SEQ_HEADER: f"{seq}-{seq}"}

    def shown_path(self, path: str) -> str:
        """Show a path without the write key that it may hold, as those for settings and analytics.js do."""
        names, key = path.split("/"), key_in_path(path)
        return "/".join(
            masked(name) if name in self._intakes or name == key or before == "projects" else name
            for before, name in pairwise(["", *names])
        )

    async def _not_post(self, request: web.Request, expected: str = "POST") -> web.Response:
        if request.method == "OPTIONS":
            return preflight(request)
        message = f"{request.method} is not known at {request.path}; send a {expected}"
        refused = _RefusedError(405, "invalid_request", message)
        return await self._refuse(request, refused, b"", None)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        if request.method == "OPTIONS":
            return preflight(request)
        path = self.shown_path(request.path)
        refused = _RefusedError(404, "not_found", f"{path} is not a path of the Tracking API")
        return await self._refuse(request, refused, b"", None)


async def _read(request: web.Request) -> bytes:
    """Read the body, and undo its encoding."""
    try:
        body = await request.read()
        encoding = header(request, "Content-Encoding")
        return body if encoding is None else undone(body, encoding, READ_MAX_BYTES)
    except (web.HTTPRequestEntityTooLarge, UndoneTooLargeError):
        raise _too_large(READ_MAX_BYTES) from None
    except EncodingError as error:
        raise _malformed(str(error)) from None
    except (web.RequestPayloadError, asyncio.IncompleteReadError) as error:
        raise _malformed(f"the body could not be read: {error}") from None
    except ConnectionError:
        message = "the client closed the connection before the body was complete"
        raise _RefusedError(400, "invalid_request", message) from None


async def _expected(request: web.Request) -> None:
    """Ask for the body where the client waits to be asked, as curl does; other expectations are not minded."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # it is no part of the answer, for which nothing is sent yet


def _pixel_call(request: web.Request) -> dict[str, Any]:
    try:
        return call_of(request.query)
    except MalformedError as error:
        raise _malformed(str(error)) from None


def _numbers(accepted: Accepted) -> dict[str, str]:
    return {SEQ_HEADER: f"{accepted.first}-{accepted.last}"}


def _check_size(body: bytes, kind: MessageType | None) -> None:
    limit = BATCH_MAX_BYTES if kind is None else CALL_MAX_BYTES
    if len(body) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> _RefusedError:
    """Say that a body is too large. Source: segment-docs, Analytics.js FAQ, for the words at the start."""
    return _RefusedError(400, "invalid_request", f"Exceed payload limit of {limit} bytes")


def _unauthorized(message: str) -> _RefusedError:
    """Turn somebody away; the SDKs drop their token then, and ask for another. The words are ours."""
    return _RefusedError(401, "unauthorized", message)


def failure(request: web.Request) -> web.Response:
    """Answer in JSON also when the sandbox itself failed, as with a full disk; SDKs send again after a 500."""
    answer = {"success": False, "message": "the sandbox itself failed; see its log", "code": "internal"}
    return _json_response(request, 500, orjson.dumps(answer), {})


def _malformed(detail: str) -> _RefusedError:
    """Say that a body is no JSON, in the words of a fixture of analytics-node."""
    return _RefusedError(400, "invalid_request", "malformed JSON", detail)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        return parse(body)
    except MalformedError as error:
        raise _malformed(str(error)) from None


def _calls(payload: dict[str, Any], arrival: Arrival, kind: MessageType | None, size: int) -> Calls:
    if kind is not None:
        return Calls((payload,), arrival, _ENVELOPES[kind])
    batch = payload.get("batch")
    items = batch if isinstance(batch, list) else []
    _check_items(items, size)
    envelope = Envelope(None, payload.get("sentAt"), payload.get("context"), payload.get("integrations"))
    return Calls(items, arrival, envelope, batch=True)


def _check_items(items: list[Any], size: int) -> None:
    """Refuse a batch of this size, in bytes, with a message beyond the limit of a single call.

    Source: the literal reading of segment-docs, HTTP API, Max request size; see docs/fidelity.md.
    """
    left = size
    for index, item in enumerate(items):
        if left <= CALL_MAX_BYTES:  # what is left of the batch is no more than one may be
            return
        length = len(_dumped(item))
        left -= length
        if length > CALL_MAX_BYTES:
            message = f"Exceed payload limit of {CALL_MAX_BYTES} bytes in message {index} of the batch"
            raise _RefusedError(400, "invalid_request", message)


def _dumped(item: object) -> bytes:
    try:
        return orjson.dumps(item)
    except orjson.JSONEncodeError as error:
        raise _malformed(f"nested too deeply: {error}") from None


def _excerpt(body: bytes) -> str:
    """Return the beginning of a refused body as text, without the write key."""
    text = body[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace")[:EXCERPT_CHARACTERS]
    return _KEY_IN_TEXT.sub(lambda found: f"{found[1]}{masked(found[2])}{found[3]}", text)


def _json_response(request: web.Request, status: int, body: bytes, headers: dict[str, str]) -> web.Response:
    headers["Content-Type"] = "application/json"
    headers |= cors_for(request)
    return web.Response(status=status, body=body, headers=headers)
