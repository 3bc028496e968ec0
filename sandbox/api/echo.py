"""An endpoint that takes whatever it gets and shows it, for those who have no service yet."""

from collections import deque
from typing import Any, Final

from aiohttp import web

from sandbox.clock import Clock, iso
from sandbox.encodings import EncodingError, undone

KEPT: Final = 100
BODY_KEPT_CHARACTERS: Final = 64 * 1024


class Echo:
    """Remembers the newest requests that came to /_sandbox/echo."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._received: deque[dict[str, Any]] = deque(maxlen=KEPT)

    async def receive(self, request: web.Request) -> web.Response:
        """Take a request and answer 200; what is no UTF-8 in its body is shown as U+FFFD."""
        body = (await _read(request)).decode("utf-8", "replace")
        self._received.append(
            {
                "at": iso(self._clock.real_ms()),
                "method": request.method,
                "path": request.path,
                "headers": [[name.decode(), value.decode("latin-1")] for name, value in request.raw_headers],
                "body": body[:BODY_KEPT_CHARACTERS],
            },
        )
        return web.json_response({"received": True})

    async def show(self, request: web.Request) -> web.Response:
        """Show what came, oldest first; only what came to this very path when one is given."""
        rest = request.match_info["rest"]
        wanted = f"/_sandbox/echo/{rest}" if rest else "/_sandbox/echo"
        received = [item for item in self._received if not rest or item["path"] == wanted]
        return web.json_response({"received": received})


async def _read(request: web.Request) -> bytes:
    """Read the body, its encoding undone where that can be done."""
    body = await request.read()
    try:
        return undone(body, request.headers.get("Content-Encoding", ""), 4 * BODY_KEPT_CHARACTERS)
    except EncodingError:
        return body
