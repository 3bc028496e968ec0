"""docs/api.md says what the sandbox's own API does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sandbox.access import Guard
from sandbox.api import make_api
from sandbox.api.echo import BODY_KEPT_CHARACTERS, KEPT
from sandbox.api.queries import LIMIT, LIMIT_MAX
from sandbox.api.stream import KEEP_ALIVE_S, SLOW_S
from sandbox.clock import SandboxClock
from sandbox.faults import Faults, Recipe
from sandbox.journal.ledger import REFUSED_KEPT
from sandbox.sources.oauth import FORM
from sandbox.sources.tracking_api import READ_MAX_BYTES
from tests.conftest import Running, destination, running, write_workspace
from tests.docs.pages import ROOT, cells, fenced, first_cells, read, section
from tests.keys import assertion, form, oauth_table

TEXT = read("api.md")
ROUTES = re.findall(r"^### (\S+ /_sandbox/\S+)$", TEXT, re.MULTILINE)
CALL = {"userId": "user-1", "event": "Signed Up"}


def example(route: str) -> Any:
    """Give the last JSON of a route's section: its answer."""
    return json.loads(fenced(section(TEXT, f"### {route}"), "json")[-1])


def shape(value: Any) -> Any:
    """Reduce a value to its kind; null is any kind."""
    match value:
        case dict():
            return {name: shape(each) for name, each in value.items()}
        case list():
            return [shape(each) for each in value]
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case _:
            return "string or null"


def fits(told: Any, real: Any) -> bool:
    """Say whether an example is like an answer: the same names in the same order, and as many kinds of values."""
    if isinstance(told, dict) and isinstance(real, dict):
        return list(told) == list(real) and all(fits(told[name], real[name]) for name in told)
    if isinstance(told, list) and isinstance(real, list):
        return all(fits(one, other) for one, other in zip(told, real, strict=False))
    return bool(shape(told) == shape(real))


@pytest.fixture
async def after_one_event(embedded: Running) -> Running:
    """The embedded workspace after the event of the page, and a request that was refused."""
    await embedded.call("/v1/track", CALL)
    await embedded.settled()
    await embedded.call("/v1/track", "{bad")
    return embedded


def real_path(resource: web.AbstractResource) -> str:
    """Write a path as the page does."""
    return resource.canonical.replace("{slash}{rest}", "/…")


async def test_every_route_has_its_heading(embedded: Running) -> None:
    """And no other; HEAD goes with GET."""
    api = make_api(embedded.sandbox, embedded.journal, Faults(), SandboxClock(), Guard())
    real = [
        f"{route.method.replace('*', 'ANY')} /_sandbox{real_path(route.resource)}"
        for route in api.router.routes()
        if route.method != "HEAD" and route.resource is not None
    ]
    assert sorted(ROUTES) == sorted(real)


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.startswith("GET ") and not re.search("stream|snippet|openapi|code", route)],
)
async def test_an_example_has_the_shape_of_the_answer(after_one_event: Running, route: str) -> None:
    """After the event of the page; lists as far as the example goes."""
    path = route.removeprefix("GET /_sandbox")
    for placeholder, real in {
        "messages/{seq}": "messages/1",
        "deliveries/{seq}": "deliveries/2",
        "components/{slug}": "components/webhook",
        "…": "webhook",
    }.items():
        path = path.replace(placeholder, real)
    answer = await after_one_event.get(path)
    assert fits(example(route), answer), answer


@pytest.mark.parametrize(
    ("route", "path", "body"),
    [
        pytest.param("POST /_sandbox/send", "/send", None, id="send"),
        pytest.param("POST /_sandbox/batch", "/batch", None, id="batch"),
        pytest.param("POST /_sandbox/destinations/{slug}/{verb}", "/destinations/webhook/pause", b"", id="pause"),
        pytest.param("POST /_sandbox/tester", "/tester", None, id="tester"),
        pytest.param("POST /_sandbox/suite", "/suite", None, id="suite"),
        pytest.param("POST /_sandbox/faults", "/faults", None, id="faults"),
        pytest.param("ANY /_sandbox/echo/…", "/echo/any", b"hello", id="echo"),
    ],
)
async def test_what_is_posted_is_answered_as_told(
    embedded: Running, route: str, path: str, body: bytes | None
) -> None:
    """With the order on the page where there is one."""
    order = fenced(section(TEXT, f"### {route}"), "json")[0].encode() if body is None else body
    async with embedded.client.post(f"{embedded.url}/_sandbox{path}", data=order) as response:
        assert response.status == 200
        assert fits(example(route), await response.json())


@pytest.mark.parametrize("name", ["messages", "deliveries", "changes", "refused"])
async def test_the_parameters_are_the_real_ones(embedded: Running, name: str) -> None:
    """As the API itself names them when it is asked for another."""
    told = first_cells(section(TEXT, f"### GET /_sandbox/{name}"))
    error = (await embedded.get(f"/{name}?zzzzzz=1"))["error"]
    assert error["message"].endswith(f" Known are {', '.join(told)}.")
    words = {"secrets": "shown", "order": "newest", "state": "delivered"}
    query = "&".join(f"{each}={words.get(each, '1')}" for each in told)
    assert "error" not in await embedded.get(f"/{name}?{query}")


async def test_the_stream_sends_what_is_shown(after_one_event: Running) -> None:
    """Number, name and change of each event."""
    (told,) = fenced(section(TEXT, "### GET /_sandbox/stream"), "text")
    async with after_one_event.client.get(f"{after_one_event.url}/_sandbox/stream?after=0") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        lines = [(await response.content.readline()).decode().strip() for _ in range(5)][2:]
    shown = told.splitlines()
    assert lines[:2] == shown[:2]
    assert fits(*(json.loads(line.removeprefix("data: ")) for line in (shown[2], lines[2])))


async def test_every_kind_of_change_has_its_row(tmp_path: Path) -> None:
    """With the fields that it has, and those of a delivery's end."""
    hook, later = (
        f'\n[[functions]]\nslug = "{slug}"\nkind = "source"\ncode = "{slug}.js"\nsource = "website"\n'
        for slug in ("hook", "later")
    )
    tables = destination("crm", "webhook") + hook + later
    file = write_workspace(tmp_path, "http://127.0.0.1:9/closed", destinations=tables)
    (tmp_path / "hook.js").write_text("async function onRequest() {}")
    (tmp_path / "later.js").write_text("async function onRequest() { throw new RetryError('not yet') }")
    file.write_text(file.read_text().replace("[app]\n", f"{oauth_table(enforced=False)}\n[app]\n", 1))
    async with running(tmp_path) as sandbox:
        await sandbox.client.post(f"{sandbox.url}/functions/hook", json={})
        await sandbox.client.post(f"{sandbox.url}/functions/later", json={})
        file.write_text(file.read_text().replace(later, ""))
        await sandbox.sandbox.on_change(frozenset({file}))
        await sandbox.call("/v1/track", CALL)
        await sandbox.settled()
        await sandbox.call("/v1/track", "{bad")
        await sandbox.call("/v1/track", {**CALL, "writeKey": "another"})
        sandbox.sandbox._parts.faults.add(Recipe(delay=0.001, path="/token"))
        await sandbox.client.post(sandbox.url + "/token", data=form(assertion()), headers={"Content-Type": FORM})
        await sandbox.sandbox.on_change(frozenset({tmp_path / "function.js"}))
        changes = (await sandbox.get("/changes"))["changes"]
        await sandbox.client.post(f"{sandbox.url}/_sandbox/reset", json={})
        changes += (await sandbox.get("/changes"))["changes"]
    rows = {
        kind.strip("`"): re.findall(r"`(\w+)`", fields) for kind, _when, fields in cells(section(TEXT, "## Changes"))
    }
    (ended,) = re.findall(
        r"an attempt's end makes in a delivery also has (.*?)\. ", section(TEXT, "## Changes"), re.DOTALL
    )
    for change in changes:
        also = re.findall(r"`(\w+)`", ended) if "code" in change else []
        assert list(change) == ["seq", "kind", "at", *rows[change["kind"]], *also]
    assert {change["kind"] for change in changes} == set(rows)


async def test_the_error_on_the_page_is_the_real_one(embedded: Running) -> None:
    """Word for word."""
    told = json.loads(fenced(section(TEXT, "## Errors"), "json")[0])
    assert await embedded.get("/messages?evnt=x") == told


def test_every_code_of_an_error_has_its_row() -> None:
    """Those that are written in the code; statuses of HTTP go by their name."""
    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "sandbox").rglob("*.py"))
    written = set(re.findall(r"ApiError\(\s*[\w.]+,\s*\"(\w+)\"", sources))
    told = first_cells(section(TEXT, "## Errors"))
    assert written | {"request_entity_too_large"} == set(told)


def test_the_commands_are_those_of_the_readme() -> None:
    """Which are run there."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert {*re.findall(r"^\$ .*$", TEXT, re.MULTILINE)} <= {*re.findall(r"^\$ .*$", readme, re.MULTILINE)}


def test_the_figures_are_the_real_ones() -> None:
    """Limits of lists, of the stream, of what is kept."""
    for figure in (
        f"1 to {LIMIT_MAX}; default {LIMIT} |",
        f"every {KEEP_ALIVE_S} seconds",
        f"for {SLOW_S} seconds",
        f"the newest {REFUSED_KEPT:,}.",
        f"the newest {KEPT} requests",
        f"{BODY_KEPT_CHARACTERS:,} characters",
        f"larger than {READ_MAX_BYTES // 1024 // 1024} MiB",
    ):
        assert figure in TEXT.replace("\n", " ")
