"""The workspace's own functions in a whole sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.workspace import WRITE_KEY
from tests.app.test_reload import of_reload
from tests.conftest import Running, running
from tests.partner import Partner

WEBHOOK = """
[app]
name = "Acme CRM"

[app.components.webhook]
endpoint = "{endpoint}"

[[destinations]]
slug = "crm"
component = "webhook"
source = "website"
enabled = true
settings = {{ apiKey = "local-api-key" }}
"""

STORE = """
[[functions]]
slug = "store"
name = "Store"
kind = "destination"
code = "store.js"
settings = { apiKey = "of the function", region = "eu" }

[[destinations]]
slug = "store"
function = "store"
source = "website"
enabled = true
settings = { apiKey = "of the destination" }
"""

REDACT = """
[[functions]]
slug = "redact"
kind = "insert"
code = "redact.js"
destination = "crm"
settings = { field = "email" }
"""


def write(folder: Path, tables: str, **code: str) -> None:
    """Write a workspace file with a source, these tables, and the code of functions."""
    for name, text in code.items():
        (folder / f"{name}.js").write_text(text)
    top = (
        f'[workspace]\nslug = "acme"\nname = "Acme Dev"\n\n[[sources]]\nslug = "website"\nwrite_key = "{WRITE_KEY}"\n'
    )
    (folder / "workspace.toml").write_text(top + tables)


async def delivered(sandbox: Running, **fields: Any) -> dict[str, dict[str, Any]]:
    """Send a call; return its deliveries by destination, each with its only attempt."""
    response = await sandbox.call("/v1/track", {"type": "track", "userId": "u", "event": "e", **fields})
    await sandbox.settled()
    message = await sandbox.get(f"/messages/{response.headers['X-Sandbox-Seq'].split('-')[0]}?secrets=shown")
    return {
        each["destination"]: {**each, "attempt": each["attempts"][-1] if each["attempts"] else None}
        for each in message["deliveries"]
    }


async def test_a_destination_function_gets_the_events_of_its_source(tmp_path: Path) -> None:
    """With its own settings, of which the destination may change some."""
    write(tmp_path, STORE, store="async function onTrack(event, settings) { return [event.event, settings] }")
    async with running(tmp_path) as sandbox:
        store = (await delivered(sandbox))["store"]
    assert store["state"] == "delivered"
    assert json.loads(store["attempt"]["returned"]) == ["e", {"apiKey": "of the destination", "region": "eu"}]


@pytest.mark.parametrize(
    ("integrations", "state"),
    [
        pytest.param({"All": False}, "filtered", id="all-off"),
        pytest.param({"All": False, "Store (Acme Dev)": True}, "delivered", id="named"),
        pytest.param({"Store (Acme Dev)": False}, "filtered", id="switched-off"),
        pytest.param({"store (acme dev)": False}, "delivered", id="another-case"),
        pytest.param({"Store": False}, "delivered", id="without-the-workspace"),
    ],
)
async def test_a_destination_function_goes_by_its_name_and_the_workspaces(
    tmp_path: Path, integrations: dict[str, bool], state: str
) -> None:
    """In an integrations object. Source: segment-docs, Destination functions."""
    write(tmp_path, STORE, store="async function onTrack() {}")
    async with running(tmp_path) as sandbox:
        assert (await delivered(sandbox, integrations=integrations))["store"]["state"] == state


async def test_an_insert_function_changes_what_its_destination_gets(tmp_path: Path) -> None:
    """And what no other destination gets; its run is in the attempt, apart from the destination's."""
    redact = """
    async function onTrack(event, settings) {
      console.log('redacting', settings.field)
      delete event.properties[settings.field]
      return event
    }"""
    async with Partner() as partner:
        write(
            tmp_path,
            WEBHOOK.format(endpoint=partner.url) + STORE + REDACT,
            store="async function onTrack(event) { return event.properties }",
            redact=redact,
        )
        async with running(tmp_path) as sandbox:
            found = await delivered(sandbox, properties={"email": "a@b.c", "plan": "pro"})
        (received,) = partner.received
    assert json.loads(received.body)["properties"] == {"plan": "pro"}
    assert json.loads(found["store"]["attempt"]["returned"]) == {"email": "a@b.c", "plan": "pro"}
    insert = found["crm"]["attempt"]["insert"]
    assert insert["function"] == "redact"
    assert [line["text"] for line in insert["logs"]] == ["redacting email"]
    assert (found["crm"]["attempt"]["logs"], len(found["crm"]["attempt"]["exchanges"])) == ([], 1)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("async function onPage(event) { return event }", "unsupported_event_type", id="no-handler"),
        pytest.param("async function onTrack(event) {}", "sandbox_no_event", id="no-return"),
        pytest.param("async function onTrack(event) { event.x.y }", "bad_request", id="any-error"),
        pytest.param(
            "async function onTrack(event) { throw new ValidationError('no') }", "message_rejected", id="rejected"
        ),
        pytest.param("async function onTrack(event) { throw new DropEvent('no') }", "DROP_EVENT", id="dropped"),
    ],
)
async def test_an_insert_function_stops_an_event(tmp_path: Path, code: str, reason: str) -> None:
    """It is filtered, with Segment's code, and the destination is not called."""
    async with Partner() as partner:
        write(tmp_path, WEBHOOK.format(endpoint=partner.url) + REDACT, redact=code)
        async with running(tmp_path) as sandbox:
            crm = (await delivered(sandbox))["crm"]
        assert partner.received == []
    assert (crm["state"], crm["reason"]) == ("filtered", reason)
    assert crm["remedy"]


async def test_every_function_is_loaded_anew_at_its_save(tmp_path: Path) -> None:
    """The ones that did not change go on as they were."""
    async with Partner() as partner:
        write(
            tmp_path,
            WEBHOOK.format(endpoint=partner.url) + STORE + REDACT,
            store="let count = 0; async function onTrack() { return ++count }",
            redact="async function onTrack(event) { return { ...event, event: 'one' } }",
        )
        async with running(tmp_path, reload=True) as sandbox:
            await delivered(sandbox)
            (tmp_path / "redact.js").write_text("async function onTrack(event) { return { ...event, event: 'two' } }")
            notice = await sandbox.change(of_reload("function"))
            assert notice["path"] == "redact.js"
            store = (await delivered(sandbox))["store"]
    assert [json.loads(received.body)["event"] for received in partner.received] == ["one", "two"]
    assert store["attempt"]["returned"] == "2"


async def test_code_that_does_not_load_is_a_mistake_and_stops_no_start(tmp_path: Path) -> None:
    """It is told where; what has other code runs."""
    async with Partner() as partner:
        write(
            tmp_path,
            WEBHOOK.format(endpoint=partner.url) + STORE,
            store="async function onTrack( {}",
        )
        async with running(tmp_path, reload=True) as sandbox:
            (mistake,) = (await sandbox.get("/health"))["mistakes"]
            assert mistake.startswith("store.js:1:")
            found = await delivered(sandbox)
            assert (found["crm"]["state"], found["store"]["reason"]) == ("delivered", "sandbox_not_loaded")
            workspace = await sandbox.get("/workspace")
            assert [each["state"] for each in workspace["functions"]] == ["does not load"]
            assert [each["state"] for each in workspace["destinations"]] == ["ready", "does not load"]
            write(tmp_path, WEBHOOK.format(endpoint=partner.url))
            await sandbox.change(of_reload("workspace"))
            assert (await sandbox.get("/health"))["mistakes"] == []


async def test_one_file_may_be_the_code_of_several_functions(tmp_path: Path) -> None:
    """Each with settings of its own, and each loaded at a save."""
    second = STORE.replace('"store"', '"second"').replace("of the destination", "of the second")
    write(tmp_path, STORE + second, store="async function onTrack(_, settings) { return settings.apiKey }")
    async with running(tmp_path, reload=True) as sandbox:
        found = await delivered(sandbox)
        assert [json.loads(found[slug]["attempt"]["returned"]) for slug in ("store", "second")] == [
            "of the destination",
            "of the second",
        ]
        (tmp_path / "store.js").write_text("async function onTrack() { return 'new' }")
        first = await sandbox.change(of_reload("function"))
        await sandbox.change(of_reload("function"), first["seq"])
        found = await delivered(sandbox)
        assert {each["attempt"]["returned"] for each in found.values()} == {'"new"'}


async def test_functions_are_described(tmp_path: Path) -> None:
    """With where they stand; a source function with its address."""
    hook = '\n[[functions]]\nslug = "hook"\nkind = "source"\ncode = "hook.js"\nsource = "website"\n'
    write(
        tmp_path,
        WEBHOOK.format(endpoint="http://127.0.0.1:9/") + STORE + REDACT + hook,
        store="",
        redact="",
        hook="",
    )
    async with running(tmp_path) as sandbox:
        workspace = await sandbox.get("/workspace")
        assert [(each["slug"], each["kind"], each["state"], each["code"]) for each in workspace["functions"]] == [
            ("store", "destination function", "ready", "store.js"),
            ("redact", "insert function", "ready", "redact.js"),
            ("hook", "source function", "ready", "hook.js"),
        ]
        assert workspace["functions"][2]["url"] == f"{sandbox.url}/functions/hook"
        crm, store = workspace["destinations"]
        assert (crm["kind"], crm["insert_function"]) == ("webhook", "redact")
        assert (store["kind"], store["target"], store["insert_function"]) == (
            "destination function",
            "store.js",
            None,
        )


async def test_the_names_of_2019_count_where_the_file_says_so(tmp_path: Path) -> None:
    """And today's win."""
    old = STORE.replace('code = "store.js"', 'code = "store.js"\nhandlers = "2019"')
    write(tmp_path, old, store="async function track() { return 'track' }")
    async with running(tmp_path, reload=True) as sandbox:
        assert (await delivered(sandbox))["store"]["attempt"]["returned"] == '"track"'
        (tmp_path / "store.js").write_text(
            "function track() { return 'track' }\nfunction onTrack() { return 'onTrack' }"
        )
        await sandbox.change(of_reload("function"))
        assert (await delivered(sandbox))["store"]["attempt"]["returned"] == '"onTrack"'


async def test_what_a_handler_leaves_open_is_a_warning(tmp_path: Path) -> None:
    """For Segment may never finish it."""
    write(tmp_path, STORE, store="async function onTrack() { setTimeout(() => {}, 3000) }")
    async with running(tmp_path) as sandbox:
        store = (await delivered(sandbox))["store"]
    (warning,) = store["attempt"]["warnings"]
    assert "3000 ms" in warning
    assert warning.endswith("was still open when the handler returned: Segment may never finish it. Await it.")
