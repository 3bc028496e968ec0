"""The processes that are measured: started, waited for, looked at and ended."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.calls import WRITE_KEY

ROOT: Final = Path(__file__).resolve().parent.parent
START_S: Final = 30.0
"""How long anything may take to start or to stop before the run counts as broken, seconds."""

LOOK_S: Final = 0.002
"""How often to try whether a process listens, seconds."""

DESTINATION: Final = "crm"
FUNCTION_FILE: Final = "function.js"


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens on a port of the loopback."""

    pid: int
    port: int

    def get(self, path: str) -> Any:
        """Return the JSON that a path answers."""
        return self._ask(urllib.request.Request(self.url(path)))

    def post(self, path: str, body: object = None) -> Any:
        """Post JSON and return the JSON of the answer."""
        data = b"" if body is None else json.dumps(body).encode()
        return self._ask(urllib.request.Request(self.url(path), data=data, method="POST"))

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    @staticmethod
    def _ask(request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=START_S) as response:
            return json.loads(response.read())


def command() -> list[str]:
    """Return the installed command, or the module where it is not installed."""
    installed = Path(sys.executable).with_name("segment-sandbox")
    return [str(installed)] if installed.is_file() else [sys.executable, "-m", "sandbox"]


@contextmanager
def sandbox(folder: Path, *flags: str) -> Iterator[Server]:
    """Run `up` for the workspace in a folder; it answers."""
    port = free_port()
    with _running([*command(), "up", "--offline", "--port", str(port), *flags], folder) as process:
        _wait_for_answer(process, port, "/_sandbox/health")
        yield Server(process.pid, port)


@contextmanager
def helper(module: str, *arguments: str) -> Iterator[Server]:
    """Run one of the benchmarks' own servers; it answers."""
    port = free_port()
    with _running([sys.executable, "-m", f"benchmarks.{module}", str(port), *arguments], ROOT) as process:
        _wait_for_answer(process, port, "/")
        yield Server(process.pid, port)


@contextmanager
def _running(arguments: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(arguments, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(START_S)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Wait until a path answers 200.

    The request is sent as soon as a connection is taken, so that nothing is asked over and over.
    """
    with _connected(process, port) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200"), answer


def _connected(process: subprocess.Popen[bytes], port: int) -> socket.socket:
    deadline = time.perf_counter() + START_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=START_S)
        except ConnectionRefusedError:
            assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
            assert time.perf_counter() < deadline, f"nothing listens on port {port}"
            time.sleep(LOOK_S)


def resident_mib(pid: int) -> float:
    """Return the memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def write_workspace(folder: Path, *, component: str = "webhook", endpoint: str = "http://127.0.0.1:9/") -> None:
    """Write a workspace with one source, connected to one destination, a webhook or a function."""
    (folder / FUNCTION_FILE).write_text("async function onTrack(event) { return event.event }\n")
    content = f'endpoint = "{endpoint}"' if component == "webhook" else f'code = "{FUNCTION_FILE}"'
    (folder / "workspace.toml").write_text(f"""
[workspace]
slug = "bench"

[[sources]]
slug = "website"
write_key = "{WRITE_KEY}"

[app]
name = "Bench"

[app.components.{component}]
{content}

[[destinations]]
slug = "{DESTINATION}"
component = "{component}"
source = "website"
enabled = true
settings = {{ apiKey = "local-api-key" }}
""")


def pause(server: Server) -> None:
    """Hold the destination's deliveries back."""
    server.post(f"/_sandbox/destinations/{DESTINATION}/pause")


def resume(server: Server) -> None:
    """Let the destination's deliveries go on."""
    server.post(f"/_sandbox/destinations/{DESTINATION}/resume")
