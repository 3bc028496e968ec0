"""The sandbox's clock at `/_sandbox/clock`."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiohttp import web

from sandbox.access import ApiError
from sandbox.api.bodies import json_answer, object_in, refuse
from sandbox.clock import MODES_HINT, SandboxClock, duration_ms, iso, rate_of

SETTLE_S: Final = 60.0
"""How long an answer waits at most for what fell due, in seconds."""

_HINT: Final = 'Expected is {"advance": "4h"}, {"mode": "fast:1000"}, or both.'


class ClockEndpoints:
    """Shows and changes the clock; `settle` waits until nothing is due."""

    def __init__(self, clock: SandboxClock, settle: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._clock = clock
        self._settle = settle

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/clock", self.show), web.post("/clock", self.change)]

    async def show(self, _: web.Request) -> web.Response:
        """`{"now", "real", "mode"}`."""
        return json_answer(self._shown())

    async def change(self, request: web.Request) -> web.Response:
        """Set the mode, skip a time, and answer when all that fell due was tried: `settled` false if it was not."""
        rate, milliseconds = _order(await request.read())
        if rate is not None:
            self._clock.go(rate)
        if milliseconds is not None:
            self._clock.advance(milliseconds)
        return json_answer({**self._shown(), "settled": await self._is_settled()})

    async def _is_settled(self) -> bool:
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._settle()
        except TimeoutError:
            return False
        return True

    def _shown(self) -> dict[str, Any]:
        clock = self._clock
        return {"now": iso(clock.now_ms()), "real": iso(clock.real_ms()), "mode": str(clock.rate)}


def _order(body: bytes) -> tuple[Any, int | None]:
    """Read what is asked for.

    Raises:
        ApiError: 400, naming every mistake.
    """
    order = object_in(body, _HINT)
    if not order:
        raise ApiError(400, "bad_request", "The body is no object that asks for something.", _HINT)
    rate, milliseconds = rate_of(str(order.get("mode"))), duration_ms(str(order.get("advance")))
    mistakes = [f"{name} is not known." for name in order if name not in {"mode", "advance"}]
    if "mode" in order and rate is None:
        mistakes.append(f"mode is no way for a clock to go. {MODES_HINT}")
    if "advance" in order and milliseconds is None:
        mistakes.append("advance is no duration of at most a year, such as 90s, 4h or 1h30m.")
    refuse(mistakes, _HINT)
    return rate, milliseconds
