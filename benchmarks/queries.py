"""How fast the newest of a long journal are found, rare ones too, and how fast it is counted what became of all."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.calls import event_body
from benchmarks.rows import Row
from sandbox.journal.overview import Window
from sandbox.journal.reader import Reader
from sandbox.journal.schema import FILE_NAME, open_for_writing
from sandbox.journal.slots import Slots

MESSAGES: Final = 1_000_000
QUICK_MESSAGES: Final = 50_000
PAGE: Final = 50
ROUNDS: Final = 20
TARGET_MS: Final = 20.0
COUNTED_MS: Final = 300.0
SPAN_MS: Final = 45 * 60_000
"""Within this time all of them came, evenly; the last half hour so begins amid them."""
RARE_EVERY: Final = 10_000
"""Of so many messages, one is of a rare type, event, source and user, and its delivery discarded."""
SLOW_EVERY: Final = 15
"""Of so many deliveries, one succeeds at its second try; that is more than the slowest five in a hundred."""

_OF_MESSAGES: Final[tuple[dict[str, str], ...]] = (
    {},
    {"type": "track"},
    {"type": "alias"},
    {"event": "Event 7"},
    {"event": "Rare"},
    {"source": "rare"},
    {"user": "user-7"},
    {"user": "rare"},
    {"user": "nobody"},
    {"user": "user-7", "type": "alias"},
)
_OF_DELIVERIES: Final[tuple[dict[str, str], ...]] = (
    {},
    {"destination": "webhook"},
    {"destination": "webhook", "state": "delivered"},
    {"destination": "webhook", "state": "discarded"},
    {"destination": "nowhere"},
    {"state": "delivered"},
    {"state": "discarded"},
    {"state": "stopped"},
)
_OVERVIEWS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("4h", {}),
    ("30m", {}),
    ("30m", {"destination": "webhook"}),
    ("30m", {"source": "website"}),
    ("30m", {"event": "Event 7"}),
    ("30m", {"event": "Rare"}),
)
_SINCE_MS: Final = {"4h": 4 * 3_600_000, "30m": 30 * 60_000}


def newest(*, quick: bool) -> list[Row]:
    """Ask for the newest messages and deliveries, and for counts; compare with SQLite reading rows by number."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, QUICK_MESSAGES if quick else MESSAGES)
        return asyncio.run(_measure(folder))


def fill(folder: Path, count: int) -> None:
    """Write a journal of so many messages, each with a delivery that is over."""
    connection = open_for_writing(folder)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO messages (seq, source, type, event, user_id, state, received_at, came_at, body)"
        " VALUES (?, ?, ?, ?, ?, 'accepted', 1000, ?, ?)",
        _messages(count),
    )
    connection.executemany(
        "INSERT INTO deliveries (seq, message_seq, destination, state, attempts, created_at, took_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        _deliveries(count),
    )
    slots = Slots(connection)
    slots.add_all()
    slots.write()
    connection.execute("COMMIT")
    connection.close()


def _messages(count: int) -> Iterator[tuple[Any, ...]]:
    body = event_body()
    for number in range(count):
        rare = number % RARE_EVERY == 0
        source, kind, event = ("rare", "alias", "Rare") if rare else ("website", "track", f"Event {number % 50}")
        user = "rare" if rare else f"user-{number % 5_000}"
        yield 2 * number + 1, source, kind, event, user, number * SPAN_MS // count, body


def _deliveries(count: int) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        state = "discarded" if number % RARE_EVERY == 0 else "delivered"
        attempts = 2 if number % SLOW_EVERY == 0 else 1
        took_ms = number % 300 + 300_000 * (attempts - 1)
        destination, came_at = "function" if number % 2 else "webhook", number * SPAN_MS // count
        yield 2 * number + 2, 2 * number + 1, destination, state, attempts, came_at, took_ms


async def _measure(folder: Path) -> list[Row]:
    reader, plain_ms = Reader(folder), _plain(folder)
    try:
        asked = [("messages", reader.messages, each) for each in _OF_MESSAGES]
        asked += [("deliveries", reader.deliveries, each) for each in _OF_DELIVERIES]
        newest = [
            _row(
                " ".join([f"newest {name}", *filters.values()]),
                await _took(partial(query, 0, PAGE, filters, newest=True)),
                plain_ms,
                TARGET_MS,
            )
            for name, query, filters in asked
        ]
        return [*newest, *[row async for row in _counted(reader, plain_ms)]]
    finally:
        await reader.close()


async def _counted(reader: Reader, plain_ms: float) -> AsyncIterator[Row]:
    """Measure what counts: the overview, the reasons, and what `GET /_sandbox/health` asks the journal for."""
    for since, filters in _OVERVIEWS:
        window = Window(SPAN_MS - _SINCE_MS[since], SPAN_MS, filters)
        took = await _took(partial(reader.overview, window))
        yield _row(" ".join([f"overview {since}", *filters.values()]), took, plain_ms, COUNTED_MS)
    yield _row("reasons", await _took(partial(reader.reasons, {})), plain_ms, TARGET_MS)


async def _took(query: Callable[[], Awaitable[Any]]) -> list[float]:
    """Return how long each round took, milliseconds."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await query()
        took.append((time.perf_counter() - began) * 1000)
    return took


def _plain(folder: Path) -> float:
    """Return how long SQLite takes to read as many rows by their numbers, milliseconds."""
    connection = sqlite3.connect(folder / FILE_NAME)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for number in range(PAGE):
            connection.execute("SELECT * FROM messages WHERE seq = ?", (2 * number + 1,)).fetchone()
        took.append((time.perf_counter() - began) * 1000)
    connection.close()
    return median(took)


def _row(name: str, took: list[float], plain_ms: float, target_ms: float) -> Row:
    return Row(
        name,
        f"{median(took):.2f} ms",
        f"{plain_ms:.2f} ms, {PAGE} rows by number",
        median(took) / plain_ms,
        f"< {target_ms:.0f} ms",
        median(took) < target_ms,
        note=f"slowest {max(took):.2f} ms",
    )
