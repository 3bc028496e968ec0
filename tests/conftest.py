"""A whole sandbox in the loop of the tests, a partner's service, and ways to talk to both."""

import asyncio
import base64
import io
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, settings

from sandbox.app import Options, Sandbox, serve
from sandbox.journal import Journal
from sandbox.workspace import WRITE_KEY

settings.register_profile(
    "no time limits",
    deadline=None,  # the machine may be busy
    database=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("no time limits")

STEP_S = 60
"""How long a test waits at most for something that is bound to happen."""


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that runs in this process, and a client that talks to it over HTTP."""

    sandbox: Sandbox
    journal: Journal
    client: aiohttp.ClientSession

    @property
    def url(self) -> str:
        """The sandbox's address."""
        return self.sandbox.url

    async def call(self, path: str, body: Any, key: str = WRITE_KEY, **options: Any) -> aiohttp.ClientResponse:
        """Post a call as an SDK would; the body is read, so that the answer can be looked at in peace."""
        headers = {"Authorization": basic(key), **options.pop("headers", {})}
        sent = (
            {"data": io.BytesIO(body)}
            if isinstance(body, bytes)
            else {"data": body}
            if isinstance(body, str)
            else {"json": body}
        )
        response = await self.client.post(self.url + path, headers=headers, **sent, **options)
        await response.read()
        return response

    async def get(self, path: str) -> Any:
        """Return the JSON answer of the sandbox's own API."""
        async with self.client.get(f"{self.url}/_sandbox{path}") as response:
            return await response.json()

    async def messages(self) -> list[dict[str, Any]]:
        """Return every message."""
        found: list[dict[str, Any]] = (await self.get("/messages?limit=1000"))["messages"]
        return found

    async def change(self, matches: Callable[[dict[str, Any]], bool], after: int = 0) -> dict[str, Any]:
        """Wait for the first change that matches."""
        async with asyncio.timeout(STEP_S):
            while True:
                changes = await self.journal.read.changes(after, 1_000)
                for change in changes:
                    if matches(change):
                        return change
                after = changes[-1]["seq"] if changes else after
                await self.journal.beyond(after)

    async def settled(self) -> None:
        """Wait until nothing is due and nothing under way; what awaits a retry may do so."""
        async with asyncio.timeout(STEP_S):
            await self.sandbox.settle()


def basic(key: str) -> str:
    """Return the Basic authorisation of a write key, as the documents describe it."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


@asynccontextmanager
async def running(folder: Path, **options: Any) -> AsyncIterator[Running]:
    """Run a sandbox for the workspace in a folder, on a free port, offline."""
    ready: asyncio.Future[tuple[Sandbox, Journal]] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def on_ready(sandbox: Sandbox, journal: Journal) -> None:
        ready.set_result((sandbox, journal))

    chosen = Options(**{"folder": folder, "port": 0, "offline": True, "reload": False, **options})
    task = asyncio.create_task(serve(chosen, on_ready, stop))
    started: list[asyncio.Future[Any]] = [task, ready]
    await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        await task
    sandbox, journal = ready.result()
    try:
        async with aiohttp.ClientSession() as client:
            yield Running(sandbox, journal, client)
    finally:
        stop.set()
        await task


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Running]:
    """A sandbox with the embedded workspace."""
    async with running(tmp_path) as started:
        yield started


def write_workspace(folder: Path, endpoint: str, *, destinations: str = "", top: str = "") -> Path:
    """Write a workspace with a source `website`, an App with function and webhook, and these destinations."""
    (folder / "function.js").write_text("async function onTrack(event) { return event.event }\n")
    file = folder / "workspace.toml"
    file.write_text(f"""
[workspace]
slug = "acme"
{top}

[[sources]]
slug = "website"
write_key = "{WRITE_KEY}"

[app]
name = "Acme CRM"

[app.components.webhook]
endpoint = "{endpoint}"

[app.components.function]
code = "function.js"

{destinations or destination("crm", "webhook")}
""")
    return file


def destination(slug: str, component: str, *, enabled: bool = True, source: str = "website") -> str:
    """Write one destination of a workspace file."""
    return f"""
[[destinations]]
slug = "{slug}"
component = "{component}"
source = "{source}"
enabled = {"true" if enabled else "false"}
settings = {{ apiKey = "local-api-key" }}
"""
