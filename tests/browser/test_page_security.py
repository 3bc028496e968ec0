"""The page in a real browser, under whatever partners, customers and other web sites put in its way."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from playwright.async_api import Page, expect

from sandbox.sources.cors import SEQ_HEADER
from tests.browser.conftest import WAIT_S, Site
from tests.conftest import Running, destination, running, write_workspace

expect.set_options(timeout=WAIT_S * 1_000)

HOSTILE: Final = {
    "markup": '<img src=x onerror="window.hacked=1">',
    "a script": "</script><script>window.hacked=1</script>",
    "an SVG": '<svg onload="window.hacked=1"><animate onbegin="window.hacked=1"/></svg>',
    "an address": "javascript:window.hacked=1",
    "entities": "&lt;b&gt; &amp;amp; &#x202e;",
    "right to left": "\u202egnp.exe\u202c \u05d0\u05d1\u05d2",
    "a terminal's codes": "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "a template": "{{constructor.constructor('window.hacked=1')()}} ${window.hacked=1}",
    "a name of every object": "__proto__",
    "a constructor": "constructor",
    "much of it": "W" * 2_000,
}
FOREIGN: Final = (
    "#app :is(script, img:not(.cm-widgetBuffer), iframe, object, embed, base, animate,"
    " [action], [onload], [onerror], [onclick])"
)
ADDRESSES: Final = "#app :is([href], [src], [action])"
EVENT_VIEWS: Final = {
    "Pretty": "properties",
    "Raw": "properties",
    "Story": "Normalisation",
    "Deliveries": "Destination crm",
    "Code": "/v1/track",
}
"""Each view of an event, with a text that is there once it is complete."""
VIEWS: Final = {
    "/": "Addresses",
    "/debugger": "Select an event",
    "/deliveries": "crm",
    "/tester": "Send Event",
    "/suite": "Test Result",
}
"""Each view of them all, likewise."""


@pytest.fixture
async def shown(page: Page) -> AsyncIterator[Page]:
    """A page whose console has to stay without errors, violations of the Content-Security-Policy among them."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield page
    assert said == []


async def stays_itself(page: Page) -> None:
    """Check that nothing of what is shown has become part of the page."""
    assert await page.locator(FOREIGN).count() == 0
    assert await page.title() == "segment-sandbox"
    assert await page.evaluate("[window.hacked, {}.polluted, document.title]") == [None, None, "segment-sandbox"]
    addresses = await page.locator(ADDRESSES).evaluate_all(
        "(all) => all.map(({ href }) => new URL(href.baseVal ?? href, location.href).protocol)"
    )
    assert {*addresses} == {"http:"}


class Attacked(NamedTuple):
    """Where the page is, and the number of the event that has a text."""

    url: str
    events: dict[str, int]


@pytest.fixture(scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """A sandbox that met every hostile text, each as name, id, key and value, in answers, logs and errors."""
    folder = tmp_path_factory.mktemp("attacked")
    everything = " ".join(HOSTILE.values())
    write_workspace(
        folder,
        "http://127.0.0.1:9/",
        top=f"name = {json.dumps(everything)}",
        destinations=destination("crm", "webhook") + destination("own", "function"),
    )
    code = "console.log(event.event); const error = new Error(event.event); throw error"
    (folder / "function.js").write_text(f"async function onTrack(event) {{ {code} }}\n")
    async with running(folder) as sandbox:
        events = {text: await attack(sandbox, text) for text in HOSTILE.values()}
        await sandbox.settled()
        yield Attacked(sandbox.url, events)


async def attack(sandbox: Running, text: str) -> int:
    """Have the sandbox meet one text wherever it can, and return the number of the event."""
    printed = "".join(each for each in text[:99] if each.isascii() and each.isprintable())
    answer = {"status": 400, "body": text, "headers": {"X-Told": printed}}
    recipe = {"toward": "partner", "destination": "crm", "event": text, **answer}
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/faults", json=recipe) as added:
        assert added.status == 200, await added.text()
    properties = {
        text: text,
        "__proto__": {"polluted": text},
        "constructor": [text],
        "nested": {"deep": {text: 1}},
    }
    call = {"type": "track", "userId": text[:200], "event": text, "properties": properties}
    taken = await sandbox.call("/v1/batch", {"batch": [call, {**call, "type": text[:200]}]})
    await sandbox.call(f"/v1/{'x' * 5}", json.dumps({"event": text}))
    return int(taken.headers[SEQ_HEADER].partition("-")[0])


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
async def test_whatever_comes_in_stays_text(attacked: Attacked, shown: Page, text: str) -> None:
    """In every view of the event, and in the search."""
    await shown.goto(f"{attacked.url}/debugger?event={attacked.events[text]}")
    await expect(shown.locator("#connection")).to_contain_text("connected")
    for tab, complete in EVENT_VIEWS.items():
        await shown.get_by_role("tab", name=tab, exact=True).click()
        await expect(shown.locator("main")).to_contain_text(complete)
        await stays_itself(shown)
    await shown.locator("#search").fill(text[:50])
    await expect(shown.locator("#search")).to_have_value(text[:50])
    await stays_itself(shown)
    await shown.goto(f"{attacked.url}/event/{attacked.events[text]}")
    await expect(shown.locator("main")).to_contain_text(text[:100].replace("\x07", ""))
    await expect(shown.get_by_role("region", name="Log output").first).to_contain_text(text[:20])
    await stays_itself(shown)
    await shown.goto("about:blank")


@pytest.mark.parametrize("view", VIEWS)
async def test_whatever_came_in_stays_text_together(attacked: Attacked, shown: Page, view: str) -> None:
    """In every view that shows all of it."""
    await shown.goto(attacked.url + view)
    await expect(shown.locator("#connection")).to_contain_text("connected")
    await expect(shown.locator("main")).to_contain_text(VIEWS[view])
    await stays_itself(shown)
    await shown.goto("about:blank")


async def test_what_a_reload_says_stays_text(tmp_path: Path, shown: Page) -> None:
    """A mistake in the partner's file may quote it."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("own", "function"))
    async with running(tmp_path, reload=True) as sandbox:
        after = sandbox.journal.seq
        (tmp_path / "function.js").write_text(f"throw new Error({json.dumps(HOSTILE['markup'])})\n")
        await sandbox.change(lambda change: change["kind"] == "reload", after)
        await shown.goto(sandbox.url)
        await expect(shown.get_by_role("region", name="What needs attention")).to_contain_text(HOSTILE["markup"])
        await stays_itself(shown)
        await shown.goto("about:blank")


@pytest.mark.parametrize("search", ["constructor:x", "__proto__:x", "-toString:x", ":x", "hasOwnProperty", '"'])
async def test_any_words_can_be_searched_for(embedded: Running, shown: Page, search: str) -> None:
    """Names that every object has are no keys of the search."""
    await embedded.call("/v1/track", {"userId": "u", "event": f"about {search}"})
    await shown.goto(f"{embedded.url}/debugger")
    await shown.locator("#search").fill(search)
    await expect(shown.locator(".row")).to_have_count(0 if search.startswith("-") else 1)


async def test_a_word_that_begins_like_a_key_is_a_word(embedded: Running, shown: Page) -> None:
    """`users` is looked for everywhere, not in the users alone."""
    await embedded.call("/v1/track", {"userId": "u", "event": "Users Merged"})
    await shown.goto(f"{embedded.url}/debugger?q=users")
    await expect(shown.locator(".row")).to_have_count(1)


async def test_commands_to_copy_hold_no_commands_of_others(embedded: Running, shown: Page) -> None:
    """Neither out of an event nor out of a link to the page."""
    await embedded.call("/v1/batch", {"batch": [{"type": "$(id)", "userId": "u"}]})
    for path, quoted in (
        ("/debugger?event=1&tab=Code", "/v1/$(id)'"),
        ("/tester?destination=$(id)", "--to '$(id)'"),
        ("/suite?component=$(id)", "test '$(id)'"),
        ("/deliveries?reason=$(id)", "--reason '$(id)'"),
    ):
        await shown.goto(embedded.url + path)
        await expect(shown.locator(".command code").filter(has_text="$(id)").first).to_contain_text(quoted)


ATTACK: Final = """
async (sandbox) => {
  const tries = [
    fetch(`${sandbox}/_sandbox/send`, { method: "POST", mode: "no-cors", body: '{"event": {"type": "track"}}' }),
    fetch(`${sandbox}/_sandbox/reset`, { method: "POST", mode: "no-cors", body: "{}" }),
    fetch(`${sandbox}/_sandbox/messages?secrets=shown`, { mode: "no-cors" }),
    fetch(`${sandbox}/_sandbox/messages`),
  ];
  for (const [name, address] of [["img", "/_sandbox/messages"], ["script", "/page.js"], ["iframe", "/debugger"]]) {
    const element = document.createElement(name);
    tries.push(new Promise((done) => { element.onload = element.onerror = done; }));
    element.src = sandbox + address;
    document.body.append(element);
  }
  const frame = Object.assign(document.createElement("iframe"), { name: "answer" });
  document.body.append(frame);
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: `${sandbox}/_sandbox/reset`, target: "answer" });
  tries.push(new Promise((done) => { frame.onload = done; }));
  document.body.append(form);
  form.submit();
  await Promise.allSettled(tries);
}
"""


async def test_another_web_site_gets_nothing_and_changes_nothing(embedded: Running, page: Page, site: Site) -> None:
    """Not by a request, a form, an element or a frame; only its SDK's calls are taken."""
    await embedded.call("/v1/track", {"userId": "u", "event": "Kept"})
    answers: dict[str, Any] = {}
    page.on("response", lambda answer: answers.update({answer.url.removeprefix(embedded.url): answer.status}))
    site.html = "<p>another site</p>"
    await page.goto(site.url)
    await page.evaluate(ATTACK, embedded.url)
    assert {
        status for path, status in answers.items() if path.startswith(("/_sandbox", "/page.js", "/debugger"))
    } == {403}
    assert [await frame.locator("#app").count() for frame in page.frames] == [0] * len(page.frames)
    assert [message["event"] for message in await embedded.messages()] == ["Kept"]
