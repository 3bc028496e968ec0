"""Segment's library for web pages in a real browser, as the snippet and as a bundle."""

import json
from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from sandbox.calls import Listed
from sandbox.faults import Recipe
from sandbox.workspace import WRITE_KEY
from tests.browser.conftest import Site, Watched, arrived, open_html, snippet
from tests.conftest import Running

SIX_CALLS = """async () => {
  await analytics.identify("user-1", { plan: "pro" });
  await analytics.track("Signed Up", { plan: "pro" });
  await analytics.page("Docs", "Start");
  await analytics.screen("Home");
  await analytics.group("group-1", { name: "Acme" });
  await analytics.alias("user-2", "user-1");
}"""
TYPES = ["identify", "track", "page", "screen", "group", "alias"]
READY = "() => new Promise((done) => analytics.ready(done))"


BATCHES = {"strategy": "batching", "config": {"size": 6, "timeout": 60_000}}
ORIGINS = [pytest.param(True, id="own origin"), pytest.param(False, id="another port")]


async def open_page(sandbox: Running, page: Page, site: Site | None, html: str) -> None:
    """Open a page on the site, or on the sandbox's own origin."""
    if site is None:
        await open_html(page, f"{sandbox.url}/shop.html", html)
    else:
        site.html = html
        await page.goto(f"{site.url}/shop.html")


async def open_snippet(
    sandbox: Running, page: Page, site: Site | None, delivery: dict[str, Any] | None = None
) -> None:
    """Open a page that carries the snippet, and wait for the library."""
    text = await snippet(sandbox)
    if delivery is not None:
        load = f'analytics.load("{WRITE_KEY}"'
        assert text.count(load) == 1
        text = text.replace(load, f"{load}, {json.dumps(delivered_by(delivery))}")
    await open_page(sandbox, page, site, f"<!doctype html><head>{text}</head>")
    await page.evaluate(READY)


def delivered_by(delivery: dict[str, Any]) -> dict[str, Any]:
    """Make the load options for a way of delivery."""
    return {"integrations": {"Segment.io": {"deliveryStrategy": delivery}}}


async def open_bundle(
    sandbox: Running, page: Page, site: Site | None, bundle: str, delivery: dict[str, Any] | None = None
) -> None:
    """Open a page with a bundle of its own that is told the sandbox's address."""
    await open_page(sandbox, page, site, "<!doctype html>")
    await page.add_script_tag(content=bundle)
    options = {} if delivery is None else delivered_by(delivery)
    settings = {"writeKey": WRITE_KEY, "cdnURL": sandbox.url}
    load = "([settings, options]) => { window.analytics = AnalyticsBrowser.load(settings, options); }"
    await page.evaluate(load, [settings, options])
    await page.evaluate(READY)


def stored(messages: list[dict[str, Any]], *names: str) -> list[Any]:
    """Return one field of each message as it is stored."""
    found: list[Any] = [each["message"] for each in messages]
    for name in names:
        found = [each.get(name) for each in found]
    return found


def strike_once(sandbox: Running, **recipe: Any) -> None:
    """Let the first request to a path go wrong."""
    sandbox.sandbox._parts.faults.add(Recipe(path="/v1/t", calls=Listed((1,)), **recipe))


async def test_a_request_beyond_this_machine_would_be_seen(chromium: Browser, site: Site) -> None:
    """The proof of the other tests proves something: what a page asks of others is noticed, and goes nowhere."""
    seen = Watched()
    context = await chromium.new_context()
    page = await context.new_page()
    seen.watch(page)
    await page.goto(site.url)
    url = "https://elsewhere.invalid/analytics.min.js"
    assert await page.evaluate("(url) => fetch(url).then(() => 'answered', () => 'failed')", url) == "failed"
    await context.close()
    assert seen.strangers == [url]


@pytest.mark.parametrize("own", ORIGINS)
async def test_118_the_snippet_needs_nothing_but_the_sandbox(
    embedded: Running, page: Page, site: Site, watched: Watched, own: bool
) -> None:
    """17: library, parts and settings come from here, all six calls arrive, each at its short path."""
    await open_snippet(embedded, page, None if own else site)
    await page.evaluate(SIX_CALLS)
    messages = await arrived(embedded, 7)
    assert sorted(each["type"] for each in messages) == sorted(["page", *TYPES])
    assert {(each["source"], each["state"]) for each in messages} == {("website", "accepted")}
    assert set(stored(messages, "channel")) == {"browser"}
    assert set(stored(messages, "context", "ip")) == {"127.0.0.1"}
    assert set(stored(messages, "context", "library", "version")) == {"next-1.84.3"}
    assert "writeKey" not in messages[0]["message"]
    assert watched.paths("/analytics.js/") == [f"/analytics.js/v1/{WRITE_KEY}/analytics.min.js"]
    assert watched.paths("/v1/projects/") == [f"/v1/projects/{WRITE_KEY}/settings"]
    assert watched.paths("/analytics-next/bundles/ajs-destination")
    assert set(watched.paths("/v1/")) >= {f"/v1/{kind[0]}" for kind in TYPES}
    assert (await embedded.get("/refused"))["refused"] == []


async def test_the_page_names_the_destinations_it_leaves_to_segment(
    embedded: Running, page: Page, site: Site
) -> None:
    """As unbundled in every event, so that none is taken for delivered in the browser."""
    await open_snippet(embedded, page, site)
    (message,) = await arrived(embedded, 1)
    read_settings = "(url) => fetch(url).then((answer) => answer.json())"
    settings = await page.evaluate(read_settings, f"{embedded.url}/v1/projects/{WRITE_KEY}/settings")
    names = settings["integrations"]["Segment.io"]["unbundledIntegrations"]
    assert names
    assert message["message"]["_metadata"]["unbundled"] == names
    assert message["message"]["_metadata"]["bundled"] == ["Segment.io"]


@pytest.mark.parametrize("own", ORIGINS)
async def test_17_the_bundle_sends_each_call_by_itself(
    embedded: Running, page: Page, site: Site, npm_bundle: str, watched: Watched, own: bool
) -> None:
    """With the sandbox's address as `cdnURL` and nothing else."""
    await open_bundle(embedded, page, None if own else site, npm_bundle)
    await page.evaluate(SIX_CALLS)
    messages = await arrived(embedded, 6)
    assert [each["type"] for each in messages] == TYPES
    assert set(stored(messages, "context", "library", "version")) == {"npm:next-1.84.3"}
    assert watched.paths("/v1/b") == []


@pytest.mark.parametrize("own", ORIGINS)
async def test_18_the_bundle_sends_batches(
    embedded: Running, page: Page, site: Site, npm_bundle: str, watched: Watched, own: bool
) -> None:
    """All six calls in one request."""
    await open_bundle(embedded, page, None if own else site, npm_bundle, BATCHES)
    await page.evaluate(SIX_CALLS)
    messages = await arrived(embedded, 6)
    assert [each["type"] for each in messages] == TYPES
    assert set(stored(messages, "channel")) == {"browser"}
    assert set(watched.paths("/v1/b")) == {"/v1/b"}
    assert watched.paths("/v1/t") == []


@pytest.mark.parametrize("own", ORIGINS)
async def test_18_the_snippet_sends_batches(
    embedded: Running, page: Page, site: Site, watched: Watched, own: bool
) -> None:
    """The call of the snippet itself and the six, once they are seven."""
    seven = {**BATCHES, "config": {"size": 7, "timeout": 60_000}}
    await open_snippet(embedded, page, None if own else site, seven)
    await page.evaluate(SIX_CALLS)
    messages = await arrived(embedded, 7)
    assert sorted(each["type"] for each in messages) == sorted(["page", *TYPES])
    assert {(each["source"], each["state"]) for each in messages} == {("website", "accepted")}
    assert set(watched.paths("/v1/")) == {f"/v1/projects/{WRITE_KEY}/settings", "/v1/b"}


async def test_what_the_page_could_not_send_is_sent_by_the_next(
    embedded: Running, page: Page, site: Site, npm_bundle: str
) -> None:
    """The library keeps it in the browser when the page is left, and it arrives once."""
    faults = embedded.sandbox._parts.faults
    faults.add(Recipe(path="/v1/t", status=500))
    await open_bundle(embedded, page, site, npm_bundle)
    async with page.expect_response(lambda answer: answer.url.endswith("/v1/t") and answer.status == 500):
        await page.evaluate("() => { analytics.track('Kept'); }")
    await page.goto("about:blank")
    faults.clear()
    await open_bundle(embedded, page, site, npm_bundle)
    await page.evaluate("() => { analytics.track('Last'); }")
    assert sorted(each["event"] for each in await arrived(embedded, 2)) == ["Kept", "Last"]


async def test_a_batch_is_sent_when_the_page_is_left(
    embedded: Running, page: Page, site: Site, npm_bundle: str
) -> None:
    """What the page still held arrives, though the page is gone."""
    delivery = {"strategy": "batching", "config": {"size": 100, "timeout": 600_000}}
    await open_bundle(embedded, page, site, npm_bundle, delivery)
    await page.evaluate("async () => { await analytics.track('One'); await analytics.track('Two'); }")
    assert await embedded.messages() == []
    await page.goto("about:blank")
    assert [each["event"] for each in await arrived(embedded, 2)] == ["One", "Two"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("body", id="31 text"),
        pytest.param('new Blob([body], { type: "application/json" })', id="JSON, with a preflight"),
    ],
)
async def test_a_beacon_of_another_origin_arrives(embedded: Running, page: Page, site: Site, body: str) -> None:
    """Credentials included, which a wildcard would not allow."""
    await page.goto(site.url)
    call = json.dumps({"writeKey": WRITE_KEY, "userId": "u", "event": "Left"})
    script = f"(body) => navigator.sendBeacon('{embedded.url}/v1/t', {body})"
    assert await page.evaluate(script, call) is True
    assert [each["event"] for each in await arrived(embedded, 1)] == ["Left"]


async def test_26_an_image_is_loaded_from_the_pixel(embedded: Running, page: Page, site: Site) -> None:
    """The browser finds one pixel by one."""
    await page.goto(site.url)
    url = f"{embedded.url}/v1/pixel/track?writeKey={WRITE_KEY}&userId=u&event=Opened"
    script = "async (url) => { const it = new Image(); it.src = url; await it.decode(); return it.naturalWidth; }"
    assert await page.evaluate(script, url) == 1
    assert [each["event"] for each in await arrived(embedded, 1)] == ["Opened"]


async def test_a_page_can_read_how_long_it_is_to_wait(embedded: Running, page: Page, site: Site) -> None:
    """`Retry-After` is exposed, as are the sandbox's own numbers."""
    strike_once(embedded, status=429, headers=(("Retry-After", "3"),))
    await page.goto(site.url)
    script = """async (url) => {
      const answer = await fetch(url, { method: "POST", body: "{}", headers: { Authorization: "Basic a2V5Og==" } });
      return [answer.status, answer.headers.get("Retry-After"), Boolean(answer.headers.get("X-Sandbox-Seq"))];
    }"""
    assert await page.evaluate(script, f"{embedded.url}/v1/t") == [429, "3", True]


async def test_the_library_waits_as_long_as_it_is_told(
    embedded: Running, page: Page, site: Site, npm_bundle: str
) -> None:
    """After 429 with `Retry-After: 2` the call arrives once, and not before; of itself the library waits a moment."""
    strike_once(embedded, status=429, headers=(("Retry-After", "2"),))
    await open_bundle(embedded, page, site, npm_bundle)
    await page.evaluate("() => { analytics.track('Patient'); }")
    (message,) = await arrived(embedded, 1)
    (refused,) = (await embedded.get("/refused"))["refused"]
    assert message["event"] == "Patient"
    assert seconds(message["received_at"]) - seconds(refused["at"]) >= 1.9


async def test_113_the_library_does_not_wait_for_what_it_cannot_read(
    embedded: Running, page: Page, site: Site, npm_bundle: str
) -> None:
    """Five minutes are asked for in a header that is not exposed; the call comes again long before, and once."""
    headers = (("Retry-After", "300"), ("Access-Control-Expose-Headers", "X-Other"))
    strike_once(embedded, status=429, headers=headers)
    await open_bundle(embedded, page, site, npm_bundle)
    await page.evaluate("() => { analytics.track('Impatient'); }")
    assert [each["event"] for each in await arrived(embedded, 1)] == ["Impatient"]


async def test_an_answer_that_a_page_did_not_get_makes_a_duplicate(
    embedded: Running, page: Page, site: Site, npm_bundle: str
) -> None:
    """The connection is cut once the call is taken in; the library sends it again, and it counts once."""
    strike_once(embedded, cut=True, taken_in=True)
    await open_bundle(embedded, page, site, npm_bundle)
    await page.evaluate("() => { analytics.track('Heard'); }")
    messages = await arrived(embedded, 2)
    assert [(each["event"], each["state"]) for each in messages] == [("Heard", "accepted"), ("Heard", "duplicate")]


def seconds(text: str) -> float:
    """Read a time."""
    return datetime.fromisoformat(text).timestamp()


async def test_a_call_after_a_500_arrives_once(embedded: Running, page: Page, site: Site, npm_bundle: str) -> None:
    """The retry asks for a header more in its preflight, and gets it."""
    strike_once(embedded, status=500)
    await open_bundle(embedded, page, site, npm_bundle)
    await page.evaluate("() => { analytics.track('Again'); }")
    assert [each["event"] for each in await arrived(embedded, 1)] == ["Again"]


@pytest.mark.parametrize(
    ("integrations", "events"),
    [
        pytest.param({"Segment.io": False}, ["Last"], id="122 not to Segment"),
        pytest.param({"All": False}, ["Told", "Last"], id="123 to Segment and no destination"),
    ],
)
async def test_the_page_says_who_gets_an_event(
    embedded: Running, page: Page, site: Site, npm_bundle: str, integrations: dict[str, bool], events: list[str]
) -> None:
    """77: `All: false` holds every destination back, and does not stop the event on its way to Segment."""
    await open_bundle(embedded, page, site, npm_bundle)
    await page.evaluate("async (it) => { await analytics.track('Told', {}, { integrations: it }); }", integrations)
    await page.evaluate("async () => { await analytics.track('Last'); }")
    messages = await arrived(embedded, len(events))
    assert [each["event"] for each in messages] == events
    deliveries = (await embedded.get(f"/messages/{messages[0]['seq']}"))["deliveries"]
    held_back = {each["reason"] for each in deliveries} == {"FILTERED_BY_INTEGRATIONS_OBJECT"}
    assert held_back == (len(events) > 1)
