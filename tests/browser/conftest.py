"""A real Chromium, pages for it, and proof that none of them asks for anything beyond this machine."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, Request, Route, async_playwright

from tests.conftest import Running
from tests.needs import missing

ROOT: Final = Path(__file__).resolve().parents[2]
EXECUTABLE: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LOCAL: Final = frozenset({"localhost", "127.0.0.1"})
ARGUMENTS: Final = (
    "--no-sandbox",  # the tests may run as root, and load nothing but pages of theirs
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
NPM_ENTRY: Final = (
    'import { AnalyticsBrowser } from "@segment/analytics-next"; window.AnalyticsBrowser = AnalyticsBrowser;'
)
WAIT_S: Final = 20
"""How long a page's request may take to arrive, in seconds."""


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's browser, started once."""
    if EXECUTABLE is None:
        missing("no Chromium on this machine; install it, on Debian with: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        yield browser
        await browser.close()


@dataclass(slots=True)
class Watched:
    """What pages asked for, and what went wrong in them."""

    requests: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Follow a page from now on."""
        page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108 - Playwright marks what it is given
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def paths(self, prefix: str) -> list[str]:
        """Return the paths asked for that begin so, in order."""
        found = [urlsplit(each.url).path for each in self.requests]
        return [path for path in found if path.startswith(prefix)]

    @property
    def strangers(self) -> list[str]:
        """What was asked of another machine than this one."""
        elsewhere = [
            each.url for each in self.requests if urlsplit(each.url).scheme in ("http", "https", "ws", "wss")
        ]
        return [url for url in elsewhere if urlsplit(url).hostname not in LOCAL]


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    """Whatever the test does, no page asks for anything beyond localhost, and none throws."""
    found = Watched()
    yield found
    assert found.strangers == []
    assert found.errors == []


@pytest.fixture
async def page(chromium: Browser, watched: Watched) -> AsyncIterator[Page]:
    """A page in a profile of its own, watched."""
    context = await chromium.new_context()
    opened = await context.new_page()
    watched.watch(opened)
    yield opened
    await context.close()


@dataclass(slots=True)
class Site:
    """A web site on another port of this machine: the partner's customer's."""

    url: str = ""
    html: str = ""
    script: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Serve the script at its path, and the page at every other."""
        if request.path == "/npm.js":
            return web.Response(text=self.script, content_type="text/javascript")
        return web.Response(text=self.html, content_type="text/html")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """The site, empty; a test fills it."""
    made = Site()
    application = web.Application()
    application.router.add_get("/{rest:.*}", made.answer)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://localhost:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture(scope="session")
def npm_bundle() -> str:
    """@segment/analytics-next as a page's own bundle has it."""
    return bundled(NPM_ENTRY)


def bundled(script: str) -> str:
    """Bundle a script with the packages that it imports, by esbuild."""
    bundler = next(ROOT.glob("web/node_modules/@esbuild/*/bin/esbuild"), None)
    if bundler is None:
        missing("no esbuild in web/node_modules; run `npm ci` in web/")
    done = subprocess.run(
        [bundler, "--bundle", '--define:process.env.NODE_ENV="production"', "--log-level=error"],
        cwd=ROOT / "web",
        input=script,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def open_html(page: Page, url: str, html: str) -> None:
    """Open a page at an address of the sandbox's own origin, which serves no pages of others."""

    async def fulfil(route: Route) -> None:
        await route.fulfill(body=html, content_type="text/html")

    await page.route(url, fulfil)
    await page.goto(url)


async def snippet(sandbox: Running) -> str:
    """Return what the sandbox gives to paste."""
    async with sandbox.client.get(f"{sandbox.url}/_sandbox/snippet") as response:
        assert response.status == 200
        return await response.text()


async def arrived(sandbox: Running, count: int) -> list[dict[str, Any]]:
    """Wait until so many messages are there, and return them."""
    async with asyncio.timeout(WAIT_S):
        while True:
            seq = sandbox.journal.seq
            messages = await sandbox.messages()
            if len(messages) >= count:
                return messages
            await sandbox.journal.beyond(seq)
