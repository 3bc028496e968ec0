"""What four hours of retries cost once the clock is advanced, and what a destination that hangs costs another one."""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp

from benchmarks.calls import WRITE_KEY, event_body
from benchmarks.load import Load, generate
from benchmarks.processes import Server, helper, pause, resume, sandbox, write_workspace
from benchmarks.rows import Row, paired_ratio
from benchmarks.webhooks import DRAIN_S, LOOK_S
from sandbox.retry import SUBSCRIPTION
from tests.conftest import basic

PENDING: Final = 1_000
BATCH: Final = 100
ROUNDS: Final = 3
SLACK_S: Final = 0.5
EVENTS: Final = 300
QUICK_EVENTS: Final = 100
SLOWER_MAX: Final = 1.2

_STUCK: Final = """
[[destinations]]
slug = "stuck"
component = "function"
source = "website"
enabled = true
settings = { apiKey = "local-api-key" }

[app.components.function]
code = "stuck.js"
timeout = 60
"""


def four_hours(*, quick: bool) -> list[Row]:
    """Advance the clock over deliveries whose service is down, and compare with as many that go well."""
    pairs = [(_advance(), _deliver()) for _ in range(1 if quick else ROUNDS)]
    took, plain = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    attempts = PENDING * (SUBSCRIPTION.attempts - 1)
    return [
        Row(
            f"clock advanced 4 h, {attempts:,} attempts",
            f"{took:.2f} s",
            f"{plain:.2f} s, as many deliveries",
            paired_ratio([pair[0] for pair in pairs], [pair[1] for pair in pairs]),
            f"baseline + {SLACK_S} s",
            took <= plain + SLACK_S,
        )
    ]


def _advance() -> float:
    """Return how long the answer to an advance of four hours takes, every delivery tried nine times more."""
    with ExitStack() as stack:
        down = stack.enter_context(helper("sink", "503"))
        ours = _sandbox(stack, down.url("/segment"), "--clock", "manual")
        generate(Load(ours.port, f"batch{BATCH}", 4, DRAIN_S, PENDING // BATCH, warm_up_s=0))
        _wait(ours, "awaiting_retry", PENDING)
        began = time.perf_counter()
        answer = ours.post("/_sandbox/clock", {"advance": "4h"})
        took = time.perf_counter() - began
        states = ours.get("/_sandbox/health")["deliveries"]
    assert answer["settled"], answer
    assert states == {"discarded": PENDING}, states
    return took


def _deliver() -> float:
    """Return how long as many attempts take that succeed at once."""
    count = PENDING * (SUBSCRIPTION.attempts - 1)
    with ExitStack() as stack:
        well = stack.enter_context(helper("sink"))
        ours = _sandbox(stack, well.url("/segment"))
        pause(ours)
        generate(Load(ours.port, f"batch{BATCH}", 4, DRAIN_S, count // BATCH, warm_up_s=0))
        began = time.perf_counter()
        resume(ours)
        _wait(ours, "delivered", count)
        return time.perf_counter() - began


def _sandbox(stack: ExitStack, endpoint: str, *flags: str) -> Server:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    write_workspace(folder, endpoint=endpoint)
    return stack.enter_context(sandbox(folder, *flags))


def _wait(ours: Server, state: str, count: int) -> None:
    began = time.perf_counter()
    while ours.get("/_sandbox/health")["deliveries"].get(state) != count:
        assert time.perf_counter() - began < DRAIN_S, "the deliveries do not end"
        time.sleep(LOOK_S)


def beside_a_hanging_one(*, quick: bool) -> list[Row]:
    """Send events one by one to a webhook that answers at once, alone and beside a destination that never does."""
    events = QUICK_EVENTS if quick else EVENTS
    with helper("sink") as sink:
        pairs = [(_latency(sink, events, _STUCK), _latency(sink, events, "")) for _ in range(ROUNDS)]
    beside, alone = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratio = paired_ratio(beside, alone)
    return [
        Row(
            "webhook beside a hanging function",
            f"{median(beside) * 1000:.2f} ms, median",
            f"{median(alone) * 1000:.2f} ms, alone",
            ratio,
            f"ratio <= {SLOWER_MAX}",
            ratio <= SLOWER_MAX,
        )
    ]


def _latency(sink: Server, events: int, more: str) -> float:
    """Return the median time from a call to the change that says that it was delivered, in seconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        write_workspace(folder, endpoint=sink.url("/segment"))
        (folder / "stuck.js").write_text("async function onTrack() { await new Promise(() => {}) }\n")
        with (folder / "workspace.toml").open("a") as file:
            file.write(more)
        ours = stack.enter_context(sandbox(folder))
        return median(asyncio.run(_deliver_one_by_one(ours, events)))


async def _deliver_one_by_one(ours: Server, events: int) -> list[float]:
    taken = []
    headers = {"Authorization": basic(WRITE_KEY), "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as client, client.get(ours.url("/_sandbox/stream")) as stream:
        for _ in range(events):
            began = time.perf_counter()
            async with client.post(ours.url("/v1/track"), data=event_body(), headers=headers) as response:
                assert response.ok
            while b'"state":"delivered"' not in await stream.content.readline():
                pass
            taken.append(time.perf_counter() - began)
    return taken
