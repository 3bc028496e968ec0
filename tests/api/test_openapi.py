"""The description of the API is that of its routes."""

import re
from typing import Any

import pytest
from aiohttp import web

from sandbox.access import Guard
from sandbox.api import make_api
from sandbox.api.described import ROUTES
from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from tests.conftest import Running


def path_of(resource: web.AbstractResource) -> str:
    """Write a path as the table does."""
    return resource.canonical.replace("{slash}{rest}", "/{rest}")


async def test_every_route_is_described(embedded: Running) -> None:
    """And no other."""
    api = make_api(embedded.sandbox, embedded.journal, Faults(), SandboxClock(), Guard())
    real = {
        (route.method, path_of(route.resource))
        for route in api.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    missing, made_up = real - {*ROUTES}, {*ROUTES} - real
    assert not missing, f"describe in sandbox/api/described.py, ROUTES: {sorted(missing)}"
    assert not made_up, f"take out of sandbox/api/described.py, ROUTES: {sorted(made_up)}"


@pytest.mark.parametrize(
    "route",
    [
        route
        for route, described in ROUTES.items()
        if route[0] == "GET" and described.answer is not None and "code" not in route[1]
    ],
)
async def test_an_answer_has_what_is_described(embedded: Running, route: tuple[str, str]) -> None:
    """After one event, every field of the table and no other."""
    await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.settled()
    path = route[1].replace("messages/{seq}", "messages/1").replace("deliveries/{seq}", "deliveries/2")
    path = path.replace("components/{slug}", "components/webhook")
    answer = await embedded.get(path.replace("{rest}", "webhook"))
    schema = ROUTES[route].answer
    assert schema is not None
    assert sorted(answer) == sorted(schema["required"])
    assert wrong(schema, answer) == []


async def test_the_parameters_are_the_real_ones(embedded: Running) -> None:
    """As the API itself names them when it is asked for another."""
    for (method, path), described in ROUTES.items():
        error = (
            (await embedded.get(f"{path}?zzzzzz=1")).get("error") if method == "GET" and described.answer else None
        )
        known = re.search(r"Known are (.*)\.$", error["message"]) if error else None
        if known:
            told = {each.name for each in described.query}
            assert {*known[1].split(", ")} <= told


async def test_the_description_names_the_password(embedded: Running) -> None:
    """Which a sandbox may have or not."""
    described = await embedded.get("/openapi.json")
    assert described["security"] == [{}, {"password": []}]
    assert described["components"]["securitySchemes"]["password"]["scheme"] == "basic"


async def test_the_description_is_served(embedded: Running) -> None:
    """With the prefix, with every error in its shape."""
    described = await embedded.get("/openapi.json")
    operation = described["paths"]["/_sandbox/messages/{seq}"]
    assert operation["parameters"][0]["name"] == "seq"
    assert list(operation["get"]["responses"]) == ["200", "400", "401", "403", "404", "429"]
    assert sorted(described["paths"]["/_sandbox/echo/{rest}"]) == [
        "delete",
        "get",
        "parameters",
        "patch",
        "post",
        "put",
    ]


KINDS: dict[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def wrong(schema: Any, value: Any, path: str = "$") -> list[str]:
    """Say where a value is not of the kind that a schema of the table names."""
    kinds = schema.get("type", [])
    names = [kinds] if isinstance(kinds, str) else kinds
    if names and not isinstance(value, tuple(KINDS[name] for name in names)):
        return [f"{path} is no {names}"]
    found: list[str] = []
    if isinstance(value, dict):
        found += [f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, each in schema.get("properties", {}).items():
            found += wrong(each, value[name], f"{path}.{name}") if name in value else []
    if isinstance(value, list):
        for each in value:
            found += wrong(schema.get("items", {}), each, f"{path}[]")
    return found
