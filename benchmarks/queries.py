"""How fast the newest of a long journal are found, rare ones too."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.calls import event_body
from benchmarks.rows import Row
from sandbox.journal.reader import Reader
from sandbox.journal.schema import FILE_NAME, open_for_writing

MESSAGES: Final = 1_000_000
QUICK_MESSAGES: Final = 50_000
PAGE: Final = 50
ROUNDS: Final = 20
TARGET_MS: Final = 20.0
RARE_EVERY: Final = 10_000
"""Of so many messages, one is of a rare type, event, source and user, and its delivery discarded."""

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


def newest(*, quick: bool) -> list[Row]:
    """Ask for the newest messages and deliveries, and compare with SQLite reading as many rows by their numbers."""
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
        " VALUES (?, ?, ?, ?, ?, 'accepted', 1000, 1000, ?)",
        _messages(count),
    )
    connection.executemany(
        "INSERT INTO deliveries (seq, message_seq, destination, state, created_at) VALUES (?, ?, ?, ?, 1000)",
        _deliveries(count),
    )
    connection.execute("COMMIT")
    connection.close()


def _messages(count: int) -> Iterator[tuple[Any, ...]]:
    body = event_body()
    for number in range(count):
        rare = number % RARE_EVERY == 0
        source, kind, event = ("rare", "alias", "Rare") if rare else ("website", "track", f"Event {number % 50}")
        yield 2 * number + 1, source, kind, event, "rare" if rare else f"user-{number % 5_000}", body


def _deliveries(count: int) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        state = "discarded" if number % RARE_EVERY == 0 else "delivered"
        yield 2 * number + 2, 2 * number + 1, "function" if number % 2 else "webhook", state


async def _measure(folder: Path) -> list[Row]:
    reader, plain_ms = Reader(folder), _plain(folder)
    try:
        asked = [("messages", reader.messages, each) for each in _OF_MESSAGES]
        asked += [("deliveries", reader.deliveries, each) for each in _OF_DELIVERIES]
        return [_row(name, filters, await _took(query, filters), plain_ms) for name, query, filters in asked]
    finally:
        await reader.close()


async def _took(query: Callable[..., Any], filters: dict[str, str]) -> list[float]:
    """Return how long each round took, milliseconds."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await query(0, PAGE, filters, newest=True)
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


def _row(name: str, filters: dict[str, str], took: list[float], plain_ms: float) -> Row:
    return Row(
        " ".join([f"newest {name}", *filters.values()]),
        f"{median(took):.2f} ms",
        f"{plain_ms:.2f} ms, {PAGE} rows by number",
        median(took) / plain_ms,
        f"< {TARGET_MS:.0f} ms",
        median(took) < TARGET_MS,
        note=f"slowest {max(took):.2f} ms",
    )
