"""The code of a component at `/_sandbox/components/{slug}/code`, read from and written to the partner's file."""

from typing import Any, Final, Protocol

from aiohttp import web

from sandbox.api.bodies import json_answer, order_in

_WRITE: Final = 'Expected is {"text": "…", "version": "…"}, with the version that the code was read with.'


class CodeFiles(Protocol):
    """What the API asks of the files; every method raises ApiError for what is not there."""

    async def show(self, slug: str) -> dict[str, Any]:
        """Return the code, how it loads, and what the lint finds in it."""
        ...

    async def write(self, slug: str, text: str, version: str) -> dict[str, Any]:
        """Write the code, if the file is still of this version."""
        ...


class CodeEndpoints:
    """Shows the code, and takes new code."""

    def __init__(self, files: CodeFiles) -> None:
        self._files = files

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        path = "/components/{slug}/code"
        return [web.get(path, self.show), web.put(path, self.write)]

    async def show(self, request: web.Request) -> web.Response:
        """`{"path": …, "version": …, "text": …, "error": …, "findings": […]}`."""
        return json_answer(await self._files.show(request.match_info["slug"]))

    async def write(self, request: web.Request) -> web.Response:
        """Write `{"text": "…", "version": "…"}`; answers the new version."""
        order = order_in(await request.read(), {"text": str, "version": str}, _WRITE, needed=("text", "version"))
        return json_answer(await self._files.write(request.match_info["slug"], order["text"], order["version"]))
