"""The last half hour on the page, the ranges of the search box, and what is written of an event besides."""

import asyncio
import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, Route, expect
from segment.analytics.client import Client

from sandbox.workspace import FILE_NAME, WRITE_KEY
from tests.app.test_reload import of_reload
from tests.browser.test_page import findings, send
from tests.browser.test_page import shown as shown  # noqa: PLC0414 - a fixture
from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Partner


async def fail(sandbox: Running, **fault: object) -> None:
    """Have what goes to the webhook fail."""
    recipe = {"toward": "partner", "destination": "webhook", **fault}
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/faults", json=recipe) as response:
        assert response.status == 200


async def test_a_click_on_a_minute_shows_its_events(embedded: Running, shown: Page) -> None:
    """The bar says in words what it stands for, and the search that it makes is in the address."""
    await shown.goto(embedded.url)
    chart = shown.get_by_role("region", name="Last half hour")
    await expect(chart).to_contain_text("Nothing came.")
    await send(embedded, count=2)
    await expect(chart).to_contain_text("successfully received 2")
    minute = chart.get_by_role("link").last
    await expect(minute).to_have_attribute("aria-label", re.compile(r"^\d\d:\d\d: [12] events?$"))
    assert await findings(shown) == []
    await minute.focus()
    await shown.keyboard.press("Enter")
    await expect(shown.locator(".row").first).to_contain_text("Signed Up")
    assert re.fullmatch(r"at:\d\d:\d\d", parse_qs(urlsplit(shown.url).query)["q"][0])


async def test_the_half_hour_is_counted_again_when_the_answer_before_is_there(embedded: Running, shown: Page) -> None:
    """However much comes meanwhile; what came is in the next answer."""
    await shown.goto(embedded.url)
    chart = shown.get_by_role("region", name="Last half hour")
    await expect(chart).to_contain_text("Nothing came.")
    held: list[Route] = []
    goes_on = asyncio.Event()

    async def hold(route: Route) -> None:
        held.append(route)
        await goes_on.wait()
        await route.continue_()

    await shown.route("**/_sandbox/overview*", hold)
    async with shown.expect_request("**/_sandbox/overview*"):
        await send(embedded)
    for _ in range(2):
        async with shown.expect_response("**/_sandbox/health"):
            await send(embedded)
    assert len(held) == 1
    goes_on.set()
    await expect(chart).to_contain_text("successfully received 3")


async def test_deliveries_over_time_are_those_to_the_destination(embedded: Running, shown: Page) -> None:
    """With what failed, and how long all but the slowest took."""
    await fail(embedded, status=400)
    await send(embedded)
    await shown.goto(f"{embedded.url}/deliveries")
    await expect(shown.get_by_role("region", name="Last half hour")).to_contain_text("P95")
    await shown.get_by_role("combobox", name="destination").select_option("webhook")
    chart = shown.get_by_role("region", name="Last half hour to webhook")
    await expect(chart).to_contain_text("failed delivery 1")
    await expect(chart.get_by_role("link")).to_have_attribute("aria-label", re.compile("1 delivery, 1 failed$"))
    assert await findings(shown) == []


async def test_what_waits_for_a_retry_is_counted_as_under_way(embedded: Running, shown: Page) -> None:
    """The bar has it as well as the words."""
    await fail(embedded, status=503)
    await send(embedded)
    await shown.goto(f"{embedded.url}/deliveries?destination=webhook")
    chart = shown.get_by_role("region", name="Last half hour to webhook")
    await expect(chart).to_contain_text("pending retry 1")
    await expect(chart.get_by_role("link")).to_have_attribute("aria-label", re.compile("1 delivery, 1 under way$"))


async def test_sources_and_destinations_are_counted_live(embedded: Running, shown: Page) -> None:
    """By state; a click shows what is counted."""
    await fail(embedded, status=400)
    await shown.goto(embedded.url)
    row = shown.locator("tr", has_text="webhook").first
    await expect(row).to_contain_text("none yet")
    await send(embedded)
    await row.get_by_role("link", name="discarded 1").click()
    await expect(shown.locator(".row")).to_contain_text("Signed Up")
    assert parse_qs(urlsplit(shown.url).query) == {"q": ["destination:webhook state:discarded"]}


@pytest.mark.parametrize(
    ("search", "events"),
    [
        pytest.param("seq:2..", ["Two"], id="from"),
        pytest.param("seq:..1", ["One"], id="to"),
        pytest.param("-seq:1..1", ["Two"], id="not between"),
        pytest.param("at:00:00..23:59", ["Two", "One"], id="times"),
        pytest.param("at:..23:59 seq:1..1", ["One"], id="both"),
        pytest.param("constructor:x", [], id="what every object has"),
    ],
)
async def test_the_search_box_knows_ranges(embedded: Running, shown: Page, search: str, events: list[str]) -> None:
    """Numbers by size, times by the clock; the end counts."""
    await send(embedded, event="One")
    await send(embedded, event="Two")
    await shown.goto(f"{embedded.url}/debugger")
    await expect(shown.locator(".row")).to_have_count(2)
    await shown.get_by_label("Search").fill(search)
    await expect(shown.locator(".row .name")).to_have_text(events)


CODES: Final = {
    "analytics-js": 'analytics.track("Signed Up"',
    "node": '"userId": "user-1"',
    "python": 'user_id="user-1"',
    "ruby": 'properties: { "plan" => "pro", "seats" => nil }',
}


async def test_an_event_is_written_as_the_call_of_an_sdk(embedded: Running, shown: Page) -> None:
    """Chosen in the Code tab, and kept in the address."""
    await send(embedded, properties={"plan": "pro", "seats": None})
    await shown.goto(f"{embedded.url}/debugger?event=1&tab=Code")
    panel = shown.get_by_role("tabpanel")
    for sdk, code in CODES.items():
        await panel.get_by_role("combobox").select_option(sdk)
        await expect(panel).to_contain_text(code)
        await expect(panel).to_contain_text(f"segment-sandbox sdk {sdk}")
    assert await findings(shown) == []
    await shown.reload()
    await expect(panel).to_contain_text(CODES["ruby"])


async def test_the_call_for_python_is_one_that_its_library_takes(embedded: Running, shown: Page) -> None:
    """It takes no text for a time; Ruby's is alike."""
    await send(embedded, timestamp="2026-01-02T03:04:05.678Z")
    await shown.goto(f"{embedded.url}/debugger?event=1&tab=Code&sdk=python")
    text = shown.get_by_role("region", name="The call")
    taken: list[Any] = []
    client = Client("key", send=False)
    library = SimpleNamespace(track=lambda **call: taken.append(client.track(**call)))
    exec(await text.inner_text(), {"analytics": library})  # noqa: S102 - the page wrote it
    ((accepted, call),) = taken
    assert (accepted, call["timestamp"]) == (True, "2026-01-02T03:04:05.678+00:00")
    await shown.get_by_role("tabpanel").get_by_role("combobox").select_option("ruby")
    await expect(text).to_contain_text('timestamp: Time.iso8601("2026-01-02T03:04:05.678Z")')


async def test_the_story_shows_what_stamping_did(embedded: Running, shown: Page) -> None:
    """A time that was moved, one that was not, one that was missing, and each field that was put in."""
    early: dict[str, Any] = {"timestamp": "2026-01-01T00:00:00.000Z", "sentAt": "2026-01-01T00:00:01.000Z"}
    await send(embedded, messageId="m-1", **early)
    await shown.goto(f"{embedded.url}/event/1")
    step = shown.locator(".story > li", has=shown.get_by_role("heading", name="Normalisation"))
    await expect(step).to_contain_text(", the time between sentAt and receivedAt")
    await expect(step.locator(".diff .bad")).to_contain_text(['timestamp: "2026-01-01T00:00:00.000Z"'])
    added = await step.locator(".diff .good").all_inner_texts()
    assert {line.split(":")[1].strip() for line in added} == {
        "type",
        "receivedAt",
        "originalTimestamp",
        "timestamp",
        "channel",
        "version",
        "projectId",
    }
    request = shown.locator(".story > li", has=shown.get_by_role("heading", name="Request"))
    await expect(request).to_contain_text("/v1/track")
    async with embedded.client.post(f"{embedded.url}/_sandbox/messages/1/replay") as answer:
        assert answer.status == 200
    await shown.goto(f"{embedded.url}/debugger?event={(await embedded.messages())[-1]['seq']}&tab=Story")
    await expect(step).to_contain_text("A replay goes as it was stored.")
    for timestamp, words in (
        ("2026-01-01T00:00:00.000Z", "timestamp is the time that was sent"),
        (None, "timestamp is that of its arrival"),
    ):
        await send(embedded, timestamp=timestamp)
        await shown.goto(f"{embedded.url}/event/{(await embedded.messages())[-1]['seq']}")
        await expect(step).to_contain_text(words)


async def test_the_event_tester_marks_the_faulty_line(embedded: Running, shown: Page) -> None:
    """The line is named, numbered with a sign, and selected; the mark goes when it is mended."""
    await shown.goto(f"{embedded.url}/tester")
    editor = shown.get_by_label("Event as JSON")
    await editor.fill('{\n  "type": "track"\n  "event": "E"\n}')
    await shown.get_by_role("button", name="Send Event").click()
    await expect(shown.get_by_text("Line 3: this is not JSON")).to_be_visible()
    await expect(shown.locator(".numbered pre")).to_contain_text("✕ 3")
    await expect(editor).to_be_focused()
    selected = "(box) => box.value.slice(box.selectionStart, box.selectionEnd)"
    assert await editor.evaluate(selected) == '  "event": "E"'
    assert await findings(shown) == []
    await editor.fill('{"type": "track", "userId": "u", "event": "E"}')
    await expect(shown.locator(".numbered pre")).not_to_contain_text("✕")


async def test_the_event_tester_keeps_events_by_name(embedded: Running, shown: Page) -> None:
    """In the browser, over a reload, until they are forgotten."""
    await shown.goto(f"{embedded.url}/tester")
    editor = shown.get_by_label("Event as JSON")
    await editor.fill('{"type": "track", "event": "Mine"}')
    await shown.get_by_label("Name").fill("mine")
    await shown.get_by_role("button", name="Save in this browser").click()
    await shown.reload()
    await shown.get_by_label("Begin with").select_option("mine")
    await expect(editor).to_have_value('{"type": "track", "event": "Mine"}')
    await shown.get_by_label("Name").fill("mine")
    await shown.get_by_role("button", name="Forget mine").click()
    await expect(shown.get_by_label("Begin with").locator("option", has_text="mine")).to_have_count(0)


async def test_the_command_keeps_an_event_with_the_workspace(embedded: Running, shown: Page) -> None:
    """Under its name among the sample events, where the Test Suite finds it."""
    await shown.goto(f"{embedded.url}/tester")
    await shown.get_by_label("Event as JSON").fill('{"type": "track", "event": "It\'s mine"}')
    await shown.get_by_label("Name").fill("my own")
    (command,) = [each for each in await shown.locator(".command code").all_inner_texts() if "sample_events" in each]
    folder = embedded.sandbox.workspace.folder
    shell = await asyncio.create_subprocess_shell(command, cwd=folder)
    assert await shell.wait() == 0
    written = folder / "sample_events" / "my own.json"
    assert json.loads(written.read_text("utf-8")) == {"type": "track", "event": "It's mine"}


async def test_secrets_are_shown_when_one_asks(tmp_path: Path, shown: Page) -> None:
    """One switch for all views, of an event and of a test alike; off again when the page is loaded anew."""
    key = base64.b64encode(b"local-api-key:").decode()
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            await send(sandbox)
            await shown.goto(f"{sandbox.url}/event/1")
            await expect(shown.locator("main")).to_contain_text("••••")
            assert key not in await shown.content()
            await shown.get_by_label("show secrets").check()
            await expect(shown.locator("main")).to_contain_text(key)
            await expect(shown.locator(".command code").last).to_contain_text("?secrets=shown")
            await shown.get_by_role("link", name="Event Tester").click()
            await shown.get_by_role("button", name="Send Event").click()
            await expect(shown.get_by_role("region", name="Result")).to_contain_text(key)
            await shown.get_by_role("link", name="Test Suite").click()
            await shown.get_by_label("Component").select_option("webhook")
            await shown.get_by_role("button", name="Test", exact=True).click()
            await shown.locator(".attempt summary").first.click()
            await expect(shown.locator(".attempt").first).to_contain_text(key)
            await shown.reload()
            await shown.get_by_role("button", name="Test", exact=True).click()
            await shown.locator(".attempt summary").first.click()
            await expect(shown.locator(".attempt").first).to_contain_text("••••")
            assert key not in await shown.content()
            await shown.goto("about:blank")


async def test_the_event_tester_has_output_and_diff(embedded: Running, shown: Page) -> None:
    """Output is what the component did; Diff is what became of the event on its way."""
    await shown.goto(f"{embedded.url}/tester?destination=webhook")
    await shown.get_by_label("Event as JSON").fill('{"type": "track", "userId": "u", "event": "E"}')
    await shown.get_by_role("button", name="Send Event").click()
    result = shown.get_by_role("region", name="Result")
    await expect(result).to_contain_text("Response from Destination")
    await result.get_by_role("tab", name="Diff").click()
    await expect(result.locator(".diff").first).to_contain_text("messageId")
    await expect(result).to_contain_text("It was sent as it is.")
    assert await findings(shown) == []


THRICE: Final = """
async function onTrack() {
  for (const number of [1, 2, 3]) await fetch(`http://127.0.0.1:9/${number}`).catch(() => {})
}
"""


async def test_the_event_tester_leafs_through_several_requests(tmp_path: Path, shown: Page) -> None:
    """One at a time, with which of how many it is; the button keeps the focus at either end."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    (tmp_path / "function.js").write_text(THRICE)
    async with running(tmp_path) as sandbox:
        await shown.goto(f"{sandbox.url}/tester")
        await shown.get_by_role("button", name="Send Event").click()
        pager = shown.get_by_role("group", name="Requests")
        await expect(pager).to_contain_text("1 of 3")
        following = pager.get_by_role("button", name="Next request")
        for number in (2, 3):
            await following.press("Enter")
            await expect(pager).to_contain_text(f"{number} of 3")
            await expect(shown.locator(".exchange")).to_contain_text(f"GET http://127.0.0.1:9/{number}")
        await following.press("Enter")
        await expect(following).to_be_focused()
        await expect(pager).to_contain_text("3 of 3")
        assert await findings(shown) == []
        await pager.get_by_role("button", name="Previous request").click()
        await expect(pager).to_contain_text("2 of 3")


async def test_a_sandbox_that_has_stopped_is_told_with_the_cure(tmp_path: Path, shown: Page) -> None:
    """By the sign of the connection, and by whatever is asked of it from then on."""
    async with running(tmp_path) as sandbox:
        await shown.goto(f"{sandbox.url}/deliveries")
        await expect(shown.locator("#connection")).to_contain_text("connected")
        await expect(shown.get_by_role("region", name="Clock")).to_contain_text("UTC")
    await expect(shown.locator("#connection")).to_contain_text("not connected")
    await shown.get_by_label("state").select_option("discarded")  # reads the list again, in vain
    await shown.get_by_role("button", name="Advance").click()
    clock = shown.get_by_role("region", name="Clock")
    await expect(clock).to_contain_text("The sandbox does not answer. Start it again with segment-sandbox up.")


async def test_the_test_suite_runs_again_at_every_save(tmp_path: Path, shown: Page) -> None:
    """The banner turns with the code, without a click; not where the box is unticked."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    handlers = ("Identify", "Track", "Page", "Screen", "Group")
    code = "\n".join(f"async function on{each}() {{ return 1 }}" for each in handlers)
    async with running(tmp_path, reload=True) as sandbox:
        (tmp_path / "function.js").write_text(code)
        await sandbox.change(of_reload("function"))
        await shown.goto(f"{sandbox.url}/suite?component=function")
        await shown.get_by_role("button", name="Test", exact=True).click()
        await expect(shown.get_by_text("All Tests Passed!")).to_be_visible()
        (tmp_path / "function.js").write_text(code.replace("return 1", "throw new Error('no')", 1))
        await expect(shown.get_by_text("All Tests Passed!")).to_have_count(0)
        await expect(shown.locator("main > details", has_text="Identify Anonymous User")).to_contain_text("Error")
        assert await findings(shown) == []
        await shown.get_by_label("Run again at every save").uncheck()
        await expect(shown.get_by_text("segment-sandbox test function", exact=True)).to_be_visible()
        await shown.reload()
        await expect(shown.get_by_label("Run again at every save")).not_to_be_checked()


async def test_a_save_while_the_test_suite_runs_is_not_missed(tmp_path: Path, shown: Page) -> None:
    """What is shown in the end is the outcome of the code that stands in the file."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    slow = "async function onIdentify() { await new Promise((done) => setTimeout(done, 1000)) }"
    async with running(tmp_path, reload=True) as sandbox:
        (tmp_path / "function.js").write_text(slow)
        await sandbox.change(of_reload("function"))
        await shown.goto(f"{sandbox.url}/suite?component=function")
        await shown.get_by_role("button", name="Test", exact=True).click()
        (tmp_path / "function.js").write_text("async function onIdentify() { throw new Error('the new code') }")
        identify = shown.locator("main > details", has_text="Identify Anonymous User")
        await expect(identify).to_contain_text("the new code")


async def test_saved_events_that_cannot_be_read_keep_no_page_away(embedded: Running, shown: Page) -> None:
    """Whatever else writes there: the page is of use."""
    await shown.goto(embedded.url)
    for stored in ("{not JSON", "null", "3"):
        await shown.evaluate("stored => localStorage.setItem('saved events', stored)", stored)
        await shown.goto(f"{embedded.url}/tester")
        await expect(shown.get_by_role("button", name="Send Event")).to_be_visible()


async def test_an_app_without_a_component_is_told_what_to_add(tmp_path: Path, shown: Page) -> None:
    """By the Test Suite and by the Event Tester."""
    (tmp_path / FILE_NAME).write_text('[app]\nname = "Acme CRM"\n')
    async with running(tmp_path) as sandbox:
        await shown.goto(f"{sandbox.url}/suite")
        await expect(shown.get_by_text("The App has no component to test.")).to_be_visible()
        assert await findings(shown) == []
        await shown.goto(f"{sandbox.url}/tester")
        await expect(shown.get_by_text("No destination is enabled")).to_be_visible()
        assert await findings(shown) == []


EMPTY: Final = {
    "/debugger": "Waiting for events. The Overview has the line that sends the first one.",
    "/deliveries": "No delivery yet. Send an event",
    "/deliveries?state=discarded": "No delivery fits the filters.",
    "/debugger?q=type:page": "Waiting for events.",
    "/tester": "Send the event: what function makes of it is shown here.",
    "/suite": "Test sends eight sample events to the component.",
    "/event/7": "There is no message 7.",
}


async def test_every_empty_page_says_what_to_do(embedded: Running, shown: Page) -> None:
    """Nothing to see has a next step."""
    for path, words in EMPTY.items():
        await shown.goto(embedded.url + path)
        await expect(shown.locator("main")).to_contain_text(words)
    await send(embedded)
    await shown.goto(f"{embedded.url}/debugger?q=type:page")
    await expect(shown.locator("main")).to_contain_text("Nothing fits the search.")


async def test_a_write_key_is_copied_whole(embedded: Running, shown: Page) -> None:
    """The page shows its ends, and the button says what it did."""
    await shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await shown.goto(embedded.url)
    copy = shown.get_by_role("button", name="Copy the write key of website")
    await copy.click()
    await expect(copy).to_have_text("Copied")
    assert await shown.evaluate("navigator.clipboard.readText()") == WRITE_KEY
    assert WRITE_KEY not in await shown.content()


async def test_the_pages_are_a_row_on_a_small_screen(embedded: Running, shown: Page) -> None:
    """One that can be moved sideways; nothing else is wider than the screen."""
    await shown.set_viewport_size({"width": 400, "height": 700})
    await send(embedded)
    for path in ("/", "/debugger", "/deliveries", "/tester", "/suite", "/event/1"):
        await shown.goto(embedded.url + path)
        await expect(shown.locator("#connection")).to_contain_text("connected")
        tall = await shown.locator("header").evaluate("(header) => header.clientHeight")
        assert tall < 120, path
        assert await shown.evaluate("document.querySelector('main').scrollWidth <= innerWidth"), path
