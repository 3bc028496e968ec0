"""Load at half of what the sandbox can take, with a partner that fails at random, for minutes: do the counts add up?

One source feeds three destinations: a webhook whose service fails now and then, one that never does, and a function.
Retries take milliseconds on a fast clock. In the end every message that was acknowledged is in the journal, with one
delivery for each destination in one of the six states, none of them pending, and the memory has not grown.
"""

import asyncio
import random
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from benchmarks.processes import resident_mib
from sandbox.journal.schema import FILE_NAME
from sandbox.outcomes import DeliveryState
from tests.acceptance.command import Up, up
from tests.partner import Answer, HangUp, Partner, Script

WRITE_KEY: Final = "acmeWebsiteWriteKey000000000000a"
DESTINATIONS: Final = ("crm", "mail", "store")
CLIENTS: Final = 4
BATCH: Final = 10
PROBE_S: Final = 3.0
"""How long the maximum is measured, in seconds."""

LOOKS_EVERY_S: Final = 1.0
GROWTH_SEEN_AFTER_S: Final = 120.0
"""In a shorter run the memory says nothing yet: caches fill up, and the allocator keeps what it has."""

GROWTH_MAX: Final = 1.15
TAIL_S: Final = 120.0
"""How long what is left may take in the end, in seconds."""

_IDS = count()


@dataclass(frozen=True, slots=True)
class Endured:
    """What a run came to; `problems` is empty when every promise was kept."""

    seconds: float
    maximum_per_s: float
    acknowledged: int
    deliveries: int
    attempts: int
    first_mib: float
    last_mib: float
    states: dict[str, int]
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Load:
    acknowledged: int = 0
    memory: list[float] = field(default_factory=list)


async def endure(folder: Path, *, seconds: float, seed: int = 1) -> Endured:
    """Measure the maximum, send half of it for so many seconds, let everything end, and judge.

    Args:
        folder: an empty folder for the workspace.
        seconds: how long the load lasts.
        seed: makes the partner's service fail alike.
    """
    load = _Load()
    async with Partner(otherwise=partial(_mood, random.Random(seed))) as moody, Partner() as steady:
        _write_workspace(folder, moody.url, steady.url)
        async with up(folder) as sandbox:
            maximum = await _maximum(sandbox, load)
            began = time.monotonic()
            async with asyncio.TaskGroup() as tasks:
                looking = tasks.create_task(_look(sandbox.command.pid, load))
                await _send_evenly(sandbox, load, maximum / 2, seconds, forget=(moody, steady))
                looking.cancel()
            took = time.monotonic() - began
            await _settle(sandbox)
        return _judge(folder, load, took, maximum)


def _mood(choice: random.Random) -> Script:
    drawn = choice.random()
    if drawn < 0.03:
        return HangUp()
    if drawn < 0.05:
        return Answer(400)
    return Answer(503 if drawn < 0.15 else 200)


def _write_workspace(folder: Path, moody: str, steady: str) -> None:
    (folder / "function.js").write_text("async function onTrack(event) { return event.event }\n")
    (folder / "steady.js").write_text(
        f"async function onTrack(event) {{ const r = await fetch('{steady}', {{ method: 'POST', body: '1' }})\n"
        "  if (!r.ok) throw new RetryError('later') }\n"
    )
    apart = "".join(
        f'[[functions]]\nslug = "{slug}"\nkind = "destination"\ncode = "{code}"\n'
        for slug, code in (("fetching", "steady.js"), ("plain", "function.js"))
    )
    crm = 'component = "webhook"\nsettings = { apiKey = "local-api-key" }\n'
    connected = "".join(
        f'[[destinations]]\nslug = "{slug}"\nsource = "website"\nenabled = true\n{rest}'
        for slug, rest in (("crm", crm), ("mail", 'function = "fetching"\n'), ("store", 'function = "plain"\n'))
    )
    (folder / "workspace.toml").write_text(
        f'[workspace]\nslug = "acme"\n[[sources]]\nslug = "website"\nwrite_key = "{WRITE_KEY}"\n'
        f'[journal]\nkeep = 5000000\n[clock]\nmode = "fast:1000"\n'
        f'[app]\nname = "Acme"\n[app.components.webhook]\nendpoint = "{moody}/segment"\n{apart}{connected}'
    )


async def _maximum(sandbox: Up, load: _Load) -> float:
    """Return how many messages a second go in and out to all destinations."""
    began = time.monotonic()
    sent = load.acknowledged

    async def client() -> None:
        while time.monotonic() - began < PROBE_S:
            await _send(sandbox, load)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    await _settle(sandbox)
    return (load.acknowledged - sent) / (time.monotonic() - began)


async def _send_evenly(
    sandbox: Up, load: _Load, per_s: float, seconds: float, *, forget: tuple[Partner, ...]
) -> None:
    """Send so many messages a second; what the services received is not kept."""
    began, due = time.monotonic(), 0.0
    async with asyncio.TaskGroup() as under_way:
        while (now := time.monotonic() - began) < seconds:
            while due <= now:
                under_way.create_task(_send(sandbox, load))
                due += BATCH / per_s
            for service in forget:
                service.received.clear()
            await asyncio.sleep(max(0.0, due - now))


async def _send(sandbox: Up, load: _Load) -> None:
    """Send one batch."""
    calls = [
        {"type": "track", "userId": "user-1", "event": "Load", "messageId": f"m-{next(_IDS)}"} for _ in range(BATCH)
    ]
    answer = await sandbox.call("/v1/batch", {"batch": calls}, WRITE_KEY)
    assert answer.status == 200, await answer.text()
    load.acknowledged += BATCH


async def _look(pid: int, load: _Load) -> None:
    while True:
        load.memory.append(resident_mib(pid))
        await asyncio.sleep(LOOKS_EVERY_S)


async def _settle(sandbox: Up) -> None:
    """Wait until nothing is pending and nothing awaits a retry."""
    await _until(lambda: _is_over(sandbox))


async def _is_over(sandbox: Up) -> bool:
    return not (await sandbox.get("/health"))["pending"]


async def _until(reached: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(TAIL_S):
        while not await reached():  # noqa: ASYNC110 - from outside, one can only ask
            await asyncio.sleep(0.05)


def _judge(folder: Path, load: _Load, seconds: float, maximum: float) -> Endured:
    """Count in the journal's own file what became of what was acknowledged."""
    file = next(folder.rglob(FILE_NAME))
    with sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True) as database:
        accepted = database.execute("SELECT count(*) FROM messages WHERE state = 'accepted'").fetchone()[0]
        rows = database.execute("SELECT destination, state, count(*) FROM deliveries GROUP BY 1, 2").fetchall()
        attempts = database.execute("SELECT count(*) FROM attempts").fetchone()[0]
    database.close()
    memory = load.memory
    quarter = max(1, len(memory) // 4)
    first, last = statistics.median(memory[quarter : 2 * quarter] or memory), statistics.median(memory[-quarter:])
    states: Counter[str] = Counter()
    for _, state, number in rows:
        states[state] += number
    return Endured(
        seconds=seconds,
        maximum_per_s=maximum,
        acknowledged=load.acknowledged,
        deliveries=sum(states.values()),
        attempts=attempts,
        first_mib=first,
        last_mib=last,
        states=dict(states),
        problems=tuple(
            problems(load.acknowledged, accepted, rows, last / first if seconds >= GROWTH_SEEN_AFTER_S else 1)
        ),
    )


def problems(acknowledged: int, accepted: int, rows: list[tuple[str, str, int]], growth: float) -> list[str]:
    """Say what does not add up.

    Args:
        acknowledged: messages with a 200.
        accepted: messages in the journal.
        rows: destination, state, number of deliveries.
        growth: of the memory.
    """
    found = [] if accepted == acknowledged else [f"{acknowledged} messages were acknowledged, {accepted} are there"]
    for destination in DESTINATIONS:
        total = sum(number for slug, _, number in rows if slug == destination)
        if total != acknowledged:
            found.append(f"{destination} has {total} deliveries for {acknowledged} messages")
    open_states = {DeliveryState.PENDING, DeliveryState.AWAITING_RETRY}
    found += [f"{number} deliveries to {slug} are {state}" for slug, state, number in rows if state in open_states]
    found += [f"the state {state} is none" for _, state, _ in rows if state not in set(DeliveryState)]
    if growth > GROWTH_MAX:
        found.append(f"the memory has grown to {growth:.2f} times what it was")
    return found
