"""The webhooks of source functions, over HTTP, with a runtime of our own."""

import asyncio
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

from sandbox.clock import ManualClock, Rate, SandboxClock
from sandbox.journal import Journal
from sandbox.outcomes import LogLine
from sandbox.pipeline import Intake, Pipeline, Route
from sandbox.runtime import Ending, Invocation, Returned, Threw, TimedOut
from sandbox.sources import SourceFunction, SourceFunctions, reruns
from tests.journal.conftest import DAY_MS

TRACK = {"type": "track", "event": "Paid", "userId": "u"}
NOTHING = Returned(None)
RETRY = Threw("RetryError", "not yet", "RetryError: not yet", {})
STEP_S = 10
HOURS_S = 2 * 60 * 60


@dataclass
class FakeRuntime:
    """Emits these events and objects, and ends so, the next times as `endings` say, once the gate is open."""

    ending: Ending = NOTHING
    endings: list[Ending] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[dict[str, Any]] = field(default_factory=lambda: [TRACK, {**TRACK, "event": "Shipped"}])
    objects: list[dict[str, Any]] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    async def invoke_request(self, key: str, request_json: bytes, settings_json: bytes) -> Invocation:
        """Remember the request."""
        if key != "hook.js":
            raise KeyError(key)
        self.requests.append((json.loads(request_json), settings_json))
        self.begun.set()
        await self.gate.wait()
        emitted = json.dumps({"events": self.events, "objects": self.objects})
        ending = self.endings.pop(0) if self.endings else self.ending
        failed = not isinstance(ending, Returned)
        logs = (LogLine(1, "info", "hello"),)
        return Invocation(ending, logs, (), 1.5, None if failed else emitted, ("timer of 3000 ms",))


@dataclass
class Webhook:
    """A sandbox's worth of source functions, and a client."""

    client: TestClient[web.Request, web.Application]
    runtime: FakeRuntime
    journal: Journal
    clock: SandboxClock
    functions: SourceFunctions

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

    async def notices(self, kind: str = "invocation") -> list[dict[str, Any]]:
        """Return the notices of runs, or of another kind."""
        return [each for each in await self.journal.read.changes(0, 1_000) if each["kind"] == kind]

    async def notice(self) -> dict[str, Any]:
        """Return the only notice of a run."""
        (notice,) = await self.notices()
        return notice

    async def advance(self, seconds: int) -> None:
        """Skip so much time, and wait until all that fell due was tried."""
        self.clock.advance(seconds * 1_000)
        async with asyncio.timeout(STEP_S):
            await self.functions.reruns.settle()


def function(slug: str, key: str = "hook.js", *, enabled: bool = True) -> SourceFunction:
    """Make a function that feeds `website`, which has one destination."""
    return SourceFunction(slug, key, b'{"k":"v"}', Intake("website", enabled, "p1", (Route("crm", ("Acme",)),)))


@pytest.fixture
async def webhook(tmp_path: Path) -> AsyncIterator[Webhook]:
    clock = SandboxClock(Rate(0), ManualClock(1_000))
    journal = Journal(tmp_path, clock, keep=100, pending_limit=4, seen_for_ms=DAY_MS)
    runtime = FakeRuntime()
    functions = SourceFunctions(runtime, Pipeline(journal), journal, clock)
    known = [function("hook"), function("off", enabled=False), function("broken", "broken.js")]
    functions.use({each.slug: each for each in known})
    application = web.Application(client_max_size=1024 * 1024)
    application.add_routes(functions.routes())
    trying_again = asyncio.create_task(functions.reruns.run())
    async with TestClient(TestServer(application)) as client:
        yield Webhook(client, runtime, journal, clock, functions)
    trying_again.cancel()
    await asyncio.wait([trying_again])
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


async def test_a_collection_that_is_not_in_lower_case_is_warned_of(webhook: Webhook) -> None:
    """Once for each name; Segment documents no refusal."""
    named = ("Orders", "orders", "Orders")
    webhook.runtime.objects = [{"collection": name, "id": "1", "properties": {}} for name in named]
    assert (await webhook.post())[0] == 200
    warnings = [each for each in (await webhook.notice())["warnings"] if "collection" in each]
    assert warnings == ["Segment.set takes a collection in lower case, as Segment documents: orders, not Orders."]


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
        pytest.param("hook/x", {}, 404, "unknown_source", id="beyond-a-slug"),
        pytest.param("", {}, 404, "unknown_source", id="no-slug"),
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


async def test_a_retry_error_is_tried_six_times(webhook: Webhook) -> None:
    """Each attempt is shown with its number, its own time and when the next one comes; the last says that it was."""
    webhook.runtime.ending = RETRY
    status, answer = await webhook.post()
    assert (status, answer["code"]) == (500, "RETRY_ERROR")
    assert webhook.functions.reruns.waiting == 1
    await webhook.advance(HOURS_S)
    runs = await webhook.notices()
    assert [each["attempt"] for each in runs] == [1, 2, 3, 4, 5, 6]
    assert [each["retry_of"] for each in runs] == [None, *[runs[0]["seq"]] * 5]
    assert {each["reason"] for each in runs} == {"RETRY_ERROR"}
    assert [each["next_attempt_at"] for each in runs[:-1]] == [each["started_at"] for each in runs[1:]]
    assert [each["at"] for each in runs] == [each["started_at"] for each in runs]
    assert [each["would_retry"] for each in runs] == [True] * 5 + [False]
    assert (runs[-1]["next_attempt_at"], runs[-1]["detail"]) == (
        None,
        "RetryError: not yet. Given up after 6 attempts.",
    )
    assert webhook.functions.reruns.waiting == 0
    assert len(await webhook.journal.read.refused(0, 100)) == 1
    await webhook.advance(HOURS_S)
    assert len(webhook.runtime.requests) == 6


async def test_every_attempt_gets_the_same_request(webhook: Webhook) -> None:
    """Its ids included."""
    webhook.runtime.ending = TimedOut(5.0)
    await webhook.post(query="?b=dG9rZW4%3D")
    await webhook.advance(HOURS_S)
    requests = [request for request, _ in webhook.runtime.requests]
    assert len(requests) == 6
    assert all(request == requests[0] for request in requests)


async def test_what_a_later_attempt_makes_is_taken_in_once(webhook: Webhook) -> None:
    """What the failed ones had queued is not sent."""
    webhook.runtime.endings = [RETRY, TimedOut(5.0), NOTHING]
    await webhook.post()
    assert await webhook.messages() == []
    await webhook.advance(HOURS_S)
    messages, runs = await webhook.messages(), await webhook.notices()
    assert [each["event"] for each in messages] == ["Paid", "Shipped"]
    assert [(each["attempt"], each["state"]) for each in runs] == [(1, "failed"), (2, "failed"), (3, "succeeded")]
    assert runs[-1]["messages"] == [messages[0]["seq"], messages[1]["seq"]]
    assert len(webhook.runtime.requests) == 3


async def test_nothing_is_tried_again_before_its_time(webhook: Webhook) -> None:
    """The first wait is at least a minute."""
    webhook.runtime.ending = RETRY
    await webhook.post()
    await webhook.advance(59)
    assert len(webhook.runtime.requests) == 1
    await webhook.advance(2 * 60 + 1)
    assert len(webhook.runtime.requests) >= 2


@pytest.mark.parametrize(
    "name", ["Error", "TypeError", "EventNotSupported", "InvalidEventPayload", "ValidationError", "DropEvent"]
)
async def test_no_other_error_is_tried_again(webhook: Webhook, name: str) -> None:
    """Source: segment-docs, Source functions, Error types."""
    webhook.runtime.ending = Threw(name, "no", f"{name}: no", {})
    await webhook.post()
    await webhook.advance(HOURS_S)
    notice = await webhook.notice()
    assert (notice["would_retry"], notice["next_attempt_at"]) == (False, None)


async def test_another_error_ends_the_attempts(webhook: Webhook) -> None:
    """A second attempt that throws what no other try changes is the last one."""
    webhook.runtime.endings = [RETRY, Threw("TypeError", "no", "TypeError: no", {})]
    await webhook.post()
    await webhook.advance(HOURS_S)
    assert [each["reason"] for each in await webhook.notices()] == ["RETRY_ERROR", "INVOKE_ERROR"]


async def test_an_attempt_runs_the_function_as_it_is_by_now(webhook: Webhook) -> None:
    """With its new settings, for its new source."""
    webhook.runtime.endings = [RETRY]
    await webhook.post()
    webhook.functions.use(
        {"hook": SourceFunction("hook", "hook.js", b'{"k":"w"}', Intake("shop", enabled=True, project_id="p2"))}
    )
    await webhook.functions.give_up_orphans()
    await webhook.advance(HOURS_S)
    assert [settings for _, settings in webhook.runtime.requests] == [b'{"k":"v"}', b'{"k":"w"}']
    assert {each["source"] for each in await webhook.messages()} == {"shop"}


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        pytest.param({}, "sandbox_function_removed", id="removed"),
        pytest.param({"other": function("other")}, "sandbox_function_removed", id="renamed"),
        pytest.param({"hook": function("hook", enabled=False)}, "source_disabled", id="source-disabled"),
    ],
)
async def test_the_calls_of_a_function_that_is_gone_are_given_up(
    webhook: Webhook, left: dict[str, SourceFunction], reason: str
) -> None:
    """Which is told, with the numbers of their first attempts."""
    webhook.runtime.ending = RETRY
    await webhook.post()
    await webhook.post()
    webhook.functions.use(left)
    await webhook.functions.give_up_orphans()
    await webhook.advance(HOURS_S)
    (told,) = await webhook.notices("given_up")
    firsts = {each["seq"] for each in await webhook.notices()}
    assert (told["function"], told["reason"], set(told["calls"])) == ("hook", reason, firsts)
    assert len(webhook.runtime.requests) == 2


async def test_an_attempt_under_way_of_a_function_that_goes_is_the_last(webhook: Webhook) -> None:
    """It is shown, and what was to follow is given up."""
    webhook.runtime.ending = RETRY
    await webhook.post()
    webhook.runtime.gate.clear()
    webhook.runtime.begun.clear()
    webhook.clock.advance(4 * 60 * 1_000)
    async with asyncio.timeout(STEP_S):
        await webhook.runtime.begun.wait()
    webhook.functions.use({})
    await webhook.functions.give_up_orphans()
    webhook.runtime.gate.set()
    await webhook.advance(HOURS_S)
    assert [each["attempt"] for each in await webhook.notices()] == [1, 2]
    assert [each["reason"] for each in await webhook.notices("given_up")] == ["sandbox_function_removed"]


async def test_code_that_is_not_loaded_ends_the_attempts(webhook: Webhook) -> None:
    """A new file that never loaded has nothing that could run."""
    webhook.runtime.ending = RETRY
    await webhook.post()
    webhook.functions.use({"hook": function("hook", "broken.js")})
    await webhook.advance(HOURS_S)
    (told,) = await webhook.notices("given_up")
    assert (told["reason"], len(told["calls"])) == ("sandbox_not_loaded", 1)


async def test_too_many_waiting_calls_turn_new_ones_away(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until some of them are over."""
    monkeypatch.setattr(reruns, "WAITING_MAX", 2)
    webhook.runtime.ending = RETRY
    assert [(await webhook.post())[0] for _ in range(3)] == [500, 500, 429]
    await webhook.advance(HOURS_S)
    assert (await webhook.post())[0] == 500
