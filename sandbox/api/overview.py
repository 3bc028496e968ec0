"""The delivery overview as a route."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.api.bodies import json_answer
from sandbox.api.queries import window_in
from sandbox.clock import SandboxClock
from sandbox.journal import Journal
from sandbox.journal.overview import Window


class OverviewEndpoints:
    """Answers how far the messages of the last minutes or hours came."""

    def __init__(self, journal: Journal, clock: SandboxClock, describe: Callable[[], Mapping[str, Any]]) -> None:
        """Answer from `journal`; `describe` tells the destinations' sources, as `GET /_sandbox/workspace` does."""
        self._journal = journal
        self._clock = clock
        self._describe = describe

    def routes(self) -> list[web.RouteDef]:
        """Return the route."""
        return [web.get("/overview", self.overview)]

    async def overview(self, request: web.Request) -> web.Response:
        """`{"steps": […], "attempts": […], "p95_ms": …}`."""
        since_ms, filters = window_in(request, "destination", "source", "event")
        now_ms = self._clock.now_ms()
        came_from = self._source_of(filters.get("destination"))
        window = Window(now_ms - since_ms, now_ms, filters, came_from)
        return json_answer(await self._journal.read.overview(window))

    def _source_of(self, destination: str | None) -> str | None:
        """Return the source whose messages a destination gets; None where there is no such destination."""
        found = (each["source"] for each in self._describe()["destinations"] if each["slug"] == destination)
        return next(found, None)
