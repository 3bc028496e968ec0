"""The Settings Builder at `/_sandbox/components/{slug}/settings`, over the partner's workspace file."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from aiohttp import web

from sandbox.api.bodies import json_answer, order_in, refuse

_WRITE: Final = (
    'Expected is {"version": "…", "settings": [{"label": "Region", …}], "values": {"crm": {"region": "eu"}}}, with '
    "the version and the settings that were read; values are those that change, null takes one out."
)
_KINDS: Final[Mapping[str, Any]] = {"version": str, "settings": list, "values": dict}


class SettingFiles(Protocol):
    """What the API asks of the workspace file; every method raises ApiError for what is not there."""

    async def show(self, slug: str) -> dict[str, Any]:
        """Return the App's settings, and what the destinations of a component give."""
        ...

    async def write(
        self, slug: str, version: str, settings: Sequence[dict[str, Any]], values: Mapping[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """Write settings and values, if the file is still of this version; return them as they are then."""
        ...


class SettingEndpoints:
    """Shows the settings, and takes new ones."""

    def __init__(self, files: SettingFiles) -> None:
        self._files = files

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        path = "/components/{slug}/settings"
        return [web.get(path, self.show), web.put(path, self.write)]

    async def show(self, request: web.Request) -> web.Response:
        """`{"path": …, "version": …, "settings": […], "destinations": […]}`."""
        return json_answer(await self._files.show(request.match_info["slug"]))

    async def write(self, request: web.Request) -> web.Response:
        """Write `{"version": "…", "settings": […], "values": {…}}`; answers as GET does then."""
        order = order_in(await request.read(), _KINDS, _WRITE, needed=("version", "settings"))
        settings, values = order["settings"], order.get("values", {})
        mistakes = [f"settings[{n}] is no object." for n, each in enumerate(settings) if not isinstance(each, dict)]
        mistakes += [f"values.{slug} is no object." for slug, each in values.items() if not isinstance(each, dict)]
        mistakes += [f"{where} has null inside, which TOML does not know." for where in _nulls(settings, values)]
        refuse(mistakes, _WRITE)
        return json_answer(await self._files.write(request.match_info["slug"], order["version"], settings, values))


def _nulls(settings: Sequence[Any], values: Mapping[str, Any]) -> list[str]:
    """Find null deeper than where it takes a value out."""
    tables = [(f"settings[{number}]", each) for number, each in enumerate(settings)]
    tables += [(f"values.{slug}", each) for slug, each in values.items()]
    return [
        f"{where}.{name}"
        for where, table in tables
        if isinstance(table, dict)
        for name, value in table.items()
        if value is not None and _has_null(value)
    ]


def _has_null(value: Any) -> bool:
    match value:
        case list():
            return any(_has_null(each) for each in value)
        case dict():
            return any(_has_null(each) for each in value.values())
        case _:
            return value is None
