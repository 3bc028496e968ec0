"""Source functions in a whole sandbox: from the webhook to the destination."""

import json
from pathlib import Path
from typing import Any

import pytest

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
