"""Globals that Segment documents and the sandbox does not have."""

import pytest

from sandbox.runtime import Threw
from tests.runtime.conftest import Run


@pytest.mark.parametrize(
    "use",
    [
        pytest.param("google.cloud", id="read"),
        pytest.param("new azure.identity()", id="constructed"),
        pytest.param("jsftp('key')", id="called"),
        pytest.param("'x' in pg", id="asked"),
        pytest.param("(({ snowflakesdk }) => snowflakesdk.x)(window)", id="through window"),
    ],
)
async def test_what_the_sandbox_lacks_says_so(run: Run, use: str) -> None:
    """A global that Segment documents is never silently undefined."""
    ending = (await run(f"async function onTrack() {{ return {use} }}")).ending
    assert isinstance(ending, Threw)
    assert "is there at Segment and not in the sandbox" in ending.message
