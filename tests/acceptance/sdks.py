"""Segment's own SDKs for servers, each as a process that sends what it is told to."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.needs import node, npm_package

HERE: Final = Path(__file__).parent
WAIT_S: Final = 50
"""How long an SDK may take with all its retries, in seconds."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """An SDK: its name in `context.library`, the program that sends with it, and what makes it trust an authority."""

    library: str
    program: str
    trust: str

    async def send(
        self, host: str, write_key: str, *rounds: list[str], environment: Mapping[str, str] | None = None, **more: Any
    ) -> list[str]:
        """Track events, each round flushed before the next; return what the SDK complained of."""
        order = {"host": host, "writeKey": write_key, "rounds": rounds, "maxRetries": 3, **more}
        process = await asyncio.create_subprocess_exec(
            *self._command(),
            json.dumps(order),
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
        errors: list[str] = json.loads(stdout)
        return errors

    def _command(self) -> list[str]:
        program = str(HERE / self.program)
        if program.endswith(".py"):
            return [sys.executable, program]
        npm_package("@segment/analytics-node")
        return [str(node()), program]


PYTHON: Final = Sdk("analytics-python", "sdk_python.py", "REQUESTS_CA_BUNDLE")
NODE: Final = Sdk("@segment/analytics-node", "sdk_node.mjs", "NODE_EXTRA_CA_CERTS")
SDKS: Final = [pytest.param(PYTHON, id="python"), pytest.param(NODE, id="node")]
