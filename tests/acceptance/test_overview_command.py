"""`segment-sandbox overview` against the real command."""

import json
from pathlib import Path

from sandbox.workspace import WRITE_KEY
from tests.acceptance.command import run, up

TRACK = {"userId": "user-1", "event": "Signed Up"}


async def test_the_overview_is_the_api_s_with_filters_and_mistakes_told(tmp_path: Path) -> None:
    """As it is with `--json`; a wrong filter is a sentence and exit code 2, one that fits nothing is none."""
    async with up(tmp_path) as running:
        for call in (TRACK, {**TRACK, "event": "Left", "integrations": {"All": False}}):
            await running.call("/v1/track", call, WRITE_KEY)
        await running.settled()
        overview = ("overview", "--url", running.url)
        filters = ("--destination", "webhook", "--source", "website", "--event", "Left", "--since", "2h")
        shown = json.loads((await run(*overview, *filters, "--json", cwd=tmp_path)).stdout)
        answered = await running.get("/overview?destination=webhook&source=website&event=Left&since=2h")
        assert [each["total"] for each in shown["steps"]] == [each["total"] for each in answered["steps"]]
        assert shown["steps"][4]["reasons"] == answered["steps"][4]["reasons"] != []
        nothing = await run(*overview, "--event", "Never & ?", cwd=tmp_path)
        assert (nothing.code, nothing.stderr) == (0, "")
        assert "successfully received    0\n" in nothing.stdout
        assert "P95" not in nothing.stdout
        wrong = await run(*overview, "--since", "9h", cwd=tmp_path)
        assert (wrong.code, wrong.stdout) == (2, "")
        assert wrong.stderr.startswith("since=9h is wrong: more than nothing and at most 4h is expected")


async def test_without_a_sandbox_the_overview_says_so(tmp_path: Path) -> None:
    """And how to start one."""
    ended = await run("overview", "--url", "http://127.0.0.1:9", cwd=tmp_path)
    assert (ended.code, ended.stdout) == (2, "")
    assert "No sandbox answers at http://127.0.0.1:9" in ended.stderr
    assert "segment-sandbox up" in ended.stderr
