"""Faults towards the SDK, over HTTP: what is answered, what is cut, and that all of it is seen."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.calls import Every, Span
from sandbox.faults import Recipe
from sandbox.journal import Journal
from sandbox.sources import FaultGate
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, basic, destination, running, write_workspace

TRACK = {"userId": "user-1", "event": "Signed Up"}
ORIGIN = {"Origin": "http://localhost:3000"}


def add(running: Running, recipe: Recipe) -> None:
    """Put a recipe into effect."""
    running.sandbox._parts.faults.add(recipe)


async def refused(running: Running) -> list[dict[str, Any]]:
    """Return what was turned away."""
    found: list[dict[str, Any]] = (await running.get("/refused"))["refused"]
    return found


async def test_a_status_is_answered_and_the_event_goes_nowhere(embedded: Running) -> None:
    """With a JSON object that says so, unless the recipe has another; afterwards all is as before."""
    add(embedded, Recipe(status=503, calls=Span(1, 1)))
    response = await embedded.call("/v1/track", TRACK)
    answer = await response.json()
    assert (response.status, answer["success"], answer["code"]) == (503, False, "sandbox_fault")
    assert await embedded.messages() == []
    assert (await embedded.call("/v1/track", TRACK)).status == 200
    assert len(await embedded.messages()) == 1


async def test_a_struck_request_stands_in_the_journal(embedded: Running) -> None:
    """With its code, its recipe, its source and its number, which the answer carries."""
    add(embedded, Recipe(status=429, path="/v1/*", calls=Every(1), headers=(("Retry-After", "2"),)))
    response = await embedded.call("/v1/track", TRACK)
    (entry,) = await refused(embedded)
    assert response.headers["X-Sandbox-Seq"] == f"{entry['seq']}-{entry['seq']}"
    assert (entry["code"], entry["status"], entry["source"]) == ("sandbox_fault", 429, "website")
    assert entry["message"] == (
        'fault 1 struck call 1: toward = "sdk", path = "/v1/*", calls = "every 1st", status = 429, '
        'headers = {"Retry-After": "2"}'
    )
    assert "Signed Up" in entry["excerpt"]


async def test_headers_of_the_recipe_win(embedded: Running) -> None:
    """The sandbox's own are there all the same, and each once."""
    headers = (("Retry-After", "2"), ("content-type", "text/html"))
    add(embedded, Recipe(status=429, headers=headers, body="<h1>busy</h1>"))
    response = await embedded.call("/v1/track", TRACK)
    assert await response.text() == "<h1>busy</h1>"
    assert response.headers.getall("Content-Type") == ["text/html"]
    assert response.headers["Retry-After"] == "2"
    assert "Date" in response.headers


async def test_113_retry_after_is_exposed_to_pages_unless_the_recipe_hides_it(embedded: Running) -> None:
    """113: a browser's SDK sees the header only when it is exposed, and the recipe can see to that."""
    retry = ("Retry-After", "3")
    add(embedded, Recipe(status=429, calls=Span(1, 1), headers=(retry,)))
    add(embedded, Recipe(status=429, headers=(retry, ("Access-Control-Expose-Headers", "X-Other"))))
    exposed = await embedded.call("/v1/t", TRACK, headers=ORIGIN)
    hidden = await embedded.call("/v1/t", TRACK, headers=ORIGIN)
    for response in (exposed, hidden):
        assert (response.status, response.headers["Retry-After"]) == (429, "3")
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert "Retry-After" in exposed.headers["Access-Control-Expose-Headers"]
    assert hidden.headers.getall("Access-Control-Expose-Headers") == ["X-Other"]


async def test_a_preflight_is_never_struck(embedded: Running) -> None:
    """Else the browser would not send what is to be struck."""
    add(embedded, Recipe(status=500))
    async with embedded.client.options(embedded.url + "/v1/t", headers=ORIGIN) as response:
        assert response.status == 204
    assert (await embedded.call("/v1/t", TRACK, headers=ORIGIN)).status == 500


async def test_a_cut_connection_is_cut(embedded: Running) -> None:
    """No answer comes; the journal says what happened, and the next request is served."""
    add(embedded, Recipe(cut=True, calls=Span(1, 1)))
    with pytest.raises(aiohttp.ClientConnectionError):
        await embedded.call("/v1/track", TRACK)
    (entry,) = await refused(embedded)
    assert (entry["status"], entry["code"]) == (0, "sandbox_fault")
    assert (await embedded.call("/v1/track", TRACK)).status == 200


async def test_an_answer_that_is_lost_makes_a_duplicate_of_the_next_try(embedded: Running) -> None:
    """The message is taken in before the connection is cut; the client cannot know, and sends it again."""
    add(embedded, Recipe(cut=True, taken_in=True, calls=Span(1, 1)))
    call = {**TRACK, "messageId": "m-1"}
    with pytest.raises(aiohttp.ClientConnectionError):
        await embedded.call("/v1/track", call)
    assert (await embedded.call("/v1/track", call)).status == 200
    assert [message["state"] for message in await embedded.messages()] == ["accepted", "duplicate"]
    assert await refused(embedded) == []
    changes = await kinds(embedded.journal)
    assert changes.index("message") < changes.index("fault")


async def test_an_answer_that_is_replaced_keeps_its_number(embedded: Running) -> None:
    """A gateway that gives up after the work is done; the number leads to the message all the same."""
    add(embedded, Recipe(status=504, taken_in=True))
    response = await embedded.call("/v1/track", TRACK, headers=ORIGIN)
    assert (response.status, (await response.json())["code"]) == (504, "sandbox_fault")
    (message,) = await embedded.messages()
    assert response.headers["X-Sandbox-Seq"] == f"{message['seq']}-{message['seq']}"
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        pytest.param("/v1/track", TRACK, {"Authorization": basic(WRITE_KEY)}, id="Basic"),
        pytest.param("/v1/track", {**TRACK, "writeKey": WRITE_KEY}, {}, id="body"),
        pytest.param("/v1/b", {"batch": [{**TRACK, "writeKey": WRITE_KEY}]}, {}, id="first of a batch"),
        pytest.param(f"/v1/projects/{WRITE_KEY}/settings", {}, {}, id="path"),
        pytest.param(f"/v1/pixel/track?writeKey={WRITE_KEY}", {}, {}, id="query"),
    ],
)
async def test_a_source_is_known_wherever_its_write_key_stands(
    embedded: Running, path: str, body: Any, headers: dict[str, str]
) -> None:
    """In the header, the body, the path or the query."""
    add(embedded, Recipe(source="website", status=418))
    async with embedded.client.post(embedded.url + path, json=body, headers=headers) as response:
        assert response.status == 418
    (entry,) = await refused(embedded)
    assert WRITE_KEY not in json.dumps(entry)


async def test_others_are_spared(embedded: Running) -> None:
    """Neither another source's requests, nor the page, nor the sandbox's own API."""
    add(embedded, Recipe(write_key="f" * 32, status=500))
    assert (await embedded.call("/v1/track", TRACK)).status == 200
    assert (await embedded.call("/v1/track", TRACK, key="f" * 32)).status == 500
    add(embedded, Recipe(status=500))
    assert (await embedded.get("/health"))["status"] == "ok"


async def test_the_write_key_of_a_recipe_is_masked_in_the_journal(embedded: Running) -> None:
    """In the recipe's own key and in its path."""
    add(embedded, Recipe(write_key=WRITE_KEY, path=f"/v1/projects/{WRITE_KEY}/settings", status=500))
    async with embedded.client.get(f"{embedded.url}/v1/projects/{WRITE_KEY}/settings") as response:
        assert response.status == 500
    (entry,) = await refused(embedded)
    assert WRITE_KEY not in json.dumps(entry)
    assert 'write_key = "…0001", path = "/v1/projects/…0001/settings"' in entry["message"]


async def test_a_body_that_cannot_be_read_is_refused_as_ever(embedded: Running) -> None:
    """A recipe strikes what was received, and nothing else; corrupt gzip is no request."""
    add(embedded, Recipe(status=500))
    response = await embedded.call("/v1/track", b"\x1f\x8bno", headers={"Content-Encoding": "gzip"})
    assert (response.status, (await response.json())["code"]) == (400, "invalid_request")


async def test_what_is_no_json_is_struck_as_well(embedded: Running) -> None:
    """The recipe comes before any judgement."""
    add(embedded, Recipe(status=500))
    assert (await embedded.call("/v1/track", b"{bad")).status == 500


async def test_a_success_can_be_feigned(embedded: Running) -> None:
    """The SDK believes that the event arrived, and it did not."""
    add(embedded, Recipe(status=200))
    response = await embedded.call("/v1/track", TRACK)
    assert await response.json() == {"success": True}
    assert await embedded.messages() == []
    assert [entry["status"] for entry in await refused(embedded)] == [200]


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Running]:
    """A sandbox with a recipe in its workspace file."""
    faults = '\n[[faults]]\nsource = "website"\nstatus = 503\ncalls = 1\n'
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "webhook") + faults)
    async with running(tmp_path) as started:
        yield started


async def test_the_recipes_of_the_workspace_file_are_in_effect(project: Running) -> None:
    """From the start, and anew when they change."""
    assert [(await project.call("/v1/track", TRACK)).status for _ in range(2)] == [503, 200]
    file = project.sandbox.workspace.file
    assert file is not None
    file.write_text(file.read_text().replace("503", "502"))
    await project.sandbox.on_change(frozenset({file}))
    assert [(await project.call("/v1/track", TRACK)).status for _ in range(2)] == [502, 200]


@pytest.mark.parametrize(
    ("taken_in", "order"),
    [
        pytest.param(False, ["fault", "message"], id="the request waits"),
        pytest.param(True, ["message", "fault"], id="the answer waits"),
    ],
)
async def test_a_delay_alone_lets_the_request_pass_and_is_seen(
    embedded: Running, order: list[str], *, taken_in: bool
) -> None:
    """The wait is over before the event is taken in, unless the answer alone is meant; the journal has the order."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    parts = embedded.sandbox._parts
    parts.faults.add(Recipe(delay=3, taken_in=taken_in))
    gate = FaultGate(parts.faults, parts.tracking, parts.journal, sleep)
    async with served(gate.before(parts.tracking.routes())) as client:
        response = await client.post("/v1/track", json=TRACK, headers={"Authorization": basic(WRITE_KEY)})
        assert response.status == 200
    assert waits == [3.0]
    assert [kind for kind in await kinds(parts.journal) if kind in {"fault", "message"}] == order


async def test_a_failure_of_the_sandbox_is_told_in_json(embedded: Running) -> None:
    """500 with a JSON object, which every SDK takes for a reason to send again."""

    async def failing(_: web.Request) -> web.StreamResponse:
        raise OSError("no room on the disk")

    parts = embedded.sandbox._parts
    gate = FaultGate(parts.faults, parts.tracking, parts.journal)
    async with served(gate.before([web.post("/token", failing)])) as client:
        response = await client.post("/token")
        assert (response.status, (await response.json())["code"]) == (500, "internal")


@asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Serve routes by themselves."""
    application = web.Application()
    application.add_routes(routes)
    async with TestClient(TestServer(application)) as client:
        yield client


async def kinds(journal: Journal) -> list[str]:
    """Return the kinds of all changes, in order."""
    return [change["kind"] for change in await journal.read.changes(0, 100)]
