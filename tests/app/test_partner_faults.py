"""Faults towards the partner's service in a whole sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import Rate
from tests.conftest import Running, running, write_workspace
from tests.partner import Partner

FAULTS = """
[[faults]]
toward = "partner"
destination = "crm"
attempts = "1-3"
status = 503
probability = 0.5
seed = 7

[[faults]]
toward = "partner"
network = "reset"
probability = 0.1
"""
BOTH = """
[[destinations]]
slug = "crm"
component = "webhook"
source = "website"
enabled = true
concurrency = 1
settings = { apiKey = "local-api-key" }

[[destinations]]
slug = "fn"
component = "function"
source = "website"
enabled = true
concurrency = 1
settings = { apiKey = "local-api-key" }
"""
FETCHING = """
async function onTrack(event) {
  let response
  try {
    response = await fetch('%s/fn', { method: 'POST', body: event.messageId })
  } catch (error) {
    throw new RetryError(error.message)
  }
  if (response.status >= 500) throw new RetryError('status ' + response.status)
}
"""


async def story(folder: Path, partner: Partner) -> tuple[list[Any], list[str]]:
    """Send thirty events through a new sandbox; return what became of each delivery, and what arrived in order."""
    folder.mkdir()  # noqa: ASYNC240 - a test may wait for a disk
    write_workspace(folder, partner.url, destinations=BOTH + FAULTS)
    (folder / "function.js").write_text(FETCHING % partner.url)
    partner.received.clear()
    async with running(folder, clock=Rate(0)) as sandbox:
        batch = [{"type": "track", "userId": "u", "event": "E", "messageId": f"m-{n}"} for n in range(30)]
        await sandbox.call("/v1/batch", {"batch": batch})
        await sandbox.settled()
        async with sandbox.client.post(f"{sandbox.url}/_sandbox/clock", json={"advance": "4h"}) as response:
            assert (await response.json())["settled"]
        deliveries = [
            await _told(sandbox, each) for each in (await sandbox.get("/deliveries?limit=1000"))["deliveries"]
        ]
    arrived = [f"{each.target} {_message_id(each.body)}" for each in partner.received]
    return deliveries, arrived


async def _told(sandbox: Running, delivery: dict[str, Any]) -> list[Any]:
    shown = await sandbox.get(f"/deliveries/{delivery['seq']}")
    attempts = [
        [each["number"], each["outcome"], each["code"], [exchange.get("fault") for exchange in each["exchanges"]]]
        for each in shown["attempts"]
    ]
    return [delivery["destination"], delivery["state"], attempts]


def _message_id(body: bytes) -> str:
    return json.loads(body)["messageId"] if body.startswith(b"{") else body.decode()


async def test_two_runs_of_the_same_events_are_the_same(tmp_path: Path) -> None:
    """The same outcomes for each delivery, and with one attempt at a time the same order to each destination."""
    async with Partner() as partner:
        first, second = await story(tmp_path / "one", partner), await story(tmp_path / "two", partner)
    assert first[0] == second[0]
    for path in ("/ ", "/fn "):
        assert [each for each in first[1] if each.startswith(path)] == [
            each for each in second[1] if each.startswith(path)
        ]
    struck = [
        exchange for _, _, attempts in first[0] for *_, exchanges in attempts for exchange in exchanges if exchange
    ]
    assert set(struck) == {1, 2}
    assert {state for _, state, _ in first[0]} == {"delivered"}


@pytest.mark.parametrize(("status", "expected"), [(503, "awaiting_retry"), (401, "discarded")])
async def test_a_recipe_is_added_while_the_sandbox_runs(tmp_path: Path, status: int, expected: str) -> None:
    """And counts what it strikes."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            order = {"toward": "partner", "destination": "crm", "status": status}
            async with sandbox.client.post(f"{sandbox.url}/_sandbox/faults", json=order) as response:
                assert (await response.json())["recipe"] == order
            await sandbox.call("/v1/track", {"userId": "u", "event": "E"})
            await sandbox.settled()
            (delivery,) = (await sandbox.get("/deliveries"))["deliveries"]
            (fault,) = (await sandbox.get("/faults"))["faults"]
        assert partner.received == []
    assert (delivery["state"], delivery["reason"]) == (expected, str(status))
    assert (fault["seen"], fault["struck"]) == (1, 1)
