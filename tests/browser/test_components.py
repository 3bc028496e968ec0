"""The Component editor in a real browser: each of its actions, on the partner's own file."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import ROOT, Watched
from tests.browser.test_page import findings
from tests.browser.test_page import shown as shown  # noqa: PLC0414 - a fixture
from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Partner

PAGE_BYTES: Final = 60 * 1024
"""What the page's own script may weigh, gzipped."""
LOGS: Final = "async function onTrack(event) {\n  console.log(`saw ${event.event}`)\n  return { ok: true }\n}\n"
BROKEN: Final = "async function onTrack(event) {\n  return event.\n}\n"

REGION: Final = """
[[app.settings]]
label = "Region"
"""
OWN: Final = """
[[functions]]
slug = "signups"
kind = "source"
code = "signups.js"
source = "website"

[[functions]]
slug = "redact"
kind = "insert"
code = "redact.js"
destination = "fn"
"""


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    """The endpoint of the webhook."""
    async with Partner() as started:
        yield started


@pytest.fixture
async def acme(tmp_path: Path, partner: Partner) -> AsyncIterator[Running]:
    """A sandbox with a function and a webhook, read again at every save."""
    crm = destination("crm", "webhook").replace("}", ', region = "eu" }')
    write_workspace(tmp_path, partner.url, destinations=REGION + destination("fn", "function") + crm)
    async with running(tmp_path, reload=True) as sandbox:
        yield sandbox


def code(sandbox: Running) -> Path:
    """Return the partner's file."""
    return sandbox.sandbox.workspace.folder / "function.js"


async def opened(sandbox: Running, page: Page) -> Locator:
    """Open the function; return where one types."""
    await page.goto(f"{sandbox.url}/components/function")
    typed = page.get_by_label("Code in function.js")
    await expect(typed).to_contain_text("onTrack")
    await expect(page.locator("#connection")).to_contain_text("connected")
    return typed


async def write(page: Page, typed: Locator, text: str) -> None:
    """Put a whole text into the editor; what it closes and indents by itself is not asked for."""
    await typed.click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(text)


async def said(page: Page, words: str) -> None:
    """Wait until the editor says it."""
    await expect(page.locator(".spoken")).to_contain_text(re.compile(words))


async def save(page: Page) -> None:
    """Save what was typed, and wait until it is in the file: a reload from before may have been said last."""
    unsaved = page.get_by_text("● not saved")
    await expect(unsaved).to_be_visible()
    await page.keyboard.press("Control+s")
    await expect(unsaved).to_have_count(0)


async def test_a_save_is_written_reloaded_and_what_the_test_runs(acme: Running, shown: Page) -> None:
    """With the key or with the button; the outcome and the log are beside it, and nothing is asked for elsewhere."""
    typed = await opened(acme, shown)
    await write(shown, typed, LOGS)
    await save(shown)
    await said(shown, r"Reloaded in [\d.]+ ms")
    assert code(acme).read_text("utf-8") == LOGS
    test = shown.get_by_role("region", name="Test")
    await test.get_by_role("button", name="Send Event").click()
    await expect(test).to_contain_text("The component took the event.")
    await expect(test.get_by_role("region", name="Callback Return")).to_contain_text('"ok": true')
    await expect(test.get_by_role("region", name="Log lines")).to_contain_text("test of fn log saw Order Completed")
    await expect(test).to_contain_text("| segment-sandbox send - --to fn")
    await write(shown, typed, LOGS.replace("saw", "met"))
    await shown.get_by_role("button", name="Save").click()
    await test.get_by_role("button", name="Send Event").click()  # waits for the reload
    await expect(test.get_by_role("region", name="Log lines")).to_contain_text("met Order Completed")


async def test_the_log_of_every_run_is_live(acme: Running, shown: Page) -> None:
    """What an SDK sends is logged there as well, each line once, and can be cleared."""
    await opened(acme, shown)
    code(acme).write_text(LOGS)
    await said(shown, "Reloaded")
    log = shown.get_by_role("region", name="Live log")
    for name in ("One", "Two"):
        await acme.call("/v1/track", {"userId": "u", "event": name})
        await expect(log).to_contain_text(f"log saw {name}")
    text = await log.get_by_role("region", name="Log lines").inner_text()
    assert re.findall(r"event \d+ (.*)", text) == ["log saw One", "log saw Two"]
    await log.get_by_role("button", name="Clear").click()
    await expect(log).to_contain_text("is shown here")


async def test_a_mistake_is_marked_at_its_line_until_it_is_mended(acme: Running, shown: Page) -> None:
    """By a sign and by words in a list, from where a click goes to the line; the old code serves."""
    typed = await opened(acme, shown)
    await write(shown, typed, BROKEN)
    await shown.get_by_role("button", name="Save").click()
    await said(shown, r"Not reloaded: function\.js:3:1: SyntaxError")
    problems = shown.get_by_role("region", name="Problems")
    await expect(problems).to_contain_text("error line 3")
    await expect(problems).to_contain_text("old code serves")
    await expect(shown.locator(".sign.error")).to_have_text("✕")
    await expect(shown.locator(".cm-line.marked.error")).to_have_text("}")
    assert await findings(shown) == []
    await shown.locator("h1").click()
    await problems.get_by_role("button").click()
    await expect(typed).to_be_focused()
    await write(shown, typed, LOGS)
    await shown.get_by_role("button", name="Save").click()
    await said(shown, "Reloaded in")
    await expect(shown.get_by_role("heading", name="No problems")).to_be_visible()
    await expect(shown.locator(".sign")).to_have_count(0)


async def test_what_the_lint_finds_is_marked(acme: Running, shown: Page) -> None:
    """With the name of its rule."""
    code(acme).write_text("async function onTrack(event) {\n  fetch('https://a.example')\n}\n")
    await opened(acme, shown)
    await expect(shown.get_by_role("region", name="Problems")).to_contain_text("warning line 2")
    await expect(shown.locator(".sign.warning")).to_have_text("!")


async def test_a_change_on_disk_is_taken_over_with_the_cursor_in_its_place(acme: Running, shown: Page) -> None:
    """Where nothing is unsaved: whoever uses another editor sees it here."""
    typed = await opened(acme, shown)
    await typed.click()
    await shown.keyboard.press("Control+End")
    code(acme).write_text("// First\n" + code(acme).read_text("utf-8"))
    await expect(typed).to_contain_text("// First")
    await said(shown, "Reloaded")
    await shown.keyboard.type("// last")
    await save(shown)
    assert code(acme).read_text("utf-8").startswith("// First\nasync")
    assert code(acme).read_text("utf-8").endswith("// last")


async def test_lines_end_as_they_did(acme: Running, shown: Page) -> None:
    """A file that another system's editor wrote is changed only where one types."""
    code(acme).write_bytes(LOGS.replace("\n", "\r\n").encode())
    typed = await opened(acme, shown)
    await expect(typed).to_contain_text("console.log")
    await typed.click()
    await shown.keyboard.press("Control+End")
    await shown.keyboard.type("// last")
    await save(shown)
    assert code(acme).read_bytes() == (LOGS + "// last").replace("\n", "\r\n").encode()


async def conflict(sandbox: Running, page: Page) -> Locator:
    """Change the text and the file; return the bar that says so."""
    typed = await opened(sandbox, page)
    await write(page, typed, LOGS)
    code(sandbox).write_text("// Theirs\n")
    bar = page.get_by_role("alert", name="Conflict")
    await expect(bar).to_be_visible()
    return bar


async def test_a_conflict_is_shown_and_theirs_is_taken(acme: Running, shown: Page) -> None:
    """A save writes nothing over it; the difference is marked by signs."""
    bar = await conflict(acme, shown)
    await shown.get_by_role("button", name="Save").click()
    await said(shown, "Not saved")
    assert code(acme).read_text("utf-8") == "// Theirs\n"
    await bar.get_by_role("button", name="Show difference").click()
    await expect(shown.locator(".cm-deletedChunk")).to_contain_text("// Theirs")
    assert await findings(shown) == []
    await bar.get_by_role("button", name="Take theirs").click()
    await expect(shown.get_by_label("Code in function.js")).to_have_text("// Theirs")
    await expect(bar).to_have_count(0)


async def test_a_conflict_is_settled_by_keeping_mine(acme: Running, shown: Page) -> None:
    """The next save writes it over theirs."""
    bar = await conflict(acme, shown)
    await bar.get_by_role("button", name="Keep mine").click()
    await expect(bar).to_have_count(0)
    await shown.get_by_role("button", name="Save").click()
    await said(shown, "Reloaded in")
    assert code(acme).read_text("utf-8") == LOGS


async def test_what_is_not_saved_outlives_another_view(acme: Running, shown: Page) -> None:
    """One may look something up in the Debugger."""
    typed = await opened(acme, shown)
    await write(shown, typed, LOGS)
    pages = shown.get_by_role("navigation", name="Pages")
    await pages.get_by_role("link", name="Debugger").click()
    await pages.get_by_role("link", name="Components").click()
    await shown.get_by_role("link", name="function", exact=True).click()
    await expect(typed).to_contain_text("console.log")
    await expect(shown.get_by_text("● not saved")).to_be_visible()


async def test_the_keyboard_gets_in_and_out(acme: Running, shown: Page) -> None:
    """What is typed there moves nothing else of the page; Escape, then Tab, leaves."""
    typed = await opened(acme, shown)
    await typed.focus()
    await shown.keyboard.type("t?/")
    await expect(typed).to_contain_text("t?/")
    await expect(shown.get_by_role("region", name="Keys")).to_have_count(0)
    await shown.keyboard.press("Tab")
    await expect(typed).to_be_focused()
    await shown.keyboard.press("Escape")
    await shown.keyboard.press("Tab")
    await expect(typed).not_to_be_focused()
    await shown.keyboard.press("?")
    await expect(shown.get_by_role("region", name="Keys")).to_be_visible()
    await typed.focus()
    await shown.keyboard.press("Control+f")
    await shown.keyboard.type("event")
    await expect(shown.locator(".cm-searchMatch").first).to_be_visible()
    assert await findings(shown) == []


async def test_without_reload_it_says_when_a_save_will_run(tmp_path: Path, shown: Page) -> None:
    """Then nothing watches the file either, and whoever comes back to the page sees what it has."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    async with running(tmp_path) as sandbox:
        typed = await opened(sandbox, shown)
        await write(shown, typed, LOGS)
        await shown.get_by_role("button", name="Save").click()
        await said(shown, "No reload came: with --no-reload it runs from the next start on")
        assert code(sandbox).read_text("utf-8") == LOGS
        code(sandbox).write_text("// Theirs\n")
        await shown.evaluate("dispatchEvent(new Event('focus'))")
        await expect(typed).to_have_text("// Theirs")


async def test_the_outcome_names_the_line_that_it_comes_from(acme: Running, shown: Page) -> None:
    """As the command does, so that one sees at once what to mend."""
    code(acme).write_text("async function onTrack(event) {\n  return event.missing.part\n}\n")
    await acme.change(lambda change: change["kind"] == "reload")
    await opened(acme, shown)
    test = shown.get_by_role("region", name="Test")
    await test.get_by_role("button", name="Send Event").click()
    await expect(test.locator(".notice")).to_contain_text("function.js:2")
    await expect(test.locator(".notice")).to_contain_text("return event.missing.part")
    assert await findings(shown) == []


async def test_the_embedded_function_is_shown_and_not_written(embedded: Running, shown: Page) -> None:
    """There is the command that makes one of one's own, and no button to save."""
    await shown.goto(f"{embedded.url}/components/function")
    await expect(shown.get_by_text("segment-sandbox init")).to_be_visible()
    await expect(shown.get_by_role("button", name="Save")).to_have_count(0)
    await expect(shown.get_by_label("Code in default_function.js")).to_have_attribute("aria-readonly", "true")


async def test_a_webhook_shows_what_was_sent(acme: Running, partner: Partner, shown: Page) -> None:
    """Endpoint, headers and settings as they arrived at the partner's, secrets on demand, and the last deliveries."""
    await shown.goto(f"{acme.url}/components/webhook")
    endpoint = shown.get_by_role("region", name="Endpoint")
    await expect(endpoint).to_contain_text(partner.url)
    await expect(endpoint).to_contain_text("Nothing was sent to it yet")
    await shown.get_by_role("button", name="Send through the source").click()
    await expect(endpoint.get_by_role("row", name="event 1")).to_contain_text("delivered")
    headers = endpoint.locator(".headers")
    await expect(headers).to_contain_text("••••")
    settings = endpoint.get_by_role("region", name="Settings")
    await expect(settings).to_contain_text('"region": "eu"')
    await endpoint.get_by_label("show secrets").check()
    await expect(headers).to_contain_text(partner.received[0].header("Authorization") or "")
    assert json.loads(await settings.inner_text()) == {"region": "eu"}
    await expect(shown.get_by_label("show secrets of what is sent from now on")).to_be_checked()
    await expect(endpoint.get_by_role("region", name="Body")).to_contain_text("Order Completed")
    await shown.get_by_role("button", name="Send Event").click()
    await expect(shown.get_by_role("region", name="Test")).to_contain_text("The component took the event.")


async def test_the_workspaces_own_functions_are_edited_as_well(tmp_path: Path, shown: Page) -> None:
    """An insert function is tested through its destination; a request runs a source function."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=OWN + destination("fn", "function"))
    (tmp_path / "signups.js").write_text("async function onRequest(request) {\n}\n")
    (tmp_path / "redact.js").write_text(
        "async function onTrack(event) {\n  console.log('redacts')\n  return event\n}\n"
    )
    async with running(tmp_path) as sandbox:
        await shown.goto(f"{sandbox.url}/components")
        await shown.get_by_role("link", name="redact", exact=True).click()
        await expect(shown.get_by_label("Code in redact.js")).to_contain_text("redacts")
        await shown.get_by_role("button", name="Send through the source").click()
        await expect(shown.get_by_role("region", name="Log lines")).to_contain_text("insert log redacts")
        await shown.goto(f"{sandbox.url}/components/signups")
        await expect(shown.get_by_label("Code in signups.js")).to_contain_text("onRequest")
        await expect(shown.get_by_text(f"curl {sandbox.url}/functions/signups")).to_be_visible()
        assert await findings(shown) == []


async def test_the_list_leads_to_each_component(acme: Running, shown: Page) -> None:
    """And an address of none says so."""
    await shown.goto(f"{acme.url}/components")
    await expect(shown.locator("tbody tr")).to_have_count(2)
    await shown.get_by_role("link", name="webhook", exact=True).click()
    await expect(shown.get_by_role("heading", name="As last sent")).to_be_visible()
    await shown.goto(f"{acme.url}/components/none")
    await expect(shown.get_by_text("There is no component none.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(acme: Running, shown: Page, scheme: Any) -> None:
    """In the list, in the editor and at the webhook."""
    await acme.call("/v1/track", {"userId": "u", "event": "One"})
    await acme.settled()
    await shown.emulate_media(color_scheme=scheme)
    for path, text in {"": "code or endpoint", "/function": "onTrack", "/webhook": "Settings"}.items():
        await shown.goto(f"{acme.url}/components{path}")
        await expect(shown.locator("main").get_by_text(text).first).to_be_visible()
        await expect(shown.locator("#connection")).to_contain_text("connected")
        assert await findings(shown) == [], path


async def test_it_fits_a_small_screen(acme: Running, shown: Page) -> None:
    """Code and test one below the other, with nothing cut off."""
    await shown.set_viewport_size({"width": 400, "height": 800})
    await opened(acme, shown)
    assert await shown.locator("main").evaluate("(main) => main.scrollWidth <= main.clientWidth")
    assert await findings(shown) == []


async def test_the_editor_is_loaded_only_where_code_is_shown(acme: Running, shown: Page, watched: Watched) -> None:
    """The page's own script stays small without it, and the policy stays as strict as everywhere."""
    for path in ("/", "/debugger", "/deliveries", "/tester", "/suite", "/components", "/components/webhook"):
        answer = await shown.goto(acme.url + path)
        await expect(shown.locator("#connection")).to_contain_text("connected")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "style-src 'self';" in policy
        assert "unsafe" not in policy
    assert watched.paths("/editor") == []
    await opened(acme, shown)
    assert watched.paths("/editor") == ["/editor.js"]
    script = (ROOT / "sandbox" / "_static" / "page" / "page.js").read_bytes()
    assert len(gzip.compress(script)) <= PAGE_BYTES
