"""A partner's service that only takes: a minimal HTTP server that gives the same answer to whatever is posted.

Runs as a process of its own, `python -m benchmarks.sink PORT [STATUS]`. A GET is answered 200: it is there.
"""

import asyncio
import re
import sys
from functools import partial
from typing import Final

_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_ANSWER: Final = b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class _Sink(asyncio.Protocol):
    """Answers each request once it is complete."""

    def __init__(self, status: int) -> None:
        self._answer = _ANSWER % status

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (length := _request_length(self._received)) is not None:
            posted = self._received.startswith(b"POST ")
            del self._received[:length]
            self._transport.write(self._answer if posted else _ANSWER % 200)


def _request_length(received: bytearray) -> int | None:
    """Return how long the first request is, None while it is not all there."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    found = _LENGTH.search(received, 0, end)
    length = end + 4 + (int(found[1]) if found else 0)
    return length if len(received) >= length else None


async def main(port: int, status: int = 200) -> None:
    """Serve until ended."""
    server = await asyncio.get_running_loop().create_server(partial(_Sink, status), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
