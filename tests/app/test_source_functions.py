"""Source functions in a whole sandbox: from the webhook to the destination."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import Rate
from sandbox.outcomes import REASONS
from tests.app.test_functions import WEBHOOK, write
from tests.app.test_reload import of_reload
from tests.conftest import Running, running
from tests.partner import Partner

HOOK = """
[[functions]]
slug = "hook"
kind = "source"
code = "hook.js"
source = "website"
settings = { prefix = "Shop" }
"""
CODE = """
async function onRequest(request, settings) {
  const body = request.json()
  console.log(Object.keys(body).join(), request.headers.get('x-shop'), request.url.searchParams.get('b'))
  Segment.track({ event: settings.prefix + ' ' + body.kind, userId: body.user })
  Segment.set({ collection: 'orders', id: '1', properties: { total: 3 } })
}
"""


async def post(sandbox: Running, data: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    """Post to the webhook with a token in the address, as at Segment."""
    headers = {"Content-Type": "application/json", "X-Shop": "acme", **headers}
    async with sandbox.client.post(f"{sandbox.url}/functions/hook?b=token", data=data, headers=headers) as response:
        return response.status, await response.json()


async def runs(sandbox: Running) -> list[dict[str, Any]]:
    """Return the notices of runs."""
    return [each for each in (await sandbox.get("/changes?limit=1000"))["changes"] if each["kind"] == "invocation"]


@pytest.mark.parametrize(
    ("functions", "path", "words"),
    [
        (HOOK, "/functions/hook/x", "there is no source function hook/x; the workspace has hook"),
        (HOOK, "/functions", "the path names no source function; the workspace has hook"),
        ("", "/functions/", "the path names no source function; the workspace file has none"),
    ],
)
async def test_an_address_of_no_function_is_no_matter_of_the_tracking_api(
    tmp_path: Path, functions: str, path: str, words: str
) -> None:
    """The answer names those that there are."""
    write(tmp_path, WEBHOOK.format(endpoint="http://127.0.0.1:9/") + functions, hook=CODE)
    async with running(tmp_path) as sandbox, sandbox.client.post(sandbox.url + path) as response:
        answer = await response.json()
        assert (response.status, answer["success"], answer["code"]) == (404, False, "unknown_source")
        assert answer["message"].startswith(words)


async def test_a_webhook_becomes_events_for_every_destination(tmp_path: Path) -> None:
    """The body's keys sorted, the objects noted, the events delivered."""
    async with Partner() as partner:
        write(tmp_path, WEBHOOK.format(endpoint=partner.url) + HOOK, hook=CODE)
        async with running(tmp_path) as sandbox:
            assert await post(sandbox, b'{"user":"u1","kind":"Paid"}') == (200, {"success": True})
            await sandbox.settled()
            (run,) = await runs(sandbox)
        (received,) = partner.received
    event = json.loads(received.body)
    assert (event["type"], event["event"], event["userId"], event["channel"]) == (
        "track",
        "Shop Paid",
        "u1",
        "server",
    )
    assert [line["text"] for line in run["logs"]] == ["kind,user acme token"]
    assert run["objects"][0]["collection"] == "orders"


async def test_a_form_is_an_object(tmp_path: Path) -> None:
    """As Twilio sends one."""
    write(tmp_path, HOOK, hook=CODE)
    async with running(tmp_path) as sandbox:
        status, _ = await post(
            sandbox, b"user=u1&kind=Sent+it", **{"Content-Type": "application/x-www-form-urlencoded"}
        )
        (message,) = await sandbox.messages()
    assert (status, message["event"]) == (200, "Shop Sent it")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("async function onRequest(request) { request.json().a.b }", "INVOKE_ERROR", id="any-error"),
        pytest.param("async function onRequest() { Segment.track({}) }", "INVOKE_ERROR", id="no-event-name"),
        pytest.param("async function onTrack() {}", "INVOKE_ERROR", id="no-onRequest"),
        pytest.param("async function onRequest() { throw new RetryError('x') }", "RETRY_ERROR", id="RetryError"),
        pytest.param(
            "async function onRequest() { Segment.track({ event: 'e', userId: 'u', properties: "
            "{ x: 'y'.repeat(40000) } }) }",
            "TRACKING_API_FAILED",
            id="too-large",
        ),
    ],
)
async def test_a_run_that_fails_sends_nothing(tmp_path: Path, code: str, reason: str) -> None:
    """The caller learns that it failed; the journal has why."""
    write(tmp_path, HOOK, hook=code)
    async with running(tmp_path) as sandbox:
        status, answer = await post(sandbox, b"{}")
        assert (status, answer["code"]) == (500, reason)
        (refused,) = (await sandbox.get("/refused"))["refused"]
        assert (refused["code"], await sandbox.messages()) == (reason, [])
    assert reason in REASONS


async def test_what_was_emitted_before_an_error_is_not_sent(tmp_path: Path) -> None:
    """Nor with the next request of the same worker."""
    code = """
    async function onRequest(request) {
      Segment.track({ event: 'e', userId: request.json().user })
      if (request.json().fail) throw new Error('no')
    }"""
    write(tmp_path, HOOK, hook=code)
    async with running(tmp_path) as sandbox:
        assert (await post(sandbox, b'{"user":"a","fail":true}'))[0] == 500
        assert (await post(sandbox, b'{"user":"b"}'))[0] == 200
        assert [message["user_id"] for message in await sandbox.messages()] == ["b"]


async def test_a_save_is_what_the_next_request_runs(tmp_path: Path) -> None:
    """Without a restart."""
    write(tmp_path, HOOK, hook=CODE)
    async with running(tmp_path, reload=True) as sandbox:
        await post(sandbox, b'{"user":"u1","kind":"Paid"}')
        (tmp_path / "hook.js").write_text(CODE.replace("' ' +", "' was ' +"))
        await sandbox.change(of_reload("function"))
        await post(sandbox, b'{"user":"u1","kind":"Paid"}')
        assert [message["event"] for message in await sandbox.messages()] == ["Shop Paid", "Shop was Paid"]


async def test_what_is_no_function_is_not_found(tmp_path: Path) -> None:
    """In JSON, like every answer."""
    write(tmp_path, HOOK, hook=CODE)
    async with running(tmp_path) as sandbox:
        for path in ("/functions", "/functions/", "/functions/hook/more", "/functions/other"):
            async with sandbox.client.post(sandbox.url + path, json={}) as response:
                assert (response.status, response.content_type) == (404, "application/json")


THIRD_TIME = """
let tries = 0
async function onRequest(request) {
  Segment.track({ event: 'Paid', userId: request.json().user })
  tries += 1
  if (tries < 3) throw new RetryError('try ' + tries)
}
"""
LATER = "async function onRequest() { throw new RetryError('not yet') }"


async def skip(sandbox: Running, duration: str) -> None:
    """Advance the clock as `segment-sandbox clock advance` does; the answer comes when all was tried."""
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/clock", json={"advance": duration}) as response:
        assert (await response.json())["settled"] is True


async def test_a_call_that_fails_twice_is_delivered_by_its_third_attempt(tmp_path: Path) -> None:
    """From the webhook's address to the destination, once, with two hours skipped."""
    async with Partner() as partner:
        write(tmp_path, WEBHOOK.format(endpoint=partner.url) + HOOK, hook=THIRD_TIME)
        async with running(tmp_path) as sandbox:
            status, answer = await post(sandbox, b'{"user":"u1"}')
            assert (status, answer["message"]) == (500, "RetryError: try 1")
            assert (await sandbox.get("/health"))["reruns"] == 1
            await skip(sandbox, "2h")
            made = await runs(sandbox)
            assert [(run["attempt"], run["detail"]) for run in made] == [
                (1, "RetryError: try 1"),
                (2, "RetryError: try 2"),
                (3, None),
            ]
            assert (await sandbox.get("/health"))["reruns"] == 0
        (received,) = partner.received
    assert json.loads(received.body)["userId"] == "u1"


async def test_a_fast_clock_makes_all_attempts_by_itself(tmp_path: Path) -> None:
    """An hour in less than a second."""
    write(tmp_path, HOOK, hook=LATER)
    async with running(tmp_path, clock=Rate(10_000)) as sandbox:
        await post(sandbox, b"{}")
        last = await sandbox.change(lambda change: change["kind"] == "invocation" and change["attempt"] == 6)
    assert (last["detail"], last["next_attempt_at"]) == ("RetryError: not yet. Given up after 6 attempts.", None)


async def test_a_function_that_hangs_is_ended_at_every_attempt(tmp_path: Path) -> None:
    """And another one's calls are made meanwhile."""
    hang = HOOK.replace("hook", "hang").replace("settings", "timeout = 0.1\nsettings")
    write(tmp_path, HOOK + hang, hook=THIRD_TIME, hang="async function onRequest() { while (true) {} }")
    async with running(tmp_path) as sandbox:
        for slug in ("hang", "hook"):
            await sandbox.client.post(f"{sandbox.url}/functions/{slug}", json={"user": "u1"})
        await skip(sandbox, "2h")
        made = await runs(sandbox)
        assert len(await sandbox.messages()) == 1
    hung = [run for run in made if run["function"] == "hang"]
    assert [(run["attempt"], run["reason"]) for run in hung] == [(n, "FUNCTION_TIMEOUT") for n in range(1, 7)]
    assert hung[-1]["detail"].endswith("Given up after 6 attempts.")


async def test_a_save_between_attempts_mends_what_waits(tmp_path: Path) -> None:
    """Without another call."""
    write(tmp_path, HOOK, hook=LATER)
    async with running(tmp_path, reload=True) as sandbox:
        await post(sandbox, b'{"user":"u1","kind":"Paid"}')
        (tmp_path / "hook.js").write_text(CODE)
        await sandbox.change(of_reload("function"))
        await skip(sandbox, "2h")
        (message,) = await sandbox.messages()
    assert message["event"] == "Shop Paid"


async def test_a_function_that_is_removed_has_its_calls_given_up(tmp_path: Path) -> None:
    """Which is told."""
    write(tmp_path, HOOK, hook=LATER)
    file = tmp_path / "workspace.toml"
    async with running(tmp_path) as sandbox:
        await post(sandbox, b"{}")
        file.write_text(file.read_text().replace(HOOK, ""))
        await sandbox.sandbox.on_change(frozenset({file}))
        told = await sandbox.change(lambda change: change["kind"] == "given_up")
        await skip(sandbox, "2h")
        (run,) = await runs(sandbox)
    assert (told["reason"], told["calls"]) == ("sandbox_function_removed", [run["seq"]])
    assert told["reason"] in REASONS


@pytest.mark.parametrize(("source", "left"), [(None, 0), ("website", 0), ("other", 1)])
async def test_a_reset_forgets_what_waits(tmp_path: Path, source: str | None, left: int) -> None:
    """Of its source alone, where it names one."""
    other = '\n[[sources]]\nslug = "other"\nwrite_key = "anotherWriteKey000000000000000001"\n'
    write(tmp_path, other + HOOK, hook=LATER)
    async with running(tmp_path) as sandbox:
        await post(sandbox, b"{}")
        body = {} if source is None else {"source": source}
        async with sandbox.client.post(f"{sandbox.url}/_sandbox/reset", json=body) as response:
            assert response.status == 200
        assert (await sandbox.get("/health"))["reruns"] == left


async def test_what_waits_goes_on_at_the_next_start(tmp_path: Path) -> None:
    """With the same request, where it had come to; what was over or given up is not made again."""
    write(tmp_path, HOOK, hook=LATER)
    async with running(tmp_path, clock=Rate(0)) as sandbox:
        await post(sandbox, b'{"user":"u1","kind":"Paid"}')
        await skip(sandbox, "4m")
    (tmp_path / "hook.js").write_text(CODE)
    async with running(tmp_path, clock=Rate(0)) as sandbox:
        assert (await sandbox.get("/health"))["reruns"] == 1
        await skip(sandbox, "2h")
        made = await runs(sandbox)
        (message,) = await sandbox.messages()
    assert [(run["attempt"], run["state"]) for run in made][-1] == (len(made), "succeeded")
    assert {run["retry_of"] for run in made[1:]} == {made[0]["seq"]}
    assert [line["text"] for line in made[-1]["logs"]] == ["kind,user acme token"]
    assert message["event"] == "Shop Paid"
    async with running(tmp_path, clock=Rate(0)) as sandbox:
        assert (await sandbox.get("/health"))["reruns"] == 0


async def test_what_was_given_up_is_not_taken_up_at_the_next_start(tmp_path: Path) -> None:
    """Though the function is back by then; what waits for one that is gone by then is given up."""
    write(tmp_path, HOOK, hook=LATER)
    file = tmp_path / "workspace.toml"
    text = file.read_text()
    async with running(tmp_path) as sandbox:
        await post(sandbox, b"{}")
        file.write_text(text.replace(HOOK, ""))
        await sandbox.sandbox.on_change(frozenset({file}))
    file.write_text(text)
    async with running(tmp_path) as sandbox:
        assert (await sandbox.get("/health"))["reruns"] == 0
        await post(sandbox, b"{}")
    file.write_text(text.replace(HOOK, ""))
    async with running(tmp_path) as sandbox:
        gone = [each for each in (await sandbox.get("/changes?limit=1000"))["changes"] if each["kind"] == "given_up"]
    assert [each["reason"] for each in gone] == ["sandbox_function_removed"] * 2


async def test_a_reset_is_final(tmp_path: Path) -> None:
    """What it forgot of a source does not come back at the next start."""
    write(tmp_path, HOOK, hook=LATER)
    async with running(tmp_path) as sandbox:
        await post(sandbox, b"{}")
        await sandbox.client.post(f"{sandbox.url}/_sandbox/reset", json={"source": "website"})
        assert await runs(sandbox) == []
    async with running(tmp_path) as sandbox:
        assert (await sandbox.get("/health"))["reruns"] == 0
