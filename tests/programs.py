"""Programs that a test runs to their end."""

import asyncio
import os
from collections.abc import Mapping
from typing import Final

WAIT_S: Final = 60
"""How long a program may take, in seconds; an SDK with all its retries takes a while."""


async def output_of(*command: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a program, with no proxy on its way, and return what it printed; whatever is amiss fails the test."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "NO_PROXY": "*", **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WAIT_S):
            stdout, stderr = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, stderr.decode()
    return stdout.decode()
