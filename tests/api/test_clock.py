"""The clock over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import Rate
from tests.conftest import Running, running, write_workspace
from tests.partner import Answer, Partner


async def change(sandbox: Running, order: Any) -> tuple[int, dict[str, Any]]:
    """Ask for a change; return the status and the answer."""
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/clock", json=order) as response:
        return response.status, await response.json()


async def test_four_hours_of_retries_are_one_call(tmp_path: Path) -> None:
    """The answer comes when all ten attempts are made, and the partner has seen each of them."""
    async with Partner(otherwise=Answer(503)) as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path, clock=Rate(0)) as sandbox:
            await sandbox.call("/v1/track", {"userId": "u", "event": "Signed Up"})
            status, answer = await change(sandbox, {"advance": "4h"})
            (delivery,) = (await sandbox.get("/deliveries"))["deliveries"]
    assert (status, answer["settled"], answer["mode"]) == (200, True, "manual")
    assert answer["now"] > answer["real"]
    assert (delivery["state"], delivery["reason"], delivery["attempts"]) == ("discarded", "503", 10)
    assert len(partner.received) == 10


async def test_it_goes_on_as_told(embedded: Running) -> None:
    """Until told otherwise."""
    assert (await embedded.get("/clock"))["mode"] == "real"
    assert (await change(embedded, {"mode": "fast:1000"}))[1]["mode"] == "fast:1000"
    assert (await embedded.get("/clock"))["mode"] == "fast:1000"


@pytest.mark.parametrize(
    ("order", "words"),
    [
        pytest.param({"advance": "-4h"}, "advance is no duration", id="backwards"),
        pytest.param({"advance": 4}, "advance is no duration", id="a number"),
        pytest.param({"mode": "slow"}, "mode is no way for a clock to go", id="no mode"),
        pytest.param({"mode": 1, "to": "noon"}, "to is not known. mode is no way", id="all mistakes at once"),
        pytest.param({}, "no object that asks", id="nothing"),
        pytest.param([], "The body is no object.", id="a list"),
    ],
)
async def test_what_cannot_be_done_is_a_sentence(embedded: Running, order: Any, words: str) -> None:
    """And the clock stays as it is."""
    status, answer = await change(embedded, order)
    assert status == 400
    assert words in answer["error"]["message"]
    assert (await embedded.get("/clock"))["mode"] == "real"
