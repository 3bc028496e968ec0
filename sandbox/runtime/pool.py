"""The workers of one function, and the reserve that all functions share."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from sandbox.clock import Clock
from sandbox.errors import CannotStartError
from sandbox.runtime.invocation import (
    DEFAULT_MEMORY_MB,
    Crashed,
    FunctionCode,
    Invocation,
    LoadError,
    Order,
    Sender,
    Threw,
)
from sandbox.runtime.process import WorkerProcess


class Starter(Protocol):
    """Starts a worker whose heap may hold so many MB."""

    def __call__(self, *, memory_mb: int) -> Awaitable[WorkerProcess]:
        """Start it and wait until it is ready.

        Raises:
            CannotStartError: workers cannot start here.
        """
        ...


SPARE_AFTER_S: Final = 0.25
"""How long the next worker in reserve waits for the one before to be of use: two starts at once slow each other."""


class Reserve:
    """Keeps one started worker in reserve, so that nobody waits for a start, and knows all of them.

    The one in reserve has the usual memory; whoever needs another waits for a start.
    """

    def __init__(self, start: Starter) -> None:
        self._start = start
        self._wanted = asyncio.Event()
        self._spare: asyncio.Task[WorkerProcess] | None = None
        self._started: set[WorkerProcess] = set()

    async def fill(self) -> None:
        """Start the first worker and wait for it.

        Raises:
            CannotStartError: workers cannot start here.
        """
        self._wanted.set()
        self._spare = asyncio.create_task(self._begin(), name="spare worker")
        await asyncio.shield(self._spare)

    async def _begin(self, memory_mb: int = DEFAULT_MEMORY_MB) -> WorkerProcess:
        worker = await self._start(memory_mb=memory_mb)
        self._started = {earlier for earlier in self._started if not earlier.gone} | {worker}
        return worker

    async def _begin_soon(self, wanted: asyncio.Event) -> WorkerProcess:
        """Start a worker once it is wanted, or a little later."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SPARE_AFTER_S):
                await wanted.wait()
        wanted.set()
        return await self._begin()

    async def take(self, memory_mb: int = DEFAULT_MEMORY_MB) -> WorkerProcess:
        """Return a started worker of this memory, and have the next one started.

        Raises:
            CannotStartError: none could be started.
        """
        if memory_mb != DEFAULT_MEMORY_MB:
            return await self._begin(memory_mb)
        spare = self._spare
        self._wanted.set()
        self._wanted = asyncio.Event()
        self._spare = asyncio.create_task(self._begin_soon(self._wanted), name="spare worker")
        worker = await (asyncio.shield(spare) if spare is not None else self._begin())
        return worker if worker.usable else await self.take()

    def process_ids(self) -> list[int]:
        """Return the ids of the processes that run."""
        return [worker.pid for worker in self._started if worker.usable]

    async def close(self) -> None:
        """End every worker, and wait until they are gone."""
        if self._spare is not None:
            if not self._wanted.is_set():
                self._spare.cancel()
            await asyncio.wait([self._spare])
            if not self._spare.cancelled():
                self._spare.exception()  # known when the next one was to be taken, which nobody will
        await asyncio.gather(*(worker.end() for worker in self._started))


@dataclass(slots=True, eq=False)
class _Generation:
    """The workers that have one version of the code."""

    code: FunctionCode
    handlers: frozenset[str]
    idle: list[WorkerProcess] = field(default_factory=list)
    busy: int = 0

    def retire(self) -> None:
        """End the idle workers; the busy ones end after their event."""
        while self.idle:
            self.idle.pop().kill()


class FunctionPool:
    """Runs the events of one function, each in a worker of its own, first come, first served.

    An idle worker is taken last-in-first-out, so that one at a time meets serial traffic, and what its
    module scope keeps is kept, as on a warm AWS Lambda.
    """

    def __init__(self, reserve: Reserve, sender: Sender, clock: Clock, max_workers: int) -> None:
        self._reserve = reserve
        self._sender = sender
        self._clock = clock
        self._slots = asyncio.Semaphore(max_workers)
        self._current: _Generation | None = None

    async def load(self, code: FunctionCode) -> LoadError | None:
        """Route new events to `code` once a worker has loaded it; if it does not load, nothing changes."""
        worker = await self._reserve.take(code.memory_mb)
        error = await worker.load(code, self._clock)
        if error is not None:
            return error
        self._swap(_Generation(code, worker.handlers, [worker]))
        return None

    def unload(self) -> None:
        """End the workers, the busy ones after their event."""
        self._swap(None)

    def _swap(self, generation: _Generation | None) -> None:
        old, self._current = self._current, generation
        if old is None:
            return
        old.retire()
        for _ in range(old.busy):  # events on the old code no longer stand in the way of those on the new
            self._slots.release()

    @property
    def handlers(self) -> frozenset[str]:
        """The handlers that the code in use has."""
        return self._current.handlers if self._current else frozenset()

    async def invoke(self, order: Order) -> Invocation:
        """Run one order.

        Raises:
            KeyError: the function was unloaded meanwhile.
        """
        await self._slots.acquire()
        generation = self._current
        if generation is None:
            self._slots.release()
            raise KeyError("the function is not loaded")
        generation.busy += 1
        try:
            return await self._run(generation, order)
        finally:
            generation.busy -= 1
            if generation is self._current:
                self._slots.release()

    async def _run(self, generation: _Generation, order: Order) -> Invocation:
        try:
            worker = await self._worker(generation)
        except CannotStartError as error:
            return Invocation(Crashed(error.message), (), (), 0.0)
        if isinstance(worker, LoadError):
            return Invocation(_as_ending(worker), (), (), 0.0)
        invocation = await worker.invoke(generation.code, order, order.sender or self._sender, self._clock)
        self._give_back(generation, worker)
        return invocation

    async def _worker(self, generation: _Generation) -> WorkerProcess | LoadError:
        while generation.idle:
            worker = generation.idle.pop()
            if worker.usable:
                return worker
        worker = await self._reserve.take(generation.code.memory_mb)
        return await worker.load(generation.code, self._clock) or worker

    def _give_back(self, generation: _Generation, worker: WorkerProcess) -> None:
        if generation is not self._current:
            worker.kill()
        elif worker.usable:
            generation.idle.append(worker)


def _as_ending(error: LoadError) -> Threw | Crashed:
    """Turn the failure of a further worker to load code that one worker did load into an ending.

    Source: segmentio/functions-library: an error at module scope fails every invocation.
    """
    name, colon, message = error.message.partition(": ")
    if not colon:
        return Crashed(error.message)
    place = f"{error.path}:{error.line}:{error.column}" if error.line else error.path
    return Threw(name, message, f"{error.message}\n    at {place}", {})
