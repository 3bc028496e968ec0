"""The delivery overview as a route."""

from aiohttp import web

from sandbox.api.bodies import json_answer
from sandbox.api.queries import window
from sandbox.clock import SandboxClock
from sandbox.journal import Journal
from sandbox.journal.overview import Window


class OverviewEndpoints:
    """Answers how far the messages of the last minutes or hours came."""

    def __init__(self, journal: Journal, clock: SandboxClock) -> None:
        self._journal = journal
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """Return the route."""
        return [web.get("/overview", self.overview)]

    async def overview(self, request: web.Request) -> web.Response:
        """`{"steps": […], "attempts": […], "p95_ms": …}`."""
        since_ms, filters = window(request, "destination", "source", "event")
        now_ms = self._clock.now_ms()
        return json_answer(await self._journal.read.overview(Window(now_ms - since_ms, now_ms, filters)))
