"""Whatever the API is asked, it never fails inside: Schemathesis reads its description and tries."""

import asyncio
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from sandbox.api.described import ROUTES
from tests.conftest import Running

TRY_S: Final = 280
NEVER_ENDING: Final = "stream|wait"
"""What answers when something happens, which is tried below and elsewhere."""
SHOWN_CHARACTERS: Final = 3_000


@pytest.mark.timeout(2 * TRY_S)
async def test_no_call_makes_the_api_fail(embedded: Running) -> None:
    """The same calls in every run."""
    options = ("--checks", "not_a_server_error", "--max-examples", "15", "--seed", "1", "--workers", "1")
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{embedded.url}/_sandbox/openapi.json",
        *options,
        *("--exclude-path-regex", NEVER_ENDING, "--generation-database", "none", "--no-color"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(TRY_S):
            stdout, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    told = stdout.decode()
    assert process.returncode == 0, told[-SHOWN_CHARACTERS:]
    assert "No issues found" in told or " passed" in told, told[-SHOWN_CHARACTERS:]


NAMES = st.sampled_from([*(each.name for each in ROUTES["GET", "/wait"].query), "properties.a", "a.0", ".", "x"])
VALUES = st.one_of(
    st.sampled_from(["message", "delivery", "delivered", "accepted", "0", "1", "1e400", "[", "null", "-1", "9" * 30]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


async def test_no_wait_makes_the_api_fail(embedded: Running) -> None:
    """Whatever it is asked to wait for; the same hundred in every run."""
    await embedded.call("/v1/track", {"userId": "u", "event": "e", "properties": {"a": [1]}})
    asked: list[dict[str, str]] = []

    @seed(1)
    @settings(max_examples=100)
    @given(st.dictionaries(NAMES, VALUES, max_size=4))
    def collect(query: dict[str, str]) -> None:
        asked.append(query)

    collect()
    for query in asked:
        text = "&".join(f"{quote(name)}={quote(value)}" for name, value in {**query, "timeout": "0"}.items())
        async with embedded.client.get(f"{embedded.url}/_sandbox/wait?{text}") as response:
            assert response.status in {200, 400, 408}, text
            await response.json()
