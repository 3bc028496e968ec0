"""`/metrics`: the sandbox's numbers for Prometheus, read when they are asked for."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from sandbox.access import Guard
from sandbox.api.errors import in_one_shape
from sandbox.clock import SandboxClock
from sandbox.journal import Journal, Totals

OPEN_METRICS: Final = "application/openmetrics-text"


@dataclass(frozen=True, slots=True)
class Gauges:
    """What runs at this moment, and what only the running sandbox counts.

    Attributes:
        under_way: attempts that are running, by the slug of every destination that is delivered to.
        paused: slugs of the destinations that are held back.
        reloads: by what was loaded, and `ok` or `error`.
    """

    under_way: Mapping[str, int]
    paused: frozenset[str]
    function_runs: int
    function_workers: int
    reloads: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Numbers:
    """All that is shown.

    Attributes:
        open: deliveries that are not over, by destination and state.
        open_limit: how many of these there may be.
        kept: messages in the journal.
        speed: of the sandbox's clock, against the machine's.
        now_s: seconds since 1970 by the sandbox's clock.
    """

    gauges: Gauges
    totals: Totals
    open: Mapping[tuple[str, str], int]
    open_limit: int
    kept: int
    speed: float
    now_s: float


class MetricsEndpoint:
    """Answers whoever scrapes; nothing is computed before that."""

    def __init__(self, gauges: Callable[[], Gauges], journal: Journal, clock: SandboxClock, guard: Guard) -> None:
        self._gauges = gauges
        self._journal = journal
        self._clock = clock
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        """Return the route, outside of `/_sandbox/`, where Prometheus looks by itself."""
        return [web.get("/metrics", self.metrics)]

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """Show every number, as text or as OpenMetrics."""
        return await in_one_shape(request, self._metrics)

    async def _metrics(self, request: web.Request) -> web.Response:
        self._guard.check(request)
        open_metrics = prefers_open_metrics(request.headers.get("Accept", ""))
        body, content_type = await asyncio.to_thread(_written, await self._numbers(), open_metrics=open_metrics)
        return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    async def _numbers(self) -> Numbers:
        gauges = self._gauges()
        return Numbers(
            gauges=gauges,
            open=await self._journal.read.open_deliveries(gauges.under_way),
            totals=self._journal.totals(),
            open_limit=self._journal.pending_limit,
            kept=self._journal.kept,
            speed=self._clock.rate.times,
            now_s=self._clock.now_ms() / 1000,
        )


def prefers_open_metrics(accept: str) -> bool:
    """Say whether an Accept header names OpenMetrics, which Prometheus does before all else; any other gets text."""
    return any(part.partition(";")[0].strip().lower() == OPEN_METRICS for part in accept.split(","))


def _written(numbers: Numbers, *, open_metrics: bool) -> tuple[bytes, str]:
    """Write the numbers, in a thread: the library is imported here, which the start does not wait for."""
    from sandbox.api.exposition import exposition  # noqa: PLC0415 - see above

    return exposition(numbers, open_metrics=open_metrics)
