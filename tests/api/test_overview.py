"""The delivery overview of the API."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import Rate
from tests.conftest import Running, running


async def totals(running: Running, query: str = "") -> dict[str, int]:
    """Return what each step counts, those alone that count anything."""
    answer = await running.get(f"/overview{query}")
    return {each["step"]: each["total"] for each in answer["steps"] if each["total"]}


@pytest.mark.parametrize(
    ("query", "counted"),
    [
        pytest.param(
            "", {"successfully_received": 3, "filtered_at_destination": 2, "successful_delivery": 4}, id="all"
        ),
        pytest.param(
            "?destination=webhook",
            {"successfully_received": 3, "filtered_at_destination": 1, "successful_delivery": 2},
            id="destination",
        ),
        pytest.param("?event=Left", {"successfully_received": 1, "successful_delivery": 2}, id="event"),
        pytest.param("?source=elsewhere", {}, id="source"),
    ],
)
async def test_the_overview_counts_by_step(embedded: Running, query: str, counted: dict[str, int]) -> None:
    """Each message once at the door, each delivery once at the step where it stands."""
    items: list[dict[str, Any]] = [
        {"type": "track", "event": "Came", "userId": "u"},
        {"type": "track", "event": "Left", "userId": "u"},
        {"type": "track", "event": "Off", "userId": "u", "integrations": {"All": False}},
    ]
    await embedded.call("/v1/batch", {"batch": items})
    await embedded.settled()
    assert await totals(embedded, query) == counted


async def test_the_overview_tells_reasons_minutes_and_attempts(embedded: Running) -> None:
    """Why, when, at which try, and how long it took."""
    await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.call("/v1/track", {"userId": "u", "event": "e", "integrations": {"All": False}})
    await embedded.settled()
    answer = await embedded.get("/overview")
    steps = {each["step"]: each for each in answer["steps"]}
    assert steps["filtered_at_destination"]["reasons"] == [{"reason": "FILTERED_BY_INTEGRATIONS_OBJECT", "count": 2}]
    assert sum(each["count"] for each in steps["successful_delivery"]["series"]) == 2
    assert answer["attempts"] == [{"number": 1, "count": 2}]
    assert answer["p95_ms"] >= 0


async def test_the_overview_goes_by_the_sandbox_s_clock(embedded: Running) -> None:
    """What came before the clock was advanced is as old as the clock says."""
    await embedded.call("/v1/track", {"userId": "u", "event": "Old"})
    await embedded.settled()
    async with embedded.client.post(embedded.url + "/_sandbox/clock", json={"advance": "2h"}) as answer:
        assert answer.status == 200
    await embedded.call("/v1/track", {"userId": "u", "event": "New"})
    await embedded.settled()
    assert await totals(embedded) == {"successfully_received": 1, "successful_delivery": 2}
    assert await totals(embedded, "?since=4h") == {"successfully_received": 2, "successful_delivery": 4}


async def test_the_overview_of_a_clock_that_stands_still_counts_all(tmp_path: Path) -> None:
    """Messages that have no delivery too, of which it knows nothing but when they came."""
    async with running(tmp_path, clock=Rate(0)) as sandbox:
        await sandbox.call("/v1/track", {"event": "Nobody's"})
        await sandbox.call("/v1/track", {"userId": "u", "event": "Late"})
        await sandbox.settled()
        counted = {"successfully_received": 1, "failed_on_ingest": 1, "successful_delivery": 2}
        assert await totals(sandbox) == counted
        async with sandbox.client.post(f"{sandbox.url}/_sandbox/clock", json={"advance": "2h"}) as answer:
            assert answer.status == 200
        assert await totals(sandbox) == {}
        assert await totals(sandbox, "?since=4h") == counted


@pytest.mark.parametrize("since", ["0s", "5h", "soon"])
async def test_the_overview_takes_a_window_of_up_to_four_hours(embedded: Running, since: str) -> None:
    """Anything else is a mistake that is told."""
    async with embedded.client.get(embedded.url + f"/_sandbox/overview?since={since}") as answer:
        assert answer.status == 400
        assert f"since={since} is wrong" in await answer.text()
