"""The Developer Center page in a real browser: each of its pages, and each of its actions."""

import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Error, Page, expect

from sandbox.password import Password
from sandbox.workspace import WRITE_KEY
from tests.app.test_functions import STORE, write
from tests.browser.conftest import ROOT, WAIT_S, Watched
from tests.conftest import Running, running

expect.set_options(timeout=WAIT_S * 1_000)

AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CALL: Final = {"userId": "user-1", "event": "Signed Up", "properties": {"plan": "pro"}}
REFUSED: Final = re.compile(r"the server responded with a status of (400|404|409) ")
GONE: Final = "net::ERR_CONNECTION_REFUSED"
HOSTILE: Final = '<img src=x onerror="document.title=1">'


@pytest.fixture
async def shown(page: Page) -> AsyncIterator[Page]:
    """A page whose console has to stay without errors, violations of the Content-Security-Policy among them.

    What the sandbox's API refuses is no error: Chromium writes a line for it, and the page shows the refusal. Nor is
    a sandbox that stopped before the page was closed, as it does where a test has one of its own.
    """
    said: list[str] = []

    def listen(message: Any) -> None:
        refused = "/_sandbox/" in message.location["url"] and REFUSED.search(message.text)
        if message.type == "error" and not refused and not message.text.endswith(GONE):
            said.append(message.text)

    page.on("console", listen)
    yield page
    assert said == []


async def send(sandbox: Running, count: int = 1, **changes: Any) -> None:
    """Send calls, and wait until all is delivered."""
    for number in range(count):
        await sandbox.call("/v1/track", {**CALL, "messageId": f"m-{number}-{sandbox.journal.seq}", **changes})
    await sandbox.settled()


async def findings(page: Page) -> list[str]:
    """Return what axe-core finds, with the elements."""
    await page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = await page.evaluate(
        "async () => (await axe.run()).violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html}`))"
    )
    return found


PAGES: Final = {
    "/": "Destinations",
    "/debugger?event=1": "Signed Up",
    "/debugger?event=1&tab=Story": "Callback Return",
    "/event/1": "Normalisation",
    "/deliveries": "Retry 2",
    "/tester": "Send through the source",
    "/suite": "nothing has run yet",
    "/settings": "Setting Label",
}
"""Each page, with a text that is there once it is complete."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(embedded: Running, shown: Page, scheme: Any) -> None:
    """Every page can be used by everybody, by light and in the dark."""
    await send(embedded)
    await shown.emulate_media(color_scheme=scheme)
    for path, text in PAGES.items():
        await shown.goto(embedded.url + path)
        await expect(shown.get_by_text(text).first).to_be_visible()
        await expect(shown.locator("#connection")).to_contain_text("connected")
        assert await findings(shown) == [], path


async def test_the_overview_waits_for_the_first_event(embedded: Running, shown: Page) -> None:
    """It shows the lines for an SDK with the key hidden, and counts as soon as the event is there."""
    await shown.goto(embedded.url)
    waiting = shown.get_by_role("region", name="Waiting for the first event")
    await expect(waiting).to_contain_text("/v1/track")
    await waiting.get_by_role("combobox").select_option("python")
    await expect(waiting).to_contain_text("write_key")
    assert WRITE_KEY not in await shown.content()
    assert await findings(shown) == []
    await send(embedded)
    await expect(waiting).to_have_count(0)
    await expect(shown.locator(".card").first).to_contain_text("accepted")


async def test_a_row_appears_and_its_state_changes(embedded: Running, shown: Page) -> None:
    """Live, without a reload; a click shows the event, and the address says which."""
    await shown.goto(f"{embedded.url}/debugger")
    await expect(shown.locator("#connection")).to_contain_text("connected")
    await send(embedded)
    row = shown.locator(".row")
    await expect(row).to_contain_text("delivered")
    await row.click()
    await expect(shown.get_by_role("heading", name="track Signed Up")).to_be_visible()
    assert parse_qs(urlsplit(shown.url).query) == {"event": ["1"]}


TABS: Final = {
    "Pretty": '"pro"',
    "Raw": '"plan": "pro"',
    "Story": "Normalisation",
    "Deliveries": "Destination webhook",
    "Code": "/v1/track -d",
}


async def test_the_tabs_of_an_event(embedded: Running, shown: Page) -> None:
    """Each shows its side of the event, and the one that is open is in the address."""
    await send(embedded)
    await shown.goto(f"{embedded.url}/debugger?event=1")
    for tab, text in TABS.items():
        await shown.get_by_role("tab", name=tab).click()
        await expect(shown.get_by_role("tabpanel")).to_contain_text(text)
    await shown.reload()
    await expect(shown.get_by_role("tabpanel")).to_contain_text(TABS["Code"])


SEARCHES: Final = {
    "event:one": ["One"],
    "-event:one": ["Two"],
    "two": ["Two"],
    "type:track user:user-1": ["Two", "One"],
    "-track": [],
    "state:delivered source:website": ["Two", "One"],
}


async def test_the_search_box(embedded: Running, shown: Page) -> None:
    """Keys, negation and words, kept in the address."""
    await send(embedded, event="One")
    await send(embedded, event="Two")
    await shown.goto(f"{embedded.url}/debugger")
    await shown.keyboard.press("/")
    for search, events in SEARCHES.items():
        await shown.keyboard.press("Control+a")
        await shown.keyboard.type(search)
        await expect(shown.locator(".row .name")).to_have_text(events)
    await shown.reload()
    await expect(shown.locator(".row .name")).to_have_text(["Two", "One"])


async def test_the_list_follows_until_it_is_paused(embedded: Running, shown: Page) -> None:
    """Then it says how many are new, and goes to them when asked."""
    await shown.goto(f"{embedded.url}/debugger")
    await send(embedded)
    await expect(shown.locator(".row")).to_have_count(1)
    await shown.keyboard.press("p")
    await send(embedded, count=3)
    new = shown.get_by_role("button", name="3 new")
    await expect(new).to_be_visible()
    await expect(shown.locator(".row")).to_have_count(1)
    await new.click()
    await expect(shown.locator(".row")).to_have_count(4)


async def test_the_keys_move_replay_and_help(embedded: Running, shown: Page) -> None:
    """With j and k one selects, r replays, ? shows the keys, t changes the theme."""
    await send(embedded, event="One")
    await send(embedded, event="Two")
    await shown.goto(f"{embedded.url}/debugger")
    await expect(shown.locator(".row")).to_have_count(2)
    await shown.keyboard.press("j")
    await expect(shown.locator(".row[aria-current]")).to_contain_text("Two")
    await shown.keyboard.press("j")
    await expect(shown.locator(".row[aria-current]")).to_contain_text("One")
    await shown.keyboard.press("k")
    await expect(shown.locator(".row[aria-current]")).to_contain_text("Two")
    await shown.keyboard.press("r")
    await expect(shown.get_by_text(re.compile("sent again as"))).to_be_visible()
    await shown.keyboard.press("?")
    await expect(shown.get_by_role("region", name="Keys")).to_be_visible()
    await shown.keyboard.press("t")
    await expect(shown.locator("html")).to_have_attribute("data-theme", "dark")
    assert await findings(shown) == []


async def test_what_an_event_says_stays_text(embedded: Running, shown: Page) -> None:
    """Nothing in an event becomes part of the page."""
    await send(embedded, event=HOSTILE, userId=HOSTILE, properties={HOSTILE: HOSTILE})
    await shown.goto(f"{embedded.url}/debugger?event=1")
    await expect(shown.get_by_role("tabpanel")).to_contain_text(HOSTILE)
    assert await shown.locator("img").count() == 0
    assert await shown.title() == "segment-sandbox"


async def test_the_page_works_behind_a_password(tmp_path: Path, chromium: Browser, watched: Watched) -> None:
    """The browser gives it with all that the page asks for, its stream among them; without it there is nothing."""
    async with running(tmp_path, password=Password.of("correct horse")) as locked:
        context = await chromium.new_context(http_credentials={"username": "me", "password": "correct horse"})
        shown = await context.new_page()
        watched.watch(shown)
        await shown.goto(f"{locked.url}/debugger")
        await expect(shown.locator("#connection")).to_contain_text("connected")
        await send(locked)
        row = shown.locator(".row")
        await expect(row).to_contain_text("delivered")
        await row.click()
        await shown.get_by_role("button", name="Replay").click()
        await expect(shown.get_by_text("sent again as")).to_be_visible()
        await context.close()
        stranger = await chromium.new_context()
        with pytest.raises(Error, match="ERR_INVALID_AUTH_CREDENTIALS"):
            await (await stranger.new_page()).goto(f"{locked.url}/debugger")
        await stranger.close()


async def test_a_refused_request_is_a_row(embedded: Running, shown: Page) -> None:
    """What the Tracking API turned away is as visible as what it took."""
    await embedded.call("/v1/track", "{bad")
    await shown.goto(f"{embedded.url}/debugger")
    await expect(shown.locator(".row")).to_contain_text("refused")
    await shown.locator(".row").click()
    await expect(shown.get_by_role("region", name="Selected event")).to_contain_text("/v1/track")


async def test_a_small_screen_shows_list_or_event(embedded: Running, shown: Page) -> None:
    """One at a time, with a way back."""
    await shown.set_viewport_size({"width": 380, "height": 700})
    await send(embedded)
    await shown.goto(f"{embedded.url}/debugger")
    await shown.locator(".row").click()
    await expect(shown.locator(".row")).to_be_hidden()
    await shown.get_by_role("button", name="Back to the list").click()
    await expect(shown.locator(".row")).to_be_visible()
    assert await findings(shown) == []


async def test_thousands_of_events_are_a_few_rows(embedded: Running, shown: Page) -> None:
    """Only what can be seen is in the document."""
    await shown.goto(f"{embedded.url}/debugger")
    batch = [{**CALL, "type": "track", "event": f"Event {number}"} for number in range(400)]
    for _ in range(5):
        await embedded.call("/v1/batch", {"batch": batch})
    await expect(shown.locator(".bar .count")).to_have_text("2000 events")
    assert await shown.locator(".row").count() < 100


ONE_CHANGE_A_FRAME: Final = """
let now = 0;
performance.now = () => (now += 1000);
const post = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (said) { requestAnimationFrame(() => post.call(this, said)); };
"""
"""Makes every slice of the page's work end after its first step, and the next one wait for a frame."""


async def test_what_is_still_coming_in_is_told(embedded: Running, shown: Page) -> None:
    """A page that is behind says by how much; once it is not, every event is there, in order, once."""
    await shown.add_init_script(ONE_CHANGE_A_FRAME)
    await shown.goto(f"{embedded.url}/debugger")
    await expect(shown.locator("#connection")).to_contain_text("connected")
    events = [f"Event {number}" for number in range(60)]
    await embedded.call("/v1/batch", {"batch": [{**CALL, "type": "track", "event": event} for event in events]})
    await expect(shown.get_by_text("more coming in")).to_be_visible()
    await expect(shown.locator(".bar .count")).to_have_text("60 events")
    await expect(shown.get_by_text("more coming in")).to_have_count(0)
    newest = await shown.locator(".row .name").all_inner_texts()
    assert newest == events[: -len(newest) - 1 : -1]


async def test_a_destination_is_paused_and_resumed(embedded: Running, shown: Page) -> None:
    """What is sent meanwhile waits, and goes on."""
    await shown.goto(f"{embedded.url}/deliveries")
    await shown.get_by_role("button", name="Pause webhook", exact=True).click()
    await expect(shown.get_by_role("button", name="Resume webhook", exact=True)).to_be_visible()
    await embedded.call("/v1/track", CALL)
    row = shown.locator("tbody tr").filter(has_text="event 1").filter(has_text="webhook")
    await expect(row).to_contain_text("pending")
    await shown.get_by_role("button", name="Resume webhook", exact=True).click()
    await expect(row).to_contain_text("delivered")


async def test_a_delivery_is_tried_again_and_found_by_its_state(embedded: Running, shown: Page) -> None:
    """The button of its row tries it again; the filter is in the address."""
    await send(embedded)
    await shown.goto(f"{embedded.url}/deliveries")
    await shown.get_by_role("combobox", name="state").select_option("delivered")
    await shown.get_by_role("button", name="Retry 2", exact=True).click()
    await expect(shown.get_by_text("tried again")).to_be_visible()
    row = shown.locator("tbody tr").filter(has=shown.get_by_role("button", name="Retry 2", exact=True))
    await expect(row.locator("td").nth(5)).to_have_text("2")
    assert parse_qs(urlsplit(shown.url).query) == {"state": ["delivered"]}


async def test_the_clock_is_advanced(embedded: Running, shown: Page) -> None:
    """By what stands in the field; the command beside it says the same."""
    await shown.goto(f"{embedded.url}/deliveries")
    clock = shown.get_by_role("region", name="Clock")
    await clock.get_by_label("Skip").fill("48h")
    await expect(clock.get_by_text("segment-sandbox clock advance 48h")).to_be_visible()
    await clock.get_by_role("button", name="Advance").click()
    await expect(clock.get_by_text("now ")).to_be_visible()
    shows = await embedded.get("/clock")
    assert shows["now"][:10] > shows["real"][:10]


async def test_a_fault_is_added_and_taken_out(embedded: Running, shown: Page) -> None:
    """It strikes, is counted, and is gone."""
    await shown.goto(f"{embedded.url}/deliveries")
    faults = shown.get_by_role("region", name="Faults")
    await faults.get_by_role("button", name="Add").click()
    await expect(faults).to_contain_text("struck 0 of 0")
    assert (await embedded.call("/v1/track", CALL)).status == 503
    await expect(faults).to_contain_text("struck 1 of 1")
    await faults.get_by_role("button", name="Take out 1").click()
    await expect(faults).to_contain_text("None is in effect.")
    await faults.get_by_label("Recipe").fill("{")
    await faults.get_by_role("button", name="Add").click()
    await expect(faults).to_contain_text("The recipe is not JSON")


async def test_the_event_tester_shows_what_comes_of_an_event(embedded: Running, shown: Page) -> None:
    """A sample, an event of the Debugger, JSON that is none, and one through the source."""
    await send(embedded)
    await shown.goto(f"{embedded.url}/debugger?event=1")
    await shown.get_by_role("button", name="Test", exact=True).click()
    editor = shown.get_by_label("Event as JSON")
    await expect(editor).to_have_value(re.compile("Signed Up"))
    await shown.get_by_label("Begin with").select_option("identify")
    await shown.get_by_label("Destination").select_option("webhook")
    await shown.get_by_role("button", name="Send Event").click()
    await expect(shown.get_by_role("region", name="Result")).to_contain_text("The component took the event.")
    assert await findings(shown) == []
    await shown.get_by_role("button", name="Send through the source").click()
    await expect(shown.get_by_text("sent as event")).to_be_visible()
    await editor.fill("{")
    await shown.get_by_role("button", name="Send Event").click()
    await expect(shown.get_by_text("This is not JSON")).to_be_visible()


async def test_the_test_suite_shows_banner_and_rows(embedded: Running, shown: Page) -> None:
    """All eight sample events, each with its story."""
    await shown.goto(f"{embedded.url}/suite?component=webhook")
    await shown.get_by_role("button", name="Test", exact=True).click()
    await expect(shown.get_by_text("All Tests Passed!")).to_be_visible()
    rows = shown.locator("main > details")
    await expect(rows).to_have_count(8)
    await rows.first.locator("summary").first.click()
    await expect(rows.first).to_contain_text("Request to Destination")
    assert await findings(shown) == []


WINDOW: Final[Any] = {"width": 1100, "height": 680}


async def test_one_event_is_one_event_with_its_whole_time(embedded: Running, shown: Page) -> None:
    """In a window of 1,100 pixels the list cuts no time off, and counts as people do."""
    await shown.set_viewport_size(WINDOW)
    await send(embedded)
    await shown.goto(f"{embedded.url}/debugger?event=1")
    await expect(shown.locator(".bar .count")).to_have_text("1 event")
    cut = "(time) => time.scrollWidth > time.clientWidth"
    assert not await shown.locator(".row time").evaluate(cut)


async def test_the_bars_show_what_came_whatever_the_clock_says(embedded: Running, shown: Page) -> None:
    """Advanced by days, the sandbox's clock is not the machine's, by which one looks at the page."""
    await shown.goto(embedded.url)
    await expect(shown.locator("#connection")).to_contain_text("connected")
    await embedded.client.post(f"{embedded.url}/_sandbox/clock", json={"advance": "48h"})
    await send(embedded)
    await embedded.client.post(f"{embedded.url}/_sandbox/messages/1/replay", json={})
    await expect(shown.get_by_role("img", name="2 events in the last minute")).to_be_visible()


async def test_the_newest_delivery_is_in_sight(embedded: Running, shown: Page) -> None:
    """Without scrolling, in a window of 1,100 by 680 pixels."""
    await shown.set_viewport_size(WINDOW)
    await send(embedded)
    await shown.goto(f"{embedded.url}/deliveries")
    await expect(shown.locator("tbody tr").last).to_be_in_viewport(ratio=1)


async def test_a_click_on_a_reason_shows_its_deliveries(embedded: Running, shown: Page) -> None:
    """Each reason has its count; the one that is chosen is in the address, and another click takes it out."""
    for fault in ({"event": "Signed Up", "status": 400}, {"event": "Left", "status": 410}):
        await embedded.client.post(
            f"{embedded.url}/_sandbox/faults", json={"toward": "partner", "destination": "webhook", **fault}
        )
    await send(embedded, count=2)
    await send(embedded, event="Left")
    await shown.goto(f"{embedded.url}/deliveries")
    reasons = shown.get_by_role("group", name="Deliveries by reason").get_by_role("button")
    await expect(reasons).to_have_text(["400 2", "410 1"])
    await reasons.last.click()
    rows = shown.locator("tbody tr")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("410")
    assert parse_qs(urlsplit(shown.url).query) == {"reason": ["410"]}
    await expect(shown.get_by_text("segment-sandbox retry --reason 410")).to_be_visible()
    assert await findings(shown) == []
    await reasons.last.click()
    await expect(rows).not_to_have_count(1)
    assert parse_qs(urlsplit(shown.url).query) == {}


async def test_all_that_fits_is_replayed_once_it_was_said_how_many(embedded: Running, shown: Page) -> None:
    """To the destination or to all of the source; nothing is sent before a yes, nor after a no."""
    await embedded.client.post(
        f"{embedded.url}/_sandbox/faults",
        json={"toward": "partner", "destination": "webhook", "event": "Left", "status": 410},
    )
    await send(embedded)
    await send(embedded, count=2, event="Left")
    await shown.goto(f"{embedded.url}/deliveries?destination=webhook&reason=410")
    await expect(shown.locator("tbody tr")).to_have_count(2)
    replay = shown.get_by_role("group", name="Replay", exact=True)
    await replay.get_by_role("button", name="Replay all these").click()
    await expect(replay).to_contain_text("2 events would be sent again, to webhook.")
    assert await findings(shown) == []
    await replay.get_by_role("button", name="Cancel").click()
    await expect(replay).to_contain_text("Nothing was sent.")
    await expect(replay.get_by_role("button", name="Replay all these")).to_be_focused()
    assert len(await embedded.messages()) == 3
    await expect(
        shown.get_by_text("segment-sandbox replay --sent-to webhook --reason 410 --to webhook")
    ).to_be_visible()
    await replay.get_by_role("button", name="Replay all these").click()
    await replay.get_by_role("button", name="Send 2 events again").click()
    await expect(replay).to_contain_text(re.compile("2 events sent again, from event \\d+ on"))
    assert await went_to(embedded, 4) == [["webhook"], ["webhook"]]
    await replay.get_by_label("Replay to").select_option("")
    await replay.get_by_role("button", name="Replay all these").click()
    await expect(replay).to_contain_text("4 events would be sent again, to all destinations of their source.")
    await replay.get_by_role("button", name="Send 4 events again").click()
    await expect(replay).to_contain_text("4 events sent again")
    assert len((await went_to(embedded, 6))[0]) > 1


async def went_to(sandbox: Running, after: int) -> list[list[str]]:
    """Return the destinations of each message from the `after`-th on, once all is delivered."""
    await sandbox.settled()
    later = (await sandbox.messages())[after - 1 :]
    stories = [await sandbox.get(f"/messages/{each['seq']}") for each in later]
    return [[each["destination"] for each in story["deliveries"]] for story in stories]


async def test_one_delivery_is_replayed_to_its_destination(embedded: Running, shown: Page) -> None:
    """As a new message, and to no other."""
    await send(embedded)
    await shown.goto(f"{embedded.url}/deliveries")
    row = shown.locator("tbody tr").filter(has_text="webhook")
    await row.get_by_role("button", name="Replay").click()
    await expect(row).to_contain_text("sent again as event")
    assert await went_to(embedded, 2) == [["webhook"]]


async def test_what_a_filter_finds_is_not_only_the_newest(embedded: Running, shown: Page) -> None:
    """Newest first, and however much has happened since."""
    await embedded.client.post(
        f"{embedded.url}/_sandbox/faults",
        json={"toward": "partner", "destination": "webhook", "event": "Left", "status": 410},
    )
    await send(embedded, event="Left")
    await embedded.call("/v1/batch", {"batch": [{**CALL, "type": "track"}] * 400})
    await send(embedded, event="Left")
    await shown.goto(f"{embedded.url}/deliveries?reason=410")
    newest_first = [f"event {each['seq']}" for each in await embedded.messages() if each["event"] == "Left"][::-1]
    await expect(shown.locator("tbody tr td:nth-child(2)")).to_have_text(newest_first)


async def test_retries_over_hours_are_even_steps(embedded: Running, shown: Page) -> None:
    """Each with its bar and with how long it waited, in words."""
    await embedded.client.post(
        f"{embedded.url}/_sandbox/faults",
        json={"toward": "partner", "destination": "webhook", "attempts": "1-3", "status": 503},
    )
    await send(embedded)
    await embedded.client.post(f"{embedded.url}/_sandbox/clock", json={"advance": "4h"})
    await embedded.settled()
    await shown.goto(f"{embedded.url}/event/1")
    steps = shown.get_by_role("list", name=re.compile("^webhook: 4 attempts over "))
    await expect(steps.get_by_text("Wait for the retry")).to_have_count(3)
    lefts = await steps.locator(".try i").evaluate_all(
        "(bars) => bars.map((bar) => bar.getBoundingClientRect().left)"
    )
    gaps = [later - earlier for earlier, later in itertools.pairwise(lefts)]
    assert min(gaps) > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_time_of_every_step_is_one_waterfall(embedded: Running, shown: Page, scheme: Any) -> None:
    """In order and by destination, with words for who sees no bars, and within a small screen."""
    await embedded.client.post(
        f"{embedded.url}/_sandbox/faults",
        json={"toward": "partner", "destination": "webhook", "attempts": "1", "status": 503},
    )
    await send(embedded)
    await embedded.client.post(f"{embedded.url}/_sandbox/clock", json={"advance": "4h"})
    await embedded.settled()
    await shown.emulate_media(color_scheme=scheme)
    await shown.set_viewport_size({"width": 400, "height": 700})
    await shown.goto(f"{embedded.url}/event/1")
    times = shown.get_by_role("region", name="Time of every step")
    await expect(times.get_by_role("heading", level=4)).to_have_text(["Request", "function", "webhook"])
    arrival = times.get_by_role("list", name=re.compile("^Request to source "))
    await expect(arrival.get_by_role("listitem")).to_have_text(
        [re.compile("^Arrived"), re.compile("^Written to the journal.*after .* ms$")]
    )
    function = times.get_by_role("list", name=re.compile("^function: 1 attempt over "))
    await expect(function.get_by_role("listitem")).to_have_text(
        [
            re.compile("^Wait.*ms$"),
            re.compile("^Attempt 1.*delivered .* ms$"),
            re.compile("^POST /_sandbox/echo/function 200 .* ms$"),
        ]
    )
    webhook = times.get_by_role("list", name=re.compile("^webhook: 2 attempts over "))
    await expect(webhook.get_by_role("listitem")).to_have_text(
        [
            re.compile("^Wait.*ms$"),
            re.compile("^Attempt 1.*awaiting retry .* ms$"),
            re.compile("^POST /_sandbox/echo/webhook 503 .* ms$"),
            re.compile("^Wait for the retry.*(s|min)$"),
            re.compile("^Attempt 2.*delivered .* ms$"),
            re.compile("^POST /_sandbox/echo/webhook 200 .* ms$"),
        ]
    )
    assert await findings(shown) == []
    assert await shown.evaluate("document.documentElement.scrollWidth") <= 400


async def test_an_insert_function_is_a_step_of_its_attempt(tmp_path: Path, shown: Page) -> None:
    """Before the requests of the destination, at the attempt's beginning."""
    insert = '\n[[functions]]\nslug = "check"\nkind = "insert"\ncode = "check.js"\ndestination = "store"\n'
    returns = "async function onTrack(event) { return event }"
    write(tmp_path, STORE + insert, store=returns, check=returns)
    async with running(tmp_path) as sandbox:
        await send(sandbox)
        await shown.goto(f"{sandbox.url}/event/1")
        store = shown.get_by_role("list", name=re.compile("^store: 1 attempt over "))
        await expect(store.get_by_role("listitem")).to_have_text(
            [
                re.compile("^Wait"),
                re.compile("^Attempt 1.*delivered"),
                re.compile("^Insert function check.*at the attempt's beginning$"),
            ]
        )
