"""The recipes for faults at `/_sandbox/faults`: list, add, take out."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from aiohttp import web

from sandbox.access import ApiError, not_found
from sandbox.api.bodies import json_answer, object_in
from sandbox.errors import UserMistakeError
from sandbox.faults import Counted, Faults, shown
from sandbox.workspace import read_recipe

_HINT: Final = "The keys are those of [[faults]] in docs/workspace.md."


class FaultEndpoints:
    """Answers for the recipes in effect; `sources` and `destinations` give the slugs that a recipe may name."""

    def __init__(
        self, faults: Faults, sources: Callable[[], Iterable[str]], destinations: Callable[[], Iterable[str]]
    ) -> None:
        self._faults = faults
        self._sources = sources
        self._destinations = destinations

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/faults", self.list),
            web.post("/faults", self.add),
            web.delete("/faults", self.clear),
            web.delete("/faults/{number}", self.remove),
        ]

    async def list(self, _: web.Request) -> web.Response:
        """`{"faults": […]}`, oldest first."""
        return json_answer({"faults": [_shown(each) for each in self._faults]})

    async def add(self, request: web.Request) -> web.Response:
        """Put a recipe into effect until it is taken out or the sandbox stops; answers it with its number."""
        try:
            recipe = read_recipe(object_in(await request.read(), _HINT), self._sources(), self._destinations())
        except UserMistakeError as mistake:
            raise ApiError(400, "bad_request", mistake.message, _HINT) from None
        return json_answer(_shown(self._faults.add(recipe)))

    async def clear(self, _: web.Request) -> web.Response:
        """Take every recipe out, those of the workspace file until it changes; answers `{"removed": count}`."""
        return json_answer({"removed": self._faults.clear()})

    async def remove(self, request: web.Request) -> web.Response:
        """Take one recipe out; answers `{"removed": 1}`."""
        text = request.match_info["number"]
        known = text in {str(each.number) for each in self._faults}
        if not (known and self._faults.remove(int(text))):
            raise not_found(f"fault {text}", "They are listed at /_sandbox/faults.")
        return json_answer({"removed": 1})


def _shown(counted: Counted) -> dict[str, Any]:
    return {
        "number": counted.number,
        "origin": "workspace" if counted.lasting else "added",
        "seen": counted.seen,
        "struck": counted.struck,
        "recipe": shown(counted.recipe),
    }
