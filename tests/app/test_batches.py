"""onBatch in a whole sandbox."""

import json
from pathlib import Path
from typing import Any

from tests.app.test_functions import STORE, write
from tests.app.test_reload import of_reload
from tests.conftest import Running, running

NEVER_S = 300
FULL = 20
ON_BATCH = """
async function onTrack(event) { return 'single' }
async function onBatch(events, settings) {
  console.log(events.length, settings.region)
  return events.map((event) => event.event === 'bad' ? { status: 400, errormessage: 'no' } : { status: 200 })
}
"""


def batching(wait_s: float) -> str:
    """Write the tables of a destination function whose batches wait so long."""
    return STORE.replace('code = "store.js"', f'code = "store.js"\nbatch_wait = {wait_s}')


async def send(sandbox: Running, count: int, **fields: Any) -> None:
    """Send calls of every other type in one request."""
    calls = [
        {"type": "track" if number % 2 else "page", "event": "e", "userId": "u", **fields} for number in range(count)
    ]
    await sandbox.call("/v1/batch", {"batch": calls})


async def deliveries(sandbox: Running) -> list[dict[str, Any]]:
    """Return every delivery with its attempts."""
    found = (await sandbox.get("/deliveries?limit=1000"))["deliveries"]
    return [await sandbox.get(f"/deliveries/{each['seq']}") for each in found]


async def test_a_full_batch_is_one_call(tmp_path: Path) -> None:
    """Of mixed types; every delivery shows the call and its place in it."""
    write(tmp_path, batching(NEVER_S), store=ON_BATCH)
    async with running(tmp_path) as sandbox:
        await send(sandbox, FULL)
        await sandbox.settled()
        found = await deliveries(sandbox)
    numbers = [each["seq"] for each in found]
    for index, each in enumerate(found):
        (attempt,) = each["attempts"]
        assert (each["state"], attempt["batch"]["index"], attempt["batch"]["deliveries"]) == (
            "delivered",
            index,
            numbers,
        )
        assert [line["text"] for line in attempt["logs"]] == ["20 eu"]


async def test_a_batch_that_is_not_full_goes_out_after_its_wait(tmp_path: Path) -> None:
    """With one event, if no other came."""
    write(tmp_path, batching(0.02), store=ON_BATCH)
    async with running(tmp_path) as sandbox:
        await send(sandbox, 1)
        await sandbox.settled()
        (delivery,) = await deliveries(sandbox)
    assert json.loads(delivery["attempts"][0]["returned"]) == [{"status": 200}]


async def test_one_event_of_a_batch_may_fail_alone(tmp_path: Path) -> None:
    """With the partner's own message."""
    write(tmp_path, batching(NEVER_S), store=ON_BATCH)
    async with running(tmp_path) as sandbox:
        await send(sandbox, FULL - 1)
        await sandbox.call("/v1/track", {"event": "bad", "userId": "u"})
        await sandbox.settled()
        found = await deliveries(sandbox)
    assert [each["state"] for each in found] == ["delivered"] * (FULL - 1) + ["discarded"]
    assert (found[-1]["reason"], found[-1]["detail"]) == ("400", "no")


async def test_a_batch_that_throws_fails_whole(tmp_path: Path) -> None:
    """RetryError asks for another try of all of it."""
    code = "async function onBatch() { throw new RetryError('later') }"
    write(tmp_path, batching(NEVER_S), store=code)
    async with running(tmp_path) as sandbox:
        await send(sandbox, FULL)
        await sandbox.settled()
        found = await deliveries(sandbox)
    assert {(each["state"], each["reason"]) for each in found} == {("awaiting_retry", "RETRY")}
    assert {each["attempts"][0]["error"]["message"] for each in found} == {"later"}


async def test_a_save_decides_whether_events_are_collected(tmp_path: Path) -> None:
    """What waited for a batch is delivered one by one when onBatch is gone."""
    write(tmp_path, batching(NEVER_S), store=ON_BATCH)
    async with running(tmp_path, reload=True) as sandbox:
        await sandbox.call("/v1/track", {"event": "e", "userId": "u"})
        assert (await deliveries(sandbox))[0]["state"] == "pending"
        (tmp_path / "store.js").write_text("async function onTrack() { return 'single' }")
        await sandbox.change(of_reload("function"))
        await sandbox.settled()
        (delivery,) = await deliveries(sandbox)
        assert (delivery["attempts"][0]["returned"], delivery["attempts"][0]["batch"]) == ('"single"', None)


async def test_an_insert_function_sees_a_batch_before_its_destination(tmp_path: Path) -> None:
    """What it drops is no part of the batch."""
    insert = '\n[[functions]]\nslug = "drop"\nkind = "insert"\ncode = "drop.js"\ndestination = "store"\n'
    write(
        tmp_path,
        batching(NEVER_S) + insert,
        store="async function onBatch(events) { return events.map(() => ({ status: 200 })) }",
        drop="async function onTrack(event) { return event }",
    )
    async with running(tmp_path) as sandbox:
        await send(sandbox, FULL)
        await sandbox.settled()
        found = await deliveries(sandbox)
    assert [each["state"] for each in found] == ["filtered", "delivered"] * (FULL // 2)
    assert {each["reason"] for each in found} == {"unsupported_event_type", None}
    assert len(found[1]["attempts"][0]["batch"]["deliveries"]) == FULL // 2


async def test_a_subscription_function_has_no_on_batch(tmp_path: Path) -> None:
    """It belongs to destination functions."""
    app = """
[app]
name = "Acme"
[app.components.function]
code = "store.js"
[[destinations]]
slug = "app"
component = "function"
source = "website"
enabled = true
settings = { apiKey = "local-api-key" }
"""
    write(tmp_path, app, store=ON_BATCH)
    async with running(tmp_path) as sandbox:
        await sandbox.call("/v1/track", {"event": "e", "userId": "u"})
        await sandbox.settled()
        (delivery,) = await deliveries(sandbox)
    assert delivery["attempts"][0]["returned"] == '"single"'
