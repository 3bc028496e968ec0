"""How long a scrape of `/metrics` takes beside a long journal, at rest and while events come in."""

import threading
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.processes import Server, sandbox
from benchmarks.queries import MESSAGES, QUICK_MESSAGES, fill
from benchmarks.rows import Row
from sandbox.workspace import WRITE_KEY

ROUNDS: Final = 100
TARGET_MS: Final = 50.0
REST_S: Final = 0.05
BATCH: Final = 50
BATCHES_A_SECOND: Final = 20
WAITING: Final = 20_000
"""Deliveries that wait for a destination that is held back."""


def scrapes(*, quick: bool) -> list[Row]:
    """Scrape a sandbox that took up a journal, over HTTP."""
    count = QUICK_MESSAGES if quick else MESSAGES
    with TemporaryDirectory(prefix="segment-sandbox-") as name:
        folder = Path(name)
        (folder / "journal").mkdir()
        fill(folder / "journal", count)
        with sandbox(folder, "--no-reload", "--journal", str(folder / "journal"), "--keep", str(2 * count)) as server:
            first = _scrape_ms(server)
            at_rest = _row(f"scrape beside {count:,} messages", _scrapes_ms(server), f"the first took {first:.0f} ms")
            return [at_rest, _under_load(server), _beside_a_queue(server)]


def _under_load(server: Server) -> Row:
    """Scrape while a thousand events come in every second."""
    done = threading.Event()
    sent = 0

    def send() -> None:
        nonlocal sent
        begun = time.perf_counter()
        while not done.is_set():
            _post_batch(server)
            sent += BATCH
            done.wait(max(0.0, begun + sent / (BATCH * BATCHES_A_SECOND) - time.perf_counter()))

    sender = threading.Thread(target=send)
    sender.start()
    begun = time.perf_counter()
    took, plain = [], []
    for _ in range(ROUNDS):
        took.append(_scrape_ms(server, rest_s=REST_S))
        plain.append(_scrape_ms(server, "/_sandbox/clock", rest_s=REST_S))
    rate = sent / (time.perf_counter() - begun)
    done.set()
    sender.join()
    return _row("scrape under load", took, f"{rate:.0f} events a second came in", plain)


def _beside_a_queue(server: Server) -> Row:
    server.post("/_sandbox/destinations/webhook/pause")
    for _ in range(WAITING // BATCH):
        _post_batch(server)
    return _row(f"scrape beside {WAITING:,} that wait", _scrapes_ms(server), "for a destination that is held back")


def _post_batch(server: Server) -> None:
    items = [{"type": "track", "userId": "u", "event": "Ping"}] * BATCH
    server.post("/v1/batch", {"batch": items, "writeKey": WRITE_KEY})


def _scrapes_ms(server: Server) -> list[float]:
    return [_scrape_ms(server) for _ in range(ROUNDS)]


def _scrape_ms(server: Server, path: str = "/metrics", rest_s: float = 0.0) -> float:
    """Return how long a scrape, or another answer, took, milliseconds."""
    begun = time.perf_counter()
    with urllib.request.urlopen(server.url(path)) as answer:
        answer.read()
    took = (time.perf_counter() - begun) * 1000
    time.sleep(rest_s)
    return took


def _row(name: str, took: list[float], note: str, plain: Sequence[float] = ()) -> Row:
    """Make a row; `plain` took the answer to the clock, which is read from memory alone."""
    return Row(
        name,
        f"{median(took):.1f} ms",
        f"{median(plain):.1f} ms, the clock" if plain else "-",
        median(took) / median(plain) if plain else None,
        f"< {TARGET_MS:.0f} ms",
        median(took) < TARGET_MS,
        note=f"slowest {max(took):.1f} ms; {note}",
    )
