"""The webhooks of source functions, over HTTP, with a runtime of our own."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.clock import ManualClock, SandboxClock
from sandbox.journal import Journal
from sandbox.outcomes import LogLine
from sandbox.pipeline import Intake, Pipeline, Route
from sandbox.runtime import Ending, Invocation, Returned, Threw
from sandbox.sources import SourceFunction, SourceFunctions
from tests.journal.conftest import DAY_MS

TRACK = {"type": "track", "event": "Paid", "userId": "u"}
NOTHING = Returned(None)


@dataclass
class FakeRuntime:
    """Emits these events and objects, and ends so."""

    ending: Ending = NOTHING
    events: list[dict[str, Any]] = field(default_factory=lambda: [TRACK, {**TRACK, "event": "Shipped"}])
    objects: list[dict[str, Any]] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)

    async def invoke_request(self, key: str, request_json: bytes, settings_json: bytes) -> Invocation:
        """Remember the request."""
        if key != "hook.js":
            raise KeyError(key)
        self.requests.append((json.loads(request_json), settings_json))
        emitted = json.dumps({"events": self.events, "objects": self.objects})
        failed = not isinstance(self.ending, Returned)
        logs = (LogLine(1, "info", "hello"),)
        return Invocation(self.ending, logs, (), 1.5, None if failed else emitted, ("timer of 3000 ms",))


@dataclass
class Webhook:
    """A sandbox's worth of source functions, and a client."""

    client: TestClient[web.Request, web.Application]
    runtime: FakeRuntime
    journal: Journal

    async def post(self, slug: str = "hook", data: bytes = b'{"b":1,"a":2}', **options: Any) -> tuple[int, Any]:
        """Post; return the status and the JSON answer."""
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        method = options.pop("method", "POST")
        query = options.pop("query", "")
        async with self.client.request(
            method, f"/functions/{slug}{query}", data=io.BytesIO(data), headers=headers
        ) as answer:
            assert answer.content_type == "application/json"
            self.numbers = answer.headers["X-Sandbox-Seq"]
            return answer.status, await answer.json()

    async def messages(self) -> list[dict[str, Any]]:
        """Return every message."""
        return await self.journal.read.messages(0, 100, {})

    async def refused(self) -> dict[str, Any]:
        """Return the only refusal."""
        (refused,) = await self.journal.read.refused(0, 100)
        return refused

    async def notice(self) -> dict[str, Any]:
        """Return the only notice of a run."""
        (notice,) = [each for each in await self.journal.read.changes(0, 100) if each["kind"] == "invocation"]
        return notice


def function(slug: str, key: str = "hook.js", *, enabled: bool = True) -> SourceFunction:
    """Make a function that feeds `website`, which has one destination."""
    return SourceFunction(slug, key, b'{"k":"v"}', Intake("website", enabled, "p1", (Route("crm", ("Acme",)),)))


@pytest.fixture
async def webhook(tmp_path: Path) -> AsyncIterator[Webhook]:
    clock = SandboxClock(machine=ManualClock(1_000))
    journal = Journal(tmp_path, clock, keep=100, pending_limit=4, seen_for_ms=DAY_MS)
    runtime = FakeRuntime()
    functions = SourceFunctions(runtime, Pipeline(journal), journal, clock)
    known = [function("hook"), function("off", enabled=False), function("broken", "broken.js")]
    functions.use({each.slug: each for each in known})
    application = web.Application(client_max_size=1024 * 1024)
    application.add_routes(functions.routes())
    async with TestClient(TestServer(application)) as client:
        yield Webhook(client, runtime, journal)
    await journal.close()


async def test_what_the_code_emits_is_taken_in(webhook: Webhook) -> None:
    """As calls of a server library, with a delivery for every destination of the source."""
    assert await webhook.post() == (200, {"success": True})
    messages = await webhook.messages()
    assert [(each["event"], each["source"], each["state"]) for each in messages] == [
        ("Paid", "website", "accepted"),
        ("Shipped", "website", "accepted"),
    ]
    body = json.loads(orjson.dumps(messages[0]["message"]))
    assert (body["channel"], body["projectId"]) == ("server", "p1")
    assert webhook.numbers == f"{messages[0]['seq']}-{messages[1]['seq']}"
    assert len(await webhook.journal.read.deliveries(0, 10, {})) == 2


async def test_the_code_gets_the_request_and_its_settings(webhook: Webhook) -> None:
    """The token in the address is tolerated, and seen."""
    await webhook.post(query="?b=dG9rZW4%3D")
    ((request, settings),) = webhook.runtime.requests
    assert request["body"] == '{"a":2,"b":1}'
    assert request["url"] == "https://fn.segmentapis.com/?b=dG9rZW4%3D"
    assert settings == b'{"k":"v"}'


async def test_every_run_is_in_the_journal(webhook: Webhook) -> None:
    """With the request, the logs, the objects of Segment.set, and what was left open."""
    webhook.runtime.objects = [{"collection": "products", "id": "1", "properties": {}}]
    await webhook.post()
    notice = await webhook.notice()
    assert (notice["function"], notice["source"], notice["state"]) == ("hook", "website", "succeeded")
    assert notice["request"]["body"] == '{"b":1,"a":2}'
    assert notice["messages"] == [int(number) for number in webhook.numbers.split("-")]
    assert notice["objects"] == webhook.runtime.objects
    assert [line["text"] for line in notice["logs"]] == ["hello"]
    assert notice["warnings"][0].startswith("A timer of 3000 ms was still open")


async def test_a_run_that_emits_nothing_succeeds(webhook: Webhook) -> None:
    """The answer names the notice."""
    webhook.runtime.events = []
    assert (await webhook.post())[0] == 200
    notice = await webhook.notice()
    assert (notice["messages"], webhook.numbers) == (None, f"{notice['seq']}-{notice['seq']}")


async def test_a_run_that_threw_is_refused_and_shown(webhook: Webhook) -> None:
    """The caller learns of the failure; nothing of what was emitted is sent."""
    webhook.runtime.ending = Threw("TypeError", "no", "TypeError: no\n    at onRequest (hook.js:2:3)", {})
    status, answer = await webhook.post()
    assert (status, answer["success"], answer["code"]) == (500, False, "INVOKE_ERROR")
    refused, notice = await webhook.refused(), await webhook.notice()
    assert (refused["code"], refused["source"], refused["excerpt"]) == ("INVOKE_ERROR", "website", '{"b":1,"a":2}')
    assert (notice["state"], notice["reason"], notice["error"]["name"]) == ("failed", "INVOKE_ERROR", "TypeError")
    assert await webhook.messages() == []


async def test_an_event_that_is_too_large_fails_the_run(webhook: Webhook) -> None:
    """And none of the others is sent."""
    webhook.runtime.events.append({**TRACK, "properties": {"x": "y" * 40_000}})
    assert (await webhook.post())[1]["code"] == "TRACKING_API_FAILED"
    assert await webhook.messages() == []


async def test_an_event_that_is_nested_too_deeply_fails_the_run(webhook: Webhook) -> None:
    """Nothing deeper can be kept."""
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"x": deep}
    webhook.runtime.events.append({**TRACK, "properties": deep})
    assert (await webhook.post())[1]["code"] == "TRACKING_API_FAILED"


async def test_what_is_no_event_is_shown_as_a_message(webhook: Webhook) -> None:
    """The pipeline validates what functions emit like everything else."""
    webhook.runtime.events = [{"type": "track", "userId": "u"}]
    assert (await webhook.post())[0] == 200
    (message,) = await webhook.messages()
    assert (message["state"], message["reason"]) == ("failed_on_ingest", "event_not_defined")


@pytest.mark.parametrize(
    ("slug", "options", "status", "code"),
    [
        pytest.param("hooks", {}, 404, "unknown_source", id="no-such-function"),
        pytest.param("off", {}, 400, "source_disabled", id="source-disabled"),
        pytest.param("broken", {}, 500, "sandbox_not_loaded", id="not-loaded"),
        pytest.param("hook", {"method": "GET"}, 405, "BAD_REQUEST", id="GET"),
        pytest.param("hook", {"method": "PUT"}, 405, "BAD_REQUEST", id="PUT"),
        pytest.param("hook", {"headers": {"Content-Type": "text/plain"}}, 400, "BAD_REQUEST", id="content-type"),
        pytest.param("hook", {"data": b"{"}, 400, "BAD_REQUEST", id="broken-json"),
        pytest.param(
            "hook", {"headers": {"Content-Encoding": "gzip"}}, 400, "BAD_REQUEST", id="no-gzip-though-it-says-so"
        ),
        pytest.param("hook", {"data": b'"%s"' % (b"x" * 512 * 1024)}, 413, "BAD_REQUEST", id="too-large"),
        pytest.param("hook", {"data": b'"%s"' % (b"x" * 2_000_000)}, 413, "BAD_REQUEST", id="far-too-large"),
    ],
)
async def test_what_is_refused_is_in_the_journal(
    webhook: Webhook, slug: str, options: dict[str, Any], status: int, code: str
) -> None:
    """With the code that the answer has."""
    answered, answer = await webhook.post(slug, **options)
    assert (answered, answer["success"], answer["code"]) == (status, False, code)
    refused = await webhook.refused()
    assert (refused["path"], refused["status"], refused["code"]) == (f"/functions/{slug}", status, code)
    assert webhook.runtime.requests == []


async def test_a_body_may_have_512_kib(webhook: Webhook) -> None:
    """Source: segment-docs, Source functions, FAQs."""
    assert (await webhook.post(data=b'"%s"' % (b"x" * (512 * 1024 - 2))))[0] == 200


async def test_a_full_sandbox_takes_no_more(webhook: Webhook) -> None:
    """As the Tracking API does."""
    await webhook.post()
    await webhook.post()
    assert (await webhook.post())[1]["code"] == "too_many_requests"


async def test_a_fault_of_ours_is_answered_in_json(webhook: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    """And logged with its traceback."""
    webhook.runtime.events = [{"type": set()}]
    async with webhook.client.post("/functions/hook", json={}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (500, "internal")
    assert "failed inside the sandbox" in caplog.text


async def test_no_setting_is_printed() -> None:
    """There may be secrets among them."""
    assert '"k"' not in repr(function("hook"))
