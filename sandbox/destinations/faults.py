"""Faults towards the partner's service, done: to a webhook's request, a function's fetch, a whole attempt."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import orjson

from sandbox.clock import Clock, iso
from sandbox.destinations import Attempts, BatchAttempts, BatchRule, Sender, Try
from sandbox.faults import Faults, PartnerStrike
from sandbox.messages import parse_time
from sandbox.outcomes import AttemptRecord, AwaitingRetry
from sandbox.partner_faults import PartnerRecipe, Sending, between, draw
from sandbox.wire import Exchange, NetworkError, Request, Response, StruckAndGivenUpError

HELD: Final = "sandbox_held"
"""The reason of a delivery that a recipe holds back."""

_STAMPS: Final = ("originalTimestamp", "sentAt", "timestamp")
Sleep: TypeAlias = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Gate:
    """Stands between destinations and the network, and strikes as the recipes say."""

    faults: Faults
    sender: Sender
    clock: Clock
    sleep: Sleep = asyncio.sleep

    def sender_for(self, tried: Try, insert: str = "") -> Sender:
        """Return who sends an attempt's requests: the network itself while no recipe is meant for the partner."""
        return FaultySender(self, sending_of(tried, insert)) if self.faults.toward_partner() else self.sender


@dataclass(frozen=True, slots=True)
class Ungated:
    """The way to the network on which no recipe strikes."""

    sender: Sender

    def sender_for(self, tried: Try, insert: str = "") -> Sender:  # noqa: ARG002 - as `Gate` has it
        """Return who sends an attempt's requests."""
        return self.sender


def sending_of(tried: Try, insert: str = "") -> Sending:
    """Return what recipes look at."""
    return Sending(tried.destination, tried.type, tried.event, tried.message_id, tried.number, tried.at_ms, insert)


class FaultySender:
    """Sends the requests of one attempt, but for those that are struck; nothing it does goes unseen."""

    def __init__(self, gate: Gate, sending: Sending) -> None:
        self._gate = gate
        self._sending = sending
        self._requests = 0

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Send one request, or do to it what the first recipe that strikes it says."""
        self._requests += 1
        number = self._requests
        strike = self._gate.faults.strike_request(self._sending, number, request.url)
        if strike is None:
            return await self._gate.sender.send(request, timeout_s=timeout_s)
        began, started_ms = perf_counter(), self._gate.clock.real_ms()
        try:
            outcome = await self._struck(strike, number, request, timeout_s)
        except asyncio.CancelledError:
            raise StruckAndGivenUpError(strike.number) from None
        if outcome is None:
            left_s = max(0.0, timeout_s - (perf_counter() - began))
            exchange = await self._gate.sender.send(request, timeout_s=left_s)
            return replace(exchange, fault=strike.number)
        waited_ms = (perf_counter() - began) * 1000
        return Exchange(request, outcome, started_ms, waited_ms, fault=strike.number)

    async def _struck(
        self, strike: PartnerStrike, number: int, request: Request, timeout_s: float
    ) -> Response | NetworkError | None:
        """Return what the request meets; None when it goes its ordinary way after a delay."""
        recipe = strike.recipe
        delay_s = between(recipe.delay, draw(recipe, self._sending, number, "delay"))
        if recipe.network == "hang" or delay_s >= timeout_s:
            await self._gate.sleep(timeout_s)
            return NetworkError("ECONNABORTED", f"timeout of {round(timeout_s * 1000)}ms exceeded")
        await self._gate.sleep(delay_s)
        if recipe.network is not None:
            return _network_error(recipe.network, request.url)
        if recipe.quota is not None and recipe.status is None:
            return _response(recipe, HTTPStatus.TOO_MANY_REQUESTS, strike.number, self._until_next_window(recipe))
        return None if recipe.status is None else _response(recipe, recipe.status, strike.number)

    def _until_next_window(self, recipe: PartnerRecipe) -> int:
        """Return the seconds until the next window begins, rounded up."""
        window_ms = round(recipe.window * 1000)
        return -(-(window_ms - self._sending.at_ms % window_ms) // 1000)


def _network_error(kind: str, url: str) -> NetworkError:
    """Name an end without an answer as Node does."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {
        "reset": NetworkError("ECONNRESET", "socket hang up"),
        "cut": NetworkError("ECONNRESET", "aborted"),
        "dns": NetworkError("ENOTFOUND", f"getaddrinfo ENOTFOUND {host}"),
        "refused": NetworkError("ECONNREFUSED", f"connect ECONNREFUSED {host}:{port}"),
        "tls": NetworkError("DEPTH_ZERO_SELF_SIGNED_CERT", "self signed certificate"),
    }[kind]


def _response(recipe: PartnerRecipe, status: int, number: int, retry_after_s: int | None = None) -> Response:
    """Make the recipe's answer; where it has no body, one that says what happened."""
    told = {"message": f"fault {number} of the sandbox struck this request"}
    body = orjson.dumps(told) if recipe.body is None else recipe.body.encode()
    headers = {"content-type": "application/json"}
    if retry_after_s is not None:
        headers["retry-after"] = str(retry_after_s)
    headers |= {name.lower(): value for name, value in recipe.headers}
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    return Response(status, reason, tuple(headers.items()), body)


@dataclass(frozen=True, slots=True)
class Faulty(BatchAttempts):
    """A destination whose attempts may be struck as a whole: held back, made twice, or skewed in time.

    A call with several events is left as it is; its requests may be struck all the same.
    """

    destination: Attempts
    faults: Faults

    @property
    def batching(self) -> BatchRule | None:
        """Return how the destination collects messages."""
        return self.destination.batching if isinstance(self.destination, BatchAttempts) else None

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Hand the message over, unless it is held back."""
        if not self.faults.toward_partner():
            return await self.destination.attempt(tried)
        sending = sending_of(tried)
        strikes = self.faults.strike_attempt(sending)
        held = [strike for strike in strikes if strike.recipe.hold[1]]
        if held:
            return _held(held[0], sending)
        for strike in strikes:
            if strike.recipe.skew:
                tried = replace(tried, body=skewed(tried.body, strike.recipe.skew))
        record = await self.destination.attempt(tried)
        if any(strike.recipe.duplicate for strike in strikes):
            again = await self.destination.attempt(tried)
            return replace(again, exchanges=record.exchanges + again.exchanges, logs=record.logs + again.logs)
        return record

    async def attempt_batch(self, tried: Sequence[Try]) -> Sequence[AttemptRecord]:
        """Hand several messages over at once."""
        assert isinstance(self.destination, BatchAttempts)  # noqa: S101 - for the type checker; it said how it batches
        return await self.destination.attempt_batch(tried)


def _held(strike: PartnerStrike, sending: Sending) -> AttemptRecord:
    """Say that the message waits; the schedule's own wait is kept where it is longer."""
    seconds = between(strike.recipe.hold, draw(strike.recipe, sending, 0, "hold"))
    words = f"Fault {strike.number} holds the message back for {seconds:.0f} s."
    return AttemptRecord(AwaitingRetry(HELD, "errors.awaiting-retry.INTERNAL", words, seconds))


def skewed(body: bytes, seconds: float) -> bytes:
    """Return a message, given as JSON, with its own stamps moved; `receivedAt` is Segment's, and stays."""
    message: dict[str, Any] = orjson.loads(body)
    for name in _STAMPS:
        at_ms = parse_time(message.get(name))
        if at_ms is not None:
            message[name] = iso(at_ms + round(seconds * 1000))
    return orjson.dumps(message)
