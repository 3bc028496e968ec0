"""What a killed process leaves behind, and what the next one makes of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import crash

SEQ = 7
MESSAGE: dict[str, Any] = {"seq": SEQ, "state": "accepted", "message": {"messageId": "m"}}
DELIVERY: dict[str, Any] = {
    "seq": 8,
    "message_seq": SEQ,
    "destination": "crm",
    "state": "delivered",
    "detail": None,
    "attempts": 1,
}


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    """Ten kills under load: every message of a 200 is there, delivered, and repeated only for a reason."""
    verdict = await crash.crash(tmp_path, kills=10, seconds=20)
    assert verdict.problems == ()
    assert verdict.kills >= 3
    assert verdict.acknowledged > 100
    assert verdict.cut_off > 0
    assert verdict.tried_again > 0
    assert verdict.deliveries == 2 * (verdict.messages - verdict.duplicates)


def _lost(**changed: Any) -> Iterator[str]:
    return crash._lost(crash.Ledger({"m": SEQ}), {SEQ: {**MESSAGE, **changed}})


def _undelivered(arrived: int = 1, cuts: int = 0, again: int = 0, **changed: Any) -> Iterator[str]:
    received, tries = Counter({("crm", "m"): arrived}), crash.Tries(Counter({8: cuts}), Counter({8: again}))
    return crash._undelivered({SEQ: MESSAGE}, [{**DELIVERY, **changed}], received, tries)


def _states(births: int, *messages: dict[str, Any]) -> Iterator[str]:
    return crash._states({each["seq"]: each for each in messages}, [DELIVERY] * births)


@pytest.mark.parametrize(
    ("judge", "expected"),
    [
        pytest.param(_lost, None, id="acknowledged and there"),
        pytest.param(lambda: _lost(message={"messageId": "n"}), "acknowledged as 7", id="another message there"),
        pytest.param(lambda: crash._lost(crash.Ledger({"m": SEQ}), {}), "acknowledged as 7", id="lost"),
        pytest.param(_undelivered, None, id="delivered once"),
        pytest.param(lambda: _undelivered(arrived=2, cuts=1, attempts=2), None, id="cut off and again"),
        pytest.param(lambda: _undelivered(arrived=2, again=1, attempts=2), None, id="failed and again"),
        pytest.param(lambda: _undelivered(arrived=1, again=1, attempts=2), "arrived 1", id="a retry that never came"),
        pytest.param(lambda: _undelivered(arrived=2), "arrived 2 times", id="twice without reason"),
        pytest.param(lambda: _undelivered(arrived=0), "arrived 0 times", id="never arrived"),
        pytest.param(lambda: _undelivered(state="pending"), "is pending", id="never taken up again"),
        pytest.param(lambda: _undelivered(attempts=2), "2 attempts", id="an attempt too many"),
        pytest.param(lambda: _states(2, MESSAGE), None, id="a message and its deliveries"),
        pytest.param(lambda: _states(1, MESSAGE), "has 1 deliveries", id="a delivery missing"),
        pytest.param(lambda: _states(2, MESSAGE, {**MESSAGE, "seq": 9}), "accepted 2 times", id="accepted twice"),
    ],
)
def test_a_broken_promise_is_noticed(judge: Callable[[], Iterator[str]], expected: str | None) -> None:
    """The judge of the crash test sees each kind of loss and repetition."""
    problems = " ".join(judge())
    assert problems == "" if expected is None else expected in problems
