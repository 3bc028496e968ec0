"""The load generator: kept-alive connections on raw sockets, one request in flight on each.

Runs as a process of its own, `python -m benchmarks.load`, and prints what it saw as JSON. It spends a few
microseconds on a request, several times less than any server written in Python.
"""

import argparse
import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from benchmarks.calls import SHAPES, requests
from benchmarks.processes import ROOT

NAME: Final = "own load generator, raw sockets, keep-alive"
ANSWER_S: Final = 60.0
"""How long to wait for any answer before the run counts as broken, seconds."""

WARM_UP_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """What to send; it ends after `seconds` or `count` requests, whichever comes first."""

    port: int
    shape: str
    connections: int
    seconds: float
    count: int
    warm_up_s: float = WARM_UP_S


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it; `busy` is the part of a core that the generator itself used."""

    requests: int
    seconds: float
    busy: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def generate(load: Load) -> Seen:
    """Generate load from another process.

    Raises:
        subprocess.CalledProcessError: an answer was not 200, or none came.
    """
    options = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(load).items()]
    command = [sys.executable, "-m", "benchmarks.load", *options]
    limit_s = load.seconds + load.warm_up_s + 2 * ANSWER_S
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=limit_s)
    return Seen(**json.loads(done.stdout))


class _Connections:
    """Open connections, each with one request in flight."""

    def __init__(self, load: Load) -> None:
        self._requests = requests(SHAPES[load.shape], load.port)
        self._selector = selectors.DefaultSelector()
        for _ in range(load.connections):
            connection = socket.create_connection(("127.0.0.1", load.port), timeout=ANSWER_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(connection, selectors.EVENT_READ, bytearray())

    def run(self, seconds: float, count: int) -> int:
        """Keep every connection busy until the time or the requests are used up; return the answers."""
        started, answered = 0, 0
        deadline = time.perf_counter() + seconds
        for connection in self._sockets():
            started += self._send(connection)
        while answered < started:
            for connection in self._answers():
                answered += 1
                if started < count and time.perf_counter() < deadline:
                    started += self._send(connection)
        return answered

    def _sockets(self) -> list[socket.socket]:
        return [key.fileobj for key in self._selector.get_map().values() if isinstance(key.fileobj, socket.socket)]

    def _send(self, connection: socket.socket) -> int:
        connection.sendall(next(self._requests))
        return 1

    def _answers(self) -> Iterator[socket.socket]:
        """Wait for answers and check them; a connection may answer with several pieces."""
        ready = self._selector.select(ANSWER_S)
        assert ready, f"no answer within {ANSWER_S} s"
        for key, _ in ready:
            assert isinstance(key.fileobj, socket.socket)
            key.data.extend(key.fileobj.recv(65536) or b"\r\n\r\n")
            if _is_complete(key.data):
                key.data.clear()
                yield key.fileobj


def _is_complete(received: bytearray) -> bool:
    """Say whether the whole answer is there; anything but 200 breaks the run."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    assert received.startswith(b"HTTP/1.1 200"), bytes(received[:300])
    at = received.find(b"Content-Length: ", 0, end) + len(b"Content-Length: ")
    length = int(received[at : received.find(b"\r", at)])
    return len(received) >= end + 4 + length


def measure(load: Load) -> Seen:
    """Generate load from this process."""
    connections = _Connections(load)
    if load.warm_up_s > 0:
        connections.run(load.warm_up_s, load.count)
    began, busy = time.perf_counter(), time.process_time()
    answered = connections.run(load.seconds, load.count)
    seconds = time.perf_counter() - began
    return Seen(answered, seconds, (time.process_time() - busy) / seconds)


def _arguments() -> Load:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--shape", choices=SHAPES, required=True)
    for name, kind in (("connections", int), ("seconds", float), ("count", int), ("warm-up-s", float)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    return Load(**vars(parser.parse_args()))


if __name__ == "__main__":
    print(json.dumps(asdict(measure(_arguments()))))
