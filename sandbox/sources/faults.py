"""Faults towards the SDK: what a request meets in place of its answer, or before it."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any, Final, TypeAlias

import orjson
from aiohttp import web
from multidict import CIMultiDict

from sandbox.access import Handler
from sandbox.faults import Caller, Faults, Recipe, Strike, shown
from sandbox.journal import Journal
from sandbox.sources.bodies import MalformedError, parse
from sandbox.sources.cors import SEQ_HEADER, cors_for
from sandbox.sources.keys import key_in_path, masked, write_key
from sandbox.sources.tracking_api import TrackingApi, failure

log = logging.getLogger(__name__)

CODE: Final = "sandbox_fault"
CUT_STATUS: Final = 0
"""Stands in the journal for the status of an answer that never was."""

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class FaultGate:
    """Stands before the paths that SDKs call, and strikes as the recipes say; nothing it does goes unseen."""

    def __init__(self, faults: Faults, tracking: TrackingApi, journal: Journal, sleep: Sleep = asyncio.sleep) -> None:
        self._faults = faults
        self._tracking = tracking
        self._journal = journal
        self._sleep = sleep

    def before(self, routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
        """Return the routes with the gate before each."""
        return [web.RouteDef(each.method, each.path, self._gated(each.handler), each.kwargs) for each in routes]

    def _gated(self, handler: Any) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                if self._faults and request.method != "OPTIONS" and self._faults.may_strike(request.path):
                    return await self._strike_or_let_pass(request, handler)
                response: web.StreamResponse = await handler(request)
            except Exception:
                log.exception(
                    "%s %s failed inside the sandbox", request.method, self._tracking.shown_path(request.path)
                )
                return failure(request)
            return response

        return handle

    async def _strike_or_let_pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Look at who sends, once the body is there: a connection that ends before is another matter."""
        body = await self._tracking.body_or_answer(request)
        if isinstance(body, web.Response):
            return body
        caller = self._caller(request, body)
        strike = self._faults.strike(caller)
        if strike is None:
            return await handler(request)
        if strike.recipe.taken_in:
            return await self._strike_the_answer(request, strike, await handler(request))
        if not strike.recipe.answers:
            await self._note(request, strike)
        await self._sleep(strike.recipe.delay)
        return await self._end(request, body, caller, strike) if strike.recipe.answers else await handler(request)

    async def _strike_the_answer(
        self, request: web.Request, strike: Strike, answer: web.StreamResponse
    ) -> web.StreamResponse:
        """Hold back, replace or lose the answer to a request that has gone its ordinary way."""
        await self._note(request, strike)
        await self._sleep(strike.recipe.delay)
        if not strike.recipe.answers:
            return answer
        numbered = {SEQ_HEADER: answer.headers[SEQ_HEADER]} if SEQ_HEADER in answer.headers else {}
        return self._answer(request, strike, numbered)

    async def _note(self, request: web.Request, strike: Strike) -> None:
        """Write down what struck a request that is taken in all the same."""
        path = self._tracking.shown_path(request.path)
        await self._journal.note("fault", method=request.method, path=path, detail=self._told(strike))

    def _caller(self, request: web.Request, body: bytes) -> Caller:
        """Find out who sends, wherever the write key stands."""
        try:
            payload = parse(body)
        except MalformedError:
            payload = {}
        key = (
            write_key(request.headers.get("Authorization"), payload)
            or key_in_path(request.path)
            or request.query.get("writeKey")
        )
        return Caller(request.path, key, self._tracking.source_of(key) if key else None)

    async def _end(self, request: web.Request, body: bytes, caller: Caller, strike: Strike) -> web.Response:
        """Answer as the recipe says, or cut the connection; the journal has it first."""
        status = CUT_STATUS if strike.recipe.status is None else strike.recipe.status
        told = self._told(strike)
        numbered = await self._tracking.write_down(request, status, CODE, told, body=body, source=caller.source)
        return self._answer(request, strike, numbered)

    def _answer(self, request: web.Request, strike: Strike, numbered: dict[str, str]) -> web.Response:
        """Make the answer of the recipe, with the journal's numbers; or cut the connection."""
        recipe = strike.recipe
        if recipe.status is None:
            return _cut(request)
        headers = CIMultiDict({"Content-Type": "application/json", **numbered, **cors_for(request)})
        headers.update(recipe.headers)
        body = _body(recipe, recipe.status, self._told(strike))
        return web.Response(status=recipe.status, headers=headers, body=body)

    def _told(self, strike: Strike) -> str:
        """Say which recipe struck, and which request; the recipe without write keys."""
        recipe = strike.recipe
        hidden = replace(
            recipe,
            write_key=masked(recipe.write_key) if recipe.write_key else None,
            path=self._tracking.shown_path(recipe.path) if recipe.path else None,
        )
        written = ", ".join(
            f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in shown(hidden).items()
        )
        return f"fault {strike.number} struck call {strike.call}: {written}"


def _body(recipe: Recipe, status: int, told: str) -> bytes:
    """Give the recipe's body, else a JSON object that every client can read, that of a token server included."""
    if recipe.body is not None:
        return recipe.body.encode()
    if status < web.HTTPMultipleChoices.status_code:
        return b'{"success": true}'
    return orjson.dumps(
        {"success": False, "message": told, "code": CODE, "error": CODE, "error_description": told},
    )


def _cut(request: web.Request) -> web.Response:
    """End the connection at once; the answer returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
