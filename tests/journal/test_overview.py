"""The overview's arithmetic, on times that are given."""

import pytest

from sandbox.clock import ManualClock
from sandbox.journal import Finished, Journal
from sandbox.journal.overview import STEPS, Window
from sandbox.outcomes import AttemptRecord, Delivered, DeliveryState, MessageState
from tests.journal.conftest import entry

LAST_MS = 3_600_000


def test_every_state_has_a_step() -> None:
    """One; but what is filtered at the source was received before."""
    counted = [state for name, states in STEPS.items() for state in states if name != "successfully_received"]
    assert sorted([*counted, MessageState.ACCEPTED]) == sorted([*MessageState, *DeliveryState])


@pytest.mark.parametrize(
    ("took_ms", "p95_ms"),
    [
        pytest.param([], None, id="none"),
        pytest.param([7], 7, id="one"),
        pytest.param(range(1, 21), 19, id="twenty"),
        pytest.param([*[5] * 94, *[900] * 6], 900, id="more than five in a hundred are slow"),
        pytest.param([*[5] * 95, *[900] * 5], 5, id="five in a hundred are slow"),
    ],
)
async def test_p95_is_what_all_but_the_slowest_kept_to(
    journal: Journal, took_ms: list[int], p95_ms: int | None
) -> None:
    """End to end, whatever the attempts took by the machine's clock."""
    await journal.accept([entry(f"m{number}", "crm") for number in range(len(took_ms))])
    for claim, took in zip((await journal.claim("crm", 100)).claims, took_ms, strict=True):
        record = AttemptRecord(Delivered(200))
        await journal.finish(Finished(claim, record, DeliveryState.DELIVERED, claim.created_ms + took, 12_345.0))
    assert (await journal.read.overview(Window(0, LAST_MS)))["p95_ms"] == p95_ms


async def test_a_window_begins_after_its_first_and_ends_with_its_last_moment(
    journal: Journal, machine: ManualClock
) -> None:
    """So that windows that follow one another count everything once."""
    for number in range(3):
        await journal.accept([entry(f"m{number}", "crm", received_at_ms=machine.now_ms())])
        machine.advance(60)
    answer = await journal.read.overview(Window(1_000, 121_000))
    steps = {each["step"]: each for each in answer["steps"]}
    assert steps["successfully_received"]["total"] == steps["pending"]["total"] == 2
    assert [each["time"] for each in steps["pending"]["series"]] == [
        "1970-01-01T00:01:00.000Z",
        "1970-01-01T00:02:00.000Z",
    ]
