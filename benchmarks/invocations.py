"""How often a handler runs: one after the other, and with several workers at once."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Final

from benchmarks.calls import event_body
from benchmarks.rows import Row, paired_ratio
from sandbox.clock import RealClock
from sandbox.outbound import Outbound
from sandbox.runtime import FunctionCode, FunctionRuntime, Returned

ROUNDS: Final = 5
ROUND_S: Final = 2.0
QUICK_ROUND_S: Final = 0.5
AT_ONCE: Final = 8
TARGET: Final = 3_000
SETTINGS: Final = b'{"apiKey":"local-api-key"}'
KEY: Final = "bench"
CODE: Final = FunctionCode("function.js", "function onTrack(event, settings) { return event.event }\n")

_ECHO: Final = (
    "import sys\nfor line in sys.stdin.buffer:\n    sys.stdout.buffer.write(line)\n    sys.stdout.buffer.flush()\n"
)

Once = Callable[[], Awaitable[None]]


def function(*, quick: bool) -> list[Row]:
    """Invoke a handler that answers at once, through everything that lies between `invoke` and V8."""
    return asyncio.run(_measured(QUICK_ROUND_S if quick else ROUND_S))


async def _measured(seconds: float) -> list[Row]:
    clock = RealClock()
    async with Outbound(clock, offline=True) as outbound:
        runtime = FunctionRuntime(outbound, clock)
        await runtime.start()
        echo = await _echo_process()
        try:
            assert await runtime.load(KEY, CODE) is None
            return [await _rows(runtime, echo, seconds, at_once) for at_once in (1, AT_ONCE)]
        finally:
            echo.terminate()
            await echo.wait()
            await runtime.close()


async def _rows(runtime: FunctionRuntime, echo: asyncio.subprocess.Process, seconds: float, at_once: int) -> Row:
    event = event_body()

    async def invoke() -> None:
        invocation = await runtime.invoke(KEY, event, SETTINGS)
        assert isinstance(invocation.ending, Returned), invocation

    async def ask_echo() -> None:
        assert echo.stdin is not None
        assert echo.stdout is not None
        echo.stdin.write(event + b"\n")
        await echo.stdout.readline()

    pairs = [(await _rate(invoke, seconds, at_once), await _rate(ask_echo, seconds, 1)) for _ in range(ROUNDS)]
    ours, echoes = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Row(
        f"handler, {at_once} in flight",
        f"{median(ours):,.0f} invocations/s",
        f"{median(echoes):,.0f}/s, echo through a pipe",
        paired_ratio(ours, echoes),
        f">= {TARGET:,} /s",
        median(ours) >= TARGET,
    )


async def _rate(once: Once, seconds: float, at_once: int) -> float:
    """Return how often per second `once` ends, with so many of it under way all the time."""
    began = time.perf_counter()
    deadline = began + seconds

    async def again_and_again() -> int:
        done = 0
        while time.perf_counter() < deadline:
            await once()
            done += 1
        return done

    done = sum(await asyncio.gather(*(again_and_again() for _ in range(at_once))))
    return done / (time.perf_counter() - began)


async def _echo_process() -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, "-c", _ECHO, stdin=pipe, stdout=pipe)
