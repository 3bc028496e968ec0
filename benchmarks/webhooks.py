"""How fast what is pending goes out to a webhook, every exchange recorded."""

import asyncio
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp

from benchmarks.calls import event_body
from benchmarks.load import Load, generate
from benchmarks.processes import Server, helper, pause, resume, sandbox, write_workspace
from benchmarks.rows import Row, paired_ratio

ROUNDS: Final = 5
QUICK_ROUNDS: Final = 2
BATCHES: Final = 60
QUICK_BATCHES: Final = 20
BATCH: Final = 100
AT_ONCE: Final = 32
TARGET: Final = 2_000
LOOK_S: Final = 0.05
"""How often to look whether all is delivered, seconds."""

DRAIN_S: Final = 120.0
"""How long a round may take before the run counts as broken, seconds."""

_HEADERS: Final = {"Content-Type": "application/json", "Authorization": "Basic bG9jYWwtYXBpLWtleTo="}


def deliveries(*, quick: bool) -> list[Row]:
    """Let what was held back go, and compare with a client that posts as much and keeps no record."""
    batches = QUICK_BATCHES if quick else BATCHES
    with helper("sink") as sink, TemporaryDirectory() as name:
        folder = Path(name)
        write_workspace(folder, endpoint=sink.url("/segment"))
        with sandbox(folder) as ours:
            rounds = QUICK_ROUNDS if quick else ROUNDS
            pairs = [(_drain(ours, batches), asyncio.run(_post(sink, batches * BATCH))) for _ in range(rounds)]
            counts = ours.get("/_sandbox/health")["deliveries"]
    assert set(counts) == {"delivered"}, counts
    return [_row([pair[0] for pair in pairs], [pair[1] for pair in pairs])]


def _row(ours: list[float], plain: list[float]) -> Row:
    return Row(
        "webhook deliveries",
        f"{median(ours):,.0f} deliveries/s",
        f"{median(plain):,.0f}/s, plain aiohttp client",
        paired_ratio(ours, plain),
        f">= {TARGET:,} /s",
        median(ours) >= TARGET,
    )


def _drain(ours: Server, batches: int) -> float:
    """Return how many deliveries per second end once they may."""
    pause(ours)
    generate(Load(ours.port, f"batch{BATCH}", 4, DRAIN_S, batches, warm_up_s=0))
    began = time.perf_counter()
    resume(ours)
    while ours.get("/_sandbox/health")["pending"]:
        assert time.perf_counter() - began < DRAIN_S, "the deliveries do not end"
        time.sleep(LOOK_S)
    return batches * BATCH / (time.perf_counter() - began)


async def _post(sink: Server, count: int) -> float:
    """Return how many requests per second a plain client gets answered."""
    bodies = islice(_bodies(), count)
    began = time.perf_counter()
    async with aiohttp.ClientSession(headers=_HEADERS) as client:
        await asyncio.gather(*(_post_all(client, sink.url("/segment"), bodies) for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - began)


async def _post_all(client: aiohttp.ClientSession, url: str, bodies: Iterator[bytes]) -> None:
    for body in bodies:
        async with client.post(url, data=body) as response:
            await response.read()


def _bodies() -> Iterator[bytes]:
    body = event_body()
    while True:
        yield body
