"""The baseline of intake: an aiohttp handler that parses the body and answers as the Tracking API does.

Runs as a process of its own, `python -m benchmarks.bare PORT`.
"""

import sys
from typing import Final

import orjson
from aiohttp import web

READ_MAX_BYTES: Final = 4 * 1024 * 1024


async def take(request: web.Request) -> web.Response:
    """Parse the body and do nothing with it."""
    orjson.loads(await request.read())
    return web.Response(body=b'{"success": true}', content_type="application/json")


async def ready(_: web.Request) -> web.Response:
    """Say that the server is there."""
    return web.Response()


def main(port: int) -> None:
    """Serve until ended."""
    application = web.Application(client_max_size=READ_MAX_BYTES)
    application.add_routes([web.get("/", ready), web.post("/v1/track", take), web.post("/v1/batch", take)])
    web.run_app(application, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
