"""Takes the pictures in docs/screens: `python -m tests.browser.screenshots`, or `python3 dev.py screens`."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Page, async_playwright

from tests.browser.conftest import ARGUMENTS, EXECUTABLE, ROOT
from tests.conftest import Running, destination, running, write_workspace

FOLDER: Final = ROOT / "docs" / "screens"
SIZE: Final[Any] = {"width": 1100, "height": 680}
TALL: Final[Any] = {"width": 1280, "height": 900}
PAGES: Final = {
    "overview": "/",
    "debugger": "/debugger?event=1&tab=Deliveries",
    "story": "/event/1",
    "deliveries": "/deliveries",
    "webhook": "/components/webhook",
    "tester": "/tester",
    "suite": "/suite",
    "settings": "/settings",
}
BUTTONS: Final = {"component": "Send Event", "tester": "Send Event", "suite": "Test"}
CODE: Final = """\
// Sends every order to the shop's own service.
async function onTrack(event, settings) {
  console.log(`order ${event.properties.orderId} of ${event.userId}`);
  const response = await fetch("URL/_sandbox/echo/orders", {
    method: "POST",
    headers: { Authorization: `Bearer ${settings.apiKey}` },
    body: JSON.stringify(event.properties),
  });
  return { status: response.status };
}
"""
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
FAULTS: Final = (
    {"toward": "partner", "destination": "webhook", "event": "Order Completed", "attempts": "1-4", "status": 503},
    {"toward": "partner", "destination": "webhook", "type": "group", "status": 400},
)
CALLS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("/v1/track", {"event": "Order Completed", "properties": {"revenue": 42.5, "items": ["cup", "tea"]}}),
    ("/v1/identify", {"traits": {"email": "ada@example.com", "plan": "pro"}}),
    ("/v1/page", {"name": "Pricing"}),
    ("/v1/track", {}),
    ("/v1/group", {"groupId": "company-3"}),
    ("/v1/track", {"event": "Signed Up", "integrations": {"webhook": False}}),
)


async def take() -> None:
    """Photograph every page of a sandbox that has seen some events, light and dark."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as sandbox, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
            await fill(sandbox)
            for scheme in SCHEMES:
                context = await browser.new_context(color_scheme=scheme, viewport=SIZE)
                page = await context.new_page()
                for name, path in PAGES.items():
                    await photograph(page, sandbox.url + path, name, scheme)
            await browser.close()


async def take_editor() -> None:
    """Photograph the Component editor on a function of the partner's own, light and dark."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_workspace(folder, "http://127.0.0.1:9/", destinations=destination("crm", "function"))
        async with running(folder, reload=True) as sandbox, async_playwright() as playwright:
            (folder / "function.js").write_text(CODE.replace("URL", sandbox.url), "utf-8")
            await sandbox.change(lambda change: change["kind"] == "reload")
            browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
            for scheme in SCHEMES:
                context = await browser.new_context(color_scheme=scheme, viewport=TALL)
                page = await context.new_page()
                await photograph(page, f"{sandbox.url}/components/function", "component", scheme)
            await browser.close()


async def fill(sandbox: Running) -> None:
    """Send what the pictures shall show: what arrives, is retried over hours, is discarded, refused and stopped."""
    for fault in FAULTS:
        await post(sandbox, "/faults", fault)
    for path, call in CALLS:
        await sandbox.call(path, {"userId": "user-1", **call})
    await sandbox.settled()
    await post(sandbox, "/clock", {"advance": "4h"})
    await sandbox.settled()
    for path, call in CALLS[1:4]:
        await sandbox.call(path, {"userId": "user-2", **call})
    await sandbox.settled()
    await sandbox.call("/v1/track", "{bad")


async def post(sandbox: Running, path: str, body: object) -> None:
    """Ask something of the sandbox's own API."""
    async with sandbox.client.post(f"{sandbox.url}/_sandbox{path}", json=body) as response:
        response.raise_for_status()


async def photograph(page: Page, url: str, name: str, scheme: str) -> None:
    """Take one picture, once everything that the page asks for has come."""
    await page.goto(url)
    await page.locator("#connection", has_text="connected").wait_for()
    if name in BUTTONS:
        await page.get_by_role("button", name=BUTTONS[name], exact=True).click()
        await page.locator("main details").first.wait_for()
    await page.wait_for_timeout(500)
    await page.screenshot(path=FOLDER / f"{name}-{scheme}.png")


if __name__ == "__main__":
    asyncio.run(take())
    asyncio.run(take_editor())
