"""The real command as a process: started, waited for, talked to, and ended whatever happens."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.conftest import basic

ROOT: Final = Path(__file__).resolve().parents[2]
WAIT_S: Final = 60
"""How long anything that is bound to happen may take before the test counts as failed, in seconds."""

ENDED: Final = frozenset({"delivered", "discarded", "filtered", "stopped"})
"""States of a delivery after which nothing more becomes of it."""

_ADDRESS: Final = re.compile(r"^segment-sandbox {2}(http://\S+) {2}workspace ")
_STREAM_LINE_BYTES: Final = 1024 * 1024


def command() -> list[str]:
    """Return the installed command, or the module where it is not installed."""
    installed = Path(sys.executable).with_name("segment-sandbox")
    return [str(installed)] if installed.is_file() else [sys.executable, "-m", "sandbox"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended by itself: its exit code and what it printed."""

    code: int
    stdout: str
    stderr: str


async def run(*arguments: str, cwd: Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Ended:
    """Run a command to its end."""
    process = await _start(arguments, cwd, environment, stdin=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(WAIT_S):
            stdout, stderr = await process.communicate(stdin)
    finally:
        await _kill(process)
    return Ended(_code(process), stdout.decode(), stderr.decode())


@dataclass(slots=True)
class Output:
    """What a process prints, line by line as it comes; reading never stops, so that no pipe fills up."""

    lines: list[str] = field(default_factory=list)
    ended: bool = False
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def text(self) -> str:
        """All of it so far."""
        return "".join(self.lines)

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Take lines until the process closes its end."""
        while line := await stream.readline():
            await self._add(line.decode())
        async with self._more:
            self.ended = True
            self._more.notify_all()

    async def line(self, matches: Callable[[str], Any]) -> str | None:
        """Wait for the first line that matches; None when the output ends without one."""
        async with asyncio.timeout(WAIT_S), self._more:
            while True:
                found = next((line for line in self.lines if matches(line)), None)
                if found is not None or self.ended:
                    return found
                await self._more.wait()

    async def _add(self, line: str) -> None:
        async with self._more:
            self.lines.append(line)
            self._more.notify_all()


@dataclass(frozen=True, slots=True)
class Started:
    """A process that runs, and what it prints."""

    process: asyncio.subprocess.Process
    out: Output
    err: Output

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    async def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code, negative for a signal that killed it."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(WAIT_S):
            return await self.process.wait()


@asynccontextmanager
async def started(*arguments: str, cwd: Path, environment: Mapping[str, str] | None = None) -> AsyncIterator[Started]:
    """Start a command that goes on; it is killed at the end unless it has ended."""
    process = await _start(arguments, cwd, environment, stdin=asyncio.subprocess.DEVNULL)
    out, err = Output(), Output()
    readers = [
        asyncio.create_task(output.read(stream))
        for output, stream in ((out, process.stdout), (err, process.stderr))
        if stream is not None
    ]
    try:
        yield Started(process, out, err)
    finally:
        await _kill(process)
        await asyncio.gather(*readers)


@dataclass(frozen=True, slots=True)
class Up:
    """A sandbox that runs as a process of its own, and a client to talk to it."""

    command: Started
    client: aiohttp.ClientSession
    url: str

    async def call(self, path: str, body: Any, key: str) -> aiohttp.ClientResponse:
        """Post a call as an SDK would; the answer is read."""
        response = await self.client.post(self.url + path, json=body, headers={"Authorization": basic(key)})
        await response.read()
        return response

    async def get(self, path: str) -> Any:
        """Return the JSON answer of the sandbox's own API."""
        return json.loads(await self.raw(path))

    async def raw(self, path: str) -> bytes:
        """Return the answer of the sandbox's own API as it came."""
        async with self.client.get(f"{self.url}/_sandbox{path}") as response:
            assert response.status == 200, await response.text()
            return await response.read()

    async def all(self, name: str) -> list[dict[str, Any]]:
        """Return every item of a list: `messages`, `deliveries`, `changes` or `refused`."""
        items: list[dict[str, Any]] = []
        after = 0
        while page := (await self.get(f"/{name}?limit=1000&after={after}"))[name]:
            items += page
            after = page[-1]["seq"]
        return items

    async def changes(self, after: int) -> AsyncIterator[dict[str, Any]]:
        """Follow the changes as they come."""
        timeout = aiohttp.ClientTimeout(total=None)
        url = f"{self.url}/_sandbox/stream?after={after}"
        async with self.client.get(url, timeout=timeout, read_bufsize=_STREAM_LINE_BYTES) as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    async def settled(self) -> None:
        """Wait until nothing is pending any more."""
        async with asyncio.timeout(WAIT_S):
            health = await self.get("/health")
            while health["pending"]:
                await self._ended(health["seq"], health["pending"])
                health = await self.get("/health")

    async def _ended(self, after: int, count: int) -> None:
        """Wait until so many deliveries have ended after a sequence number."""
        async for change in self.changes(after):
            count -= change["kind"] == "delivery" and change["state"] in ENDED
            if count <= 0:
                return


@asynccontextmanager
async def up(folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Up]:
    """Run `segment-sandbox up` in a folder on a free port, once it answers; it is killed at the end."""
    arguments = ("up", "--port", "0", "--offline", *options)
    async with started(*arguments, cwd=folder, environment=environment) as process:
        line = await process.out.line(_ADDRESS.match)
        address = _ADDRESS.match(line or "")
        if address is None:
            raise AssertionError(f"the sandbox did not start: {process.out.text}{process.err.text}")
        async with aiohttp.ClientSession() as client:
            running = Up(process, client, address[1])
            assert (await running.get("/health"))["status"] == "ok"
            yield running


async def _start(
    arguments: tuple[str, ...], cwd: Path, environment: Mapping[str, str] | None, *, stdin: int
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command(),
        *arguments,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), **(environment or {})},
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_STREAM_LINE_BYTES,
    )


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill this process if it still runs."""
    if process.returncode is None:
        process.kill()
        await process.wait()


def _code(process: asyncio.subprocess.Process) -> int:
    assert process.returncode is not None
    return process.returncode
