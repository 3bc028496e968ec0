"""How soon a wait answers after the commit, and a thousand sends and waits from eight clients."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.processes import sandbox
from benchmarks.rows import Row
from sandbox.testkit import Sandbox

CLIENTS: Final = 8
ROUNDS: Final = 1_000
QUICK_ROUNDS: Final = 200
ALONE: Final = 200
TARGET_MS: Final = 10.0
WAIT_S: Final = 60.0
"""Far longer than a wait may take; a wait that ends by it is counted as a flake."""


def waits(*, quick: bool) -> list[Row]:
    """Wait beside a sandbox with the embedded workspace."""
    with TemporaryDirectory(prefix="segment-sandbox-") as folder, sandbox(Path(folder), "--no-reload") as server:
        kit = Sandbox(server.url("").rstrip("/"))
        return [_after_commit(kit), _many(kit, QUICK_ROUNDS if quick else ROUNDS)]


def _after_commit(kit: Sandbox) -> Row:
    took = [_wait_ms(kit, number) for number in range(ALONE)]
    return Row(
        "wait after the commit",
        f"{median(took):.1f} ms",
        "-",
        None,
        f"<= {TARGET_MS:g} ms",
        median(took) <= TARGET_MS,
        note=f"from {min(took):.1f} to {max(took):.1f} ms, between the answer to send and that to wait",
    )


def _wait_ms(kit: Sandbox, number: int) -> float:
    """Return the time between the answer to a send and that to a wait that was there before, 0 if it came first."""
    ended: list[float] = []
    after = kit.seq

    def wait() -> None:
        kit.wait_for(user=f"alone-{number}", after=after, timeout=WAIT_S)
        ended.append(time.perf_counter())

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.02)  # so that the wait is there
    kit.send(_order(f"alone-{number}", number))
    sent = time.perf_counter()
    waiting.join()
    return max(0.0, ended[0] - sent) * 1000


def _many(kit: Sandbox, rounds: int) -> Row:
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        flakes = sum(clients.map(lambda number: _flaked(kit, number), range(rounds)))
    took = time.perf_counter() - begun
    return Row(
        f"{rounds:,} sends and waits, {CLIENTS} clients",
        f"{flakes} flakes",
        "-",
        None,
        "0 flakes",
        flakes == 0,
        note=f"{rounds / took:.0f} a second, each a send, a wait for the message and one for its delivery",
    )


def _flaked(kit: Sandbox, number: int) -> bool:
    """Send, wait for the message and its delivery, and say whether either did not come or is another's."""
    user = f"many-{number}"
    try:
        sent = kit.send(_order(user, number))
        path: dict[str, Any] = {"properties.number": number}
        message = kit.wait_for(user=user, after=sent - 1, timeout=WAIT_S, **path)
        delivery = kit.wait_for("delivery", user=user, destination="webhook", after=sent, timeout=WAIT_S)
    except AssertionError:
        return True
    return (message["seq"], delivery["message_seq"]) != (sent, sent)


def _order(user: str, number: int) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": "Order Completed", "properties": {"number": number}}
