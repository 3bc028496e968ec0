"""The lines for web pages, taken from the sandbox as they stand, work in a real browser."""

import asyncio

from playwright.async_api import Page

from sandbox.api.snippet import BUILT
from tests.browser.conftest import Site, Watched, arrived, bundled
from tests.conftest import Running

SEGMENTS_CDN = "https://cdn.segment.com"
"""What stands in the snippet that a customer has."""


async def lines(sandbox: Running, name: str) -> list[str]:
    """Return the lines for an SDK."""
    answer = await sandbox.get("/sdks")
    (found,) = [sdk["snippets"] for sdk in answer["sdks"] if sdk["name"] == name]
    return [snippet["code"].strip() for snippet in found]


def customers_snippet() -> str:
    """Return Segment's snippet as it stands in a customer's page, without its last line."""
    text = BUILT.read_text("utf-8").replace("__ORIGIN__", SEGMENTS_CDN)
    return text[: text.index('analytics.load("__WRITE_KEY__")')]


async def test_the_lines_for_the_snippet(embedded: Running, page: Page, site: Site, watched: Watched) -> None:
    """The script's address and the last line replaced; nothing leaves the machine."""
    address, load, _ = await lines(embedded, "analytics-js")
    snippet = customers_snippet()
    start = snippet.index('t.src="https://')
    end = snippet.index(";", start) + 1
    site.html = f"<!doctype html><head>{snippet[:start]}{address}{snippet[end:]}{load}}}}}();</script></head>"
    await page.goto(f"{site.url}/shop.html")
    await page.evaluate("() => new Promise((done) => analytics.ready(done))")
    await page.evaluate("() => analytics.track('Signed Up')")
    (message,) = await arrived(embedded, 1)
    assert message["event"] == "Signed Up"
    assert message["message"]["context"]["library"]["version"].startswith("next-")


async def test_the_lines_for_the_bundle(embedded: Running, page: Page, site: Site, watched: Watched) -> None:
    """Bundled by esbuild, as a customer's own would be."""
    (code,) = await lines(embedded, "analytics-next")
    site.script = await asyncio.to_thread(bundled, code)
    site.html = '<!doctype html><script src="/npm.js"></script>'
    await page.goto(site.url)
    (message,) = await arrived(embedded, 1)
    assert message["event"] == "Signed Up"
    assert message["message"]["context"]["library"]["version"].startswith("npm:next-")
