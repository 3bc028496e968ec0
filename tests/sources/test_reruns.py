"""When calls of source functions are tried again, with attempts of our own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from sandbox.clock import ManualClock, Rate, SandboxClock
from sandbox.sources import reruns as module
from sandbox.sources.function_request import Incoming
from sandbox.sources.reruns import AT_ONCE, Attempt, Call, Reruns

STEP_S = 10
START_MS = 1_000


@dataclass
class Attempts:
    """Remembers each attempt and when it was; waits for the gate of its function, where it has one."""

    clock: SandboxClock
    made: list[tuple[str, int, int]] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    faults: int = 0

    async def again(self, attempt: Attempt) -> None:
        """Note it."""
        self.begun.set()
        slug = attempt.call.function
        if slug in self.gates:
            await self.gates[slug].wait()
        if self.faults:
            self.faults -= 1
            raise ZeroDivisionError
        self.made.append((slug, attempt.call.number, self.clock.time_of(attempt.due_ms)))
        self.done.set()


@dataclass
class Trying:
    """Reruns that run, and what they do."""

    clock: SandboxClock
    attempts: Attempts
    reruns: Reruns

    async def settled(self) -> None:
        """Wait until nothing is due."""
        async with asyncio.timeout(STEP_S):
            await self.reruns.settle()


def waiting(function: str, due_ms: int, number: int = 1, body: bytes = b"{}") -> Attempt:
    """Make the second attempt of a call."""
    call = Call(number, function, Incoming((), "", body, None), body)
    return Attempt(call, 2, 7, due_ms)


@asynccontextmanager
async def trying(times: float = 0.0) -> AsyncIterator[Trying]:
    """Try again in the background, on a clock that stands still unless told otherwise."""
    clock = SandboxClock(Rate(times), None if times else ManualClock(START_MS))
    attempts = Attempts(clock)
    reruns = Reruns(clock, attempts.again)
    task = asyncio.create_task(reruns.run())
    try:
        yield Trying(clock, attempts, reruns)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_what_is_due_is_tried_the_oldest_first() -> None:
    """Each at its own time, though all of it was skipped at once; what is not due waits."""
    async with trying() as it:
        for number, due_ms in ((1, 3_000), (2, 2_000), (3, 9_000)):
            it.reruns.add(waiting("hook", due_ms, number))
        assert it.reruns.waiting == 3
        it.clock.advance(5_000)
        await it.settled()
        assert it.attempts.made == [("hook", 2, 2_000), ("hook", 1, 3_000)]
        assert it.reruns.waiting == 1


async def test_a_clock_that_goes_tries_again_by_itself() -> None:
    """A thousand times as fast: seven seconds are seven milliseconds."""
    async with trying(1_000) as it:
        it.reruns.add(waiting("hook", it.clock.now_ms() + 7_000))
        async with asyncio.timeout(STEP_S):
            await it.attempts.begun.wait()
        await it.settled()
        assert [slug for slug, *_ in it.attempts.made] == ["hook"]


async def test_a_function_that_hangs_delays_no_other() -> None:
    """And of its own calls no more than the runtime runs at once are begun."""
    async with trying() as it:
        it.attempts.gates["slow"] = asyncio.Event()
        for number in range(AT_ONCE + 1):
            it.reruns.add(waiting("slow", 2_000, number))
        it.reruns.add(waiting("quick", 3_000, 9))
        it.clock.advance(5_000)
        async with asyncio.timeout(STEP_S):
            await it.attempts.done.wait()
        assert it.attempts.made == [("quick", 9, 3_000)]
        assert (it.reruns.under_way, it.reruns.waiting, it.reruns.settled) == (AT_ONCE, 1, False)
        it.attempts.gates["slow"].set()
        await it.settled()
        assert len(it.attempts.made) == AT_ONCE + 2


async def test_what_is_dropped_waits_no_more() -> None:
    """What was to come is returned, in its order; another function's calls go on waiting."""
    async with trying() as it:
        late, early = waiting("hook", 9_000), waiting("hook", 8_000)
        for attempt in (late, early, waiting("other", 8_000)):
            it.reruns.add(attempt)
        assert it.reruns.drop("hook") == [early, late]
        assert (it.reruns.functions, it.reruns.waiting) == (["other"], 1)
        it.clock.advance(60_000)
        await it.settled()
        assert [slug for slug, *_ in it.attempts.made] == ["other"]


async def test_what_is_forgotten_under_way_counts_no_more() -> None:
    """And nobody waits for it."""
    async with trying() as it:
        it.attempts.gates["hook"] = asyncio.Event()
        attempt = waiting("hook", 2_000)
        it.reruns.add(attempt)
        it.clock.advance(5_000)
        async with asyncio.timeout(STEP_S):
            await it.attempts.begun.wait()
        assert it.reruns.holds(attempt)
        it.reruns.forget("hook")
        assert not it.reruns.holds(attempt)
        await it.settled()
        it.attempts.gates["hook"].set()


async def test_a_fault_of_ours_ends_one_call_only(caplog: pytest.LogCaptureFixture) -> None:
    """Loudly, and the next one goes on."""
    async with trying() as it:
        it.attempts.faults = 1
        it.reruns.add(waiting("hook", 2_000, 1))
        it.reruns.add(waiting("hook", 3_000, 2))
        it.clock.advance(5_000)
        await it.settled()
        assert it.attempts.made == [("hook", 2, 3_000)]
    assert "attempt 2 of source function hook failed inside the sandbox" in caplog.text


async def test_a_drained_queue_begins_nothing() -> None:
    """What is due waits on."""
    async with trying() as it:
        it.reruns.add(waiting("hook", 2_000))
        async with asyncio.timeout(STEP_S):
            await it.reruns.drain()
        it.clock.advance(5_000)
        await it.settled()
        assert (it.attempts.made, it.reruns.waiting) == ([], 1)


@pytest.mark.parametrize(("limit", "value"), [("WAITING_MAX", 2), ("WAITING_MAX_BYTES", 40)])
async def test_it_is_full_at_its_limits(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    """Of calls, and of the bytes of their requests; what goes makes room."""
    monkeypatch.setattr(module, limit, value)
    async with trying() as it:
        it.reruns.add(waiting("hook", 2_000, body=b"0123456789"))
        assert not it.reruns.full
        it.reruns.add(waiting("hook", 3_000, body=b"0123456789"))
        assert it.reruns.full
        it.clock.advance(1_500)
        await it.settled()
        assert not it.reruns.full
        it.reruns.add(waiting("hook", 9_000, body=b"0123456789"))
        it.reruns.drop("hook")
        assert not it.reruns.full


async def test_the_same_call_waits_the_same_time_in_every_run() -> None:
    """Another call another one, and none after the sixth attempt."""
    async with trying() as it, trying() as again:
        first = it.reruns.next_ms(waiting("hook", 0), 5_000)
        assert first is not None
        assert first == again.reruns.next_ms(waiting("hook", 0), 5_000)
        assert first != it.reruns.next_ms(waiting("hook", 0, 2), 5_000)
        assert first != it.reruns.next_ms(waiting("other", 0), 5_000)
        sixth = waiting("hook", 0)
        while sixth.number < 6:
            sixth = sixth.following(9, 0)
        assert (sixth.first, it.reruns.next_ms(sixth, 5_000)) == (7, None)
