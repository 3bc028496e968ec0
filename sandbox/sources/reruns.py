"""Calls of source functions that wait for another attempt, and when it comes.

They wait in memory; the journal has what another start needs to take them up again.

Source: segment-docs, Source functions, FAQs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from typing import Final, TypeAlias

from sandbox.clock import SandboxClock
from sandbox.retry import SOURCE_FUNCTION, jitter
from sandbox.sources.function_request import Incoming

log = logging.getLogger(__name__)

AT_ONCE: Final = 2
"""Further attempts under way per function, as many as the runtime runs at once: new calls get their turn (ours)."""

WAITING_MAX: Final = 10_000
"""How many calls may wait before the webhooks turn calls away (ours)."""

WAITING_MAX_BYTES: Final = 256 * 1024 * 1024
"""How many bytes their requests may have together before that (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A request to a source function's webhook, which may take several attempts.

    Attributes:
        number: which of the sandbox's calls it is; its jitter is drawn from it.
        function: the source function's slug.
        request: what each attempt hands to the code, as JSON.
    """

    number: int
    function: str
    incoming: Incoming
    request: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """How many bytes are kept for it."""
        return len(self.request) + len(self.incoming.body)


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """An attempt of a call.

    Attributes:
        number: counted from 1.
        first: the number of the first attempt in the journal; None for the first one itself.
        due_ms: when it is due, by the sandbox's clock.
    """

    call: Call
    number: int
    first: int | None
    due_ms: int

    def following(self, seq: int, due_ms: int) -> "Attempt":
        """Return the attempt after this one, which is in the journal under `seq`."""
        first = seq if self.first is None else self.first
        return replace(self, number=self.number + 1, first=first, due_ms=due_ms)


@dataclass(slots=True)
class _Queue:
    """One function's calls: those that wait, the next one due first, and those under way."""

    waiting: list[tuple[int, int, Attempt]] = field(default_factory=list)
    under_way: set[Attempt] = field(default_factory=set)

    @property
    def next_ms(self) -> int | None:
        """When the next one is due; None where none waits."""
        return self.waiting[0][0] if self.waiting else None

    @property
    def has_room(self) -> bool:
        """Whether another one may begin."""
        return len(self.under_way) < AT_ONCE


Again: TypeAlias = Callable[[Attempt], Awaitable[None]]


class Reruns:
    """Has calls tried again when they are due, for as long as `run` runs.

    Each function has a queue of its own, so that one that hangs delays no other.
    """

    def __init__(self, clock: SandboxClock, again: Again, seed: int = 0) -> None:
        """Have `again` make an attempt; `seed` makes other jitter."""
        self._clock = clock
        self._again = again
        self._seed = seed
        self._queues: dict[str, _Queue] = {}
        self._order = count()  # of two that are due at once, the one that was added first
        self._bytes = 0
        self._draining = False
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        clock.on_change(self._wake.set)

    def next_ms(self, attempt: Attempt, ended_ms: int) -> int | None:
        """Return when a call is due again after this attempt failed; None when it was the last one."""
        call = attempt.call
        draw = jitter(self._seed, call.function, str(call.number), attempt.number)
        wait_s = SOURCE_FUNCTION.wait_s(attempt.number, draw)
        return None if wait_s is None else ended_ms + round(wait_s * 1000)

    def add(self, attempt: Attempt) -> None:
        """Have an attempt made when it is due."""
        queue = self._queues.setdefault(attempt.call.function, _Queue())
        heappush(queue.waiting, (attempt.due_ms, next(self._order), attempt))
        self._bytes += attempt.call.size
        self._wake.set()

    @property
    def waiting(self) -> int:
        """How many calls wait for another attempt."""
        return sum(len(queue.waiting) for queue in self._queues.values())

    @property
    def under_way(self) -> int:
        """How many further attempts are running."""
        return sum(len(queue.under_way) for queue in self._queues.values())

    @property
    def full(self) -> bool:
        """Whether so much waits that the webhooks must turn calls away."""
        return self.waiting >= WAITING_MAX or self._bytes >= WAITING_MAX_BYTES

    @property
    def functions(self) -> list[str]:
        """The slugs of the functions whose calls wait or are under way."""
        return [slug for slug, queue in self._queues.items() if queue.waiting or queue.under_way]

    def holds(self, attempt: Attempt) -> bool:
        """Tell whether an attempt under way still counts: a reset may have forgotten it."""
        return attempt in self._queues[attempt.call.function].under_way

    def drop(self, function: str) -> list[Attempt]:
        """Let the calls of a function wait no more; return what was to come. Attempts under way come to their end."""
        waiting, self._queues[function].waiting = self._queues[function].waiting, []
        dropped = [attempt for _, _, attempt in sorted(waiting)]
        self._bytes -= sum(attempt.call.size for attempt in dropped)
        self._look_again()
        return dropped

    def forget(self, function: str) -> None:
        """Drop the calls of a function, and whatever its attempts under way come to."""
        self.drop(function)
        under_way, self._queues[function].under_way = self._queues[function].under_way, set()
        self._bytes -= sum(attempt.call.size for attempt in under_way)

    async def run(self) -> None:
        """Make attempts until cancelled."""
        async with asyncio.TaskGroup() as attempts:
            while True:
                self._wake.clear()
                for attempt in self._due():
                    attempts.create_task(self._attempt(attempt), name=f"again-{attempt.call.function}")
                self._wait_for_next()
                await self._wake.wait()

    async def drain(self) -> None:
        """Take up nothing more, and wait until the attempts under way are over and written."""
        self._draining = True
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is due and nothing under way."""
        while not self.settled:
            self._ended.clear()
            await self._ended.wait()

    @property
    def settled(self) -> bool:
        """Whether nothing is due and nothing under way."""
        return not self.under_way and (self._draining or not any(map(self._is_due, self._queues.values())))

    def _is_due(self, queue: _Queue) -> bool:
        return queue.next_ms is not None and queue.next_ms <= self._clock.now_ms()

    def _due(self) -> Iterator[Attempt]:
        """Take what is due and for which there is room, each function's oldest first."""
        for queue in self._queues.values():
            while not self._draining and queue.has_room and self._is_due(queue):
                _, _, attempt = heappop(queue.waiting)
                queue.under_way.add(attempt)
                yield attempt

    def _wait_for_next(self) -> None:
        """Wake when the next one is due; a clock that stands still wakes whoever waits when it is advanced."""
        if self._timer is not None:
            self._timer.cancel()
        due = [queue.next_ms for queue in self._queues.values() if queue.has_room and queue.next_ms is not None]
        self._timer = self._clock.call_at(min(due), self._wake.set) if due and not self._draining else None

    async def _attempt(self, attempt: Attempt) -> None:
        """Make one; a fault of the sandbox's own ends this call, loudly, and no other."""
        try:
            await self._again(attempt)
        except Exception:
            what = "attempt %s of source function %s failed inside the sandbox"
            log.exception(what, attempt.number, attempt.call.function)
        finally:
            under_way = self._queues[attempt.call.function].under_way
            if attempt in under_way:
                under_way.remove(attempt)
                self._bytes -= attempt.call.size
            self._look_again()

    def _look_again(self) -> None:
        self._wake.set()
        self._ended.set()
