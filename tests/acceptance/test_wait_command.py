"""`segment-sandbox wait` against the real command."""

import json
from pathlib import Path

from sandbox.testkit import Sandbox
from tests.acceptance.command import run

ORDER = {"type": "track", "userId": "user-1", "event": "Order Completed", "properties": {"revenue": 12}}


async def test_wait_prints_what_came_and_exits_4_in_vain(segment_sandbox: Sandbox, tmp_path: Path) -> None:
    """One line for each; in vain, what came instead, as text or as JSON."""
    segment_sandbox.send(ORDER)
    wait = ("wait", "--url", segment_sandbox.url)
    event = (*wait, "--event", "Order Completed")
    found = await run(*event, "properties.revenue=12", "--timeout", "60s", cwd=tmp_path)
    assert (found.code, found.stdout) == (0, "track Order Completed  website  accepted [1]\n")
    delivery = ("--kind", "delivery", "--destination", "webhook", "--timeout", "60s", "--json")
    shown = json.loads((await run(*event, *delivery, cwd=tmp_path)).stdout)
    assert [each["state"] for each in shown["matches"]] == ["delivered"]
    vain = await run(*event, "properties.revenue=13", "--timeout", "1ms", cwd=tmp_path)
    assert (vain.code, vain.stdout) == (4, "")
    assert "The nearest is message 1: properties.revenue is 12, not 13." in vain.stderr
    told = await run(*event, "properties.revenue=13", "--timeout", "1ms", "--json", cwd=tmp_path)
    assert (told.code, json.loads(told.stdout)["diff"][0]["came"]) == (4, 12)
    by_path = await run(*wait, "type=track", "userId=user-1", cwd=tmp_path)
    assert (by_path.code, by_path.stdout) == (0, found.stdout)
    option = await run(*wait, "destination=webhook", cwd=tmp_path)
    assert (option.code, option.stderr) == (
        2,
        "destination is an option and no value of a message.\nWrite it as --destination webhook.\n",
    )
    wrong = await run(*wait, "revenue", cwd=tmp_path)
    assert (wrong.code, wrong.stderr) == (2, "revenue says no value.\nWrite it as properties.revenue=12.\n")
