"""Half of what the sandbox can take, for a while, with a partner that fails."""

from pathlib import Path

import pytest

from benchmarks import endurance

WELL = [(slug, "delivered", 10) for slug in endurance.DESTINATIONS]


async def test_counts_add_up_under_load(tmp_path: Path) -> None:
    """Every acknowledged message has a delivery for each destination, and each of them has ended."""
    endured = await endurance.endure(tmp_path, seconds=10)
    assert endured.problems == ()
    assert endured.acknowledged > 100
    assert endured.deliveries == 3 * endured.acknowledged
    assert endured.attempts > endured.deliveries
    assert {"delivered", "discarded"} <= endured.states.keys()


@pytest.mark.parametrize(
    ("accepted", "rows", "growth", "expected"),
    [
        pytest.param(10, WELL, 1.0, None, id="all well"),
        pytest.param(9, WELL, 1.0, "10 messages were acknowledged, 9 are there", id="a message lost"),
        pytest.param(10, WELL[1:], 1.0, "crm has 0 deliveries for 10 messages", id="deliveries missing"),
        pytest.param(
            10, [*WELL[1:], ("crm", "pending", 10)], 1.0, "10 deliveries to crm are pending", id="never tried"
        ),
        pytest.param(10, [*WELL[1:], ("crm", "lost", 10)], 1.0, "the state lost is none", id="an unknown state"),
        pytest.param(10, WELL, 1.5, "grown to 1.50 times", id="memory"),
    ],
)
def test_what_does_not_add_up_is_noticed(
    accepted: int, rows: list[tuple[str, str, int]], growth: float, expected: str | None
) -> None:
    """The judge sees each kind."""
    found = " ".join(endurance.problems(10, accepted, rows, growth))
    assert found == "" if expected is None else expected in found
