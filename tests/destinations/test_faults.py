"""Faults towards the partner's service."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from sandbox.calls import Listed, Span
from sandbox.clock import ManualClock
from sandbox.destinations import BatchAttempts, BatchRule, Try
from sandbox.destinations.faults import HELD, Faulty, Gate, skewed
from sandbox.faults import Faults
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered
from sandbox.partner_faults import PartnerRecipe
from sandbox.wire import Exchange, NetworkError, Request, Response

REQUEST = Request("POST", "https://api.partner.test/events", (), b"{}")
TRY = Try("crm", "track", "Order Completed", "m-1", b'{"type":"track"}', 1, 1_000)


@dataclass
class FakeSender:
    """Answers 200 to everything."""

    sent: list[Request] = field(default_factory=list)

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Answer."""
        self.sent.append(request)
        return Exchange(request, Response(200, "OK", (), b""), 0, timeout_s)


@dataclass
class Network:
    """A gate with recipes, what went through it, and how long was waited."""

    recipes: Sequence[PartnerRecipe]
    sender: FakeSender = field(default_factory=FakeSender)
    waited: list[float] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        for recipe in self.recipes:
            self.faults.add(recipe)

    async def send(self, tried: Try = TRY, request: Request = REQUEST, timeout_s: float = 10.0) -> Exchange:
        """Send one request of an attempt."""

        async def wait(seconds: float) -> None:
            self.waited.append(seconds)

        gate = Gate(self.faults, self.sender, ManualClock(), wait)
        return await gate.sender_for(tried).send(request, timeout_s=timeout_s)


def status(exchange: Exchange) -> int | str:
    """Return the answer's status, or the code of the error."""
    return exchange.outcome.status if isinstance(exchange.outcome, Response) else exchange.outcome.code


@pytest.mark.parametrize(
    ("network", "error"),
    [
        ("reset", NetworkError("ECONNRESET", "socket hang up")),
        ("cut", NetworkError("ECONNRESET", "aborted")),
        ("dns", NetworkError("ENOTFOUND", "getaddrinfo ENOTFOUND api.partner.test")),
        ("refused", NetworkError("ECONNREFUSED", "connect ECONNREFUSED api.partner.test:443")),
        ("tls", NetworkError("DEPTH_ZERO_SELF_SIGNED_CERT", "self signed certificate")),
        ("hang", NetworkError("ECONNABORTED", "timeout of 10000ms exceeded")),
    ],
)
async def test_a_request_ends_as_the_network_would_end_it(network: Any, error: NetworkError) -> None:
    """In Node's words; nothing is sent, and the exchange says which recipe it was."""
    at_work = Network([PartnerRecipe(network=network)])
    exchange = await at_work.send()
    assert (exchange.outcome, exchange.fault, at_work.sender.sent) == (error, 1, [])


async def test_an_answer_is_given_in_the_services_stead() -> None:
    """With status, headers and body."""
    recipe = PartnerRecipe(status=503, headers=(("Retry-After", "9"),), body="down")
    outcome = (await Network([recipe]).send()).outcome
    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.reason, outcome.header("Retry-After"), outcome.body) == (
        503,
        "Service Unavailable",
        "9",
        b"down",
    )


async def test_a_delay_lets_the_request_go_then() -> None:
    """Drawn from its range; one beyond the time limit is no answer in time."""
    at_work = Network([PartnerRecipe(delay=(1.0, 3.0))])
    exchange = await at_work.send()
    assert (status(exchange), exchange.fault, len(at_work.sender.sent)) == (200, 1, 1)
    assert 1.0 <= at_work.waited[0] <= 3.0
    late = Network([PartnerRecipe(delay=(20.0, 20.0))])
    assert (status(await late.send()), late.sender.sent) == ("ECONNABORTED", [])


@pytest.mark.parametrize(
    ("recipe", "tried", "struck"),
    [
        pytest.param(PartnerRecipe(destination="crm"), TRY, True, id="this destination"),
        pytest.param(PartnerRecipe(destination="mail"), TRY, False, id="another destination"),
        pytest.param(PartnerRecipe(event="Order *"), TRY, True, id="an event by a star"),
        pytest.param(PartnerRecipe(event="order *"), TRY, False, id="case counts"),
        pytest.param(PartnerRecipe(type="identify"), TRY, False, id="another type"),
        pytest.param(PartnerRecipe(url="https://api.partner.test/*"), TRY, True, id="this address"),
        pytest.param(PartnerRecipe(url="https://elsewhere.test/*"), TRY, False, id="another address"),
        pytest.param(PartnerRecipe(attempts=Span(1, 2)), replace(TRY, number=2), True, id="the second attempt"),
        pytest.param(PartnerRecipe(attempts=Span(1, 2)), replace(TRY, number=3), False, id="the third attempt"),
        pytest.param(PartnerRecipe(attempts=Listed((3,))), replace(TRY, number=3), True, id="only the third"),
        pytest.param(PartnerRecipe(probability=0.0), TRY, False, id="never"),
    ],
)
async def test_a_recipe_strikes_what_it_means(recipe: PartnerRecipe, tried: Try, *, struck: bool) -> None:
    """And lets all else pass."""
    found = status(await Network([replace(recipe, status=500)]).send(tried))
    assert found == (500 if struck else 200)


async def test_a_quota_lets_so_many_through_in_a_window() -> None:
    """By the sandbox's clock; the rest is told when the next window begins."""
    at_work = Network([PartnerRecipe(quota=2, window=60.0)])
    first = [await at_work.send(replace(TRY, at_ms=60_000 + number)) for number in range(4)]
    assert [status(each) for each in first] == [200, 200, 429, 429]
    outcome = first[-1].outcome
    assert isinstance(outcome, Response)
    assert outcome.header("Retry-After") == "60"
    assert status(await at_work.send(replace(TRY, at_ms=121_000))) == 200


async def test_the_same_attempt_meets_the_same_fault_whatever_comes_first() -> None:
    """The draw knows nothing of the order."""
    recipe = PartnerRecipe(status=500, probability=0.5, seed=3)
    tries = [replace(TRY, message_id=f"m-{number}") for number in range(40)]
    at_work, backwards = Network([recipe]), Network([recipe])
    found = {each.message_id: status(await at_work.send(each)) for each in tries}
    again = {each.message_id: status(await backwards.send(each)) for each in reversed(tries)}
    assert found == again
    assert set(found.values()) == {200, 500}
    other = Network([replace(recipe, seed=4)])
    assert {each.message_id: status(await other.send(each)) for each in tries} != found


async def test_requests_of_an_insert_function_are_drawn_for_by_themselves() -> None:
    """One that is let through says nothing about the destination's own."""
    recipe = PartnerRecipe(status=500, probability=0.5)
    faults = Faults()
    faults.add(recipe)
    gate = Gate(faults, FakeSender(), ManualClock())
    tries = [replace(TRY, message_id=f"m-{number}") for number in range(40)]
    own = [status(await gate.sender_for(each).send(REQUEST, timeout_s=1.0)) for each in tries]
    inserts = [status(await gate.sender_for(each, "redact").send(REQUEST, timeout_s=1.0)) for each in tries]
    assert set(zip(own, inserts, strict=True)) == {(200, 200), (200, 500), (500, 200), (500, 500)}


@dataclass
class FakeDestination(BatchAttempts):
    """Takes everything."""

    taken: list[bytes] = field(default_factory=list)

    @property
    def batching(self) -> BatchRule | None:
        """Collect none."""
        return None

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Take it."""
        self.taken.append(tried.body)
        exchange = Exchange(REQUEST, Response(200, "OK", (), b""), 0, 1.0)
        return AttemptRecord(Delivered(200), (exchange,))

    async def attempt_batch(self, tried: Sequence[Try]) -> list[AttemptRecord]:
        """Take them."""
        return [await self.attempt(each) for each in tried]


def faulty(recipe: PartnerRecipe) -> tuple[FakeDestination, Faulty]:
    """Put a recipe before a destination."""
    faults, destination = Faults(), FakeDestination()
    faults.add(recipe)
    return destination, Faulty(destination, faults)


async def test_an_event_is_held_back() -> None:
    """The first attempt reaches nobody, and says for how long."""
    destination, gate = faulty(PartnerRecipe(hold=(60.0, 600.0), attempts=Span(1, 1)))
    outcome = (await gate.attempt(TRY)).outcome
    assert isinstance(outcome, AwaitingRetry)
    assert (outcome.code, destination.taken) == (HELD, [])
    assert 60.0 <= (outcome.asked_s or 0) <= 600.0
    assert (await gate.attempt(replace(TRY, number=2))).outcome == Delivered(200)


async def test_an_attempt_is_made_twice() -> None:
    """With both requests to be seen."""
    destination, gate = faulty(PartnerRecipe(duplicate=True))
    record = await gate.attempt(TRY)
    assert (len(destination.taken), len(record.exchanges)) == (2, 2)


async def test_the_clock_of_whoever_made_the_event_is_wrong() -> None:
    """Its stamps move; Segment's own does not."""
    body = {"timestamp": "2026-01-02T03:04:05.000Z", "receivedAt": "2026-01-02T03:04:05.000Z", "n": 1}
    destination, gate = faulty(PartnerRecipe(skew=-3600.0))
    await gate.attempt(replace(TRY, body=json.dumps(body).encode()))
    moved = {**body, "timestamp": "2026-01-02T02:04:05.000Z"}
    assert [json.loads(each) for each in destination.taken] == [moved]
    assert json.loads(skewed(b'{"timestamp":"no time"}', 60)) == {"timestamp": "no time"}
