"""The runs of source functions in the Debugger."""

from pathlib import Path

from playwright.async_api import Page, expect

from sandbox.clock import Rate
from tests.app.test_functions import write
from tests.app.test_source_functions import HOOK, post, skip
from tests.browser.test_page import findings
from tests.browser.test_page import shown as shown  # noqa: PLC0414 - a fixture
from tests.conftest import running

CODE = """
async function onRequest(request) {
  const { fail } = request.json()
  console.log('asked to fail:', fail)
  if (fail) throw new RetryError('the till is closed')
  Segment.track({ event: 'Paid', userId: 'u1' })
}
"""


async def test_a_run_is_a_row_that_tells_what_the_function_did(tmp_path: Path, shown: Page) -> None:
    """With its log, the request that called it, and a link to the events that it made."""
    write(tmp_path, HOOK, hook=CODE)
    async with running(tmp_path) as sandbox:
        assert (await post(sandbox, b'{"fail": false}'))[0] == 200
        await shown.goto(f"{sandbox.url}/debugger?q=type:function")
        row = shown.locator(".row")
        await expect(row).to_contain_text("hook")
        await row.click()
        told = shown.get_by_role("region", name="Selected event")
        await expect(told).to_contain_text("asked to fail: false")
        await expect(told).to_contain_text('"fail": false')
        assert await findings(shown) == []
        await told.get_by_role("link", name="1 event").click()
        await expect(shown.locator(".row")).to_contain_text("Paid")


async def test_each_attempt_says_why_it_failed_and_when_the_next_one_comes(tmp_path: Path, shown: Page) -> None:
    """On a clock that stands still: the second attempt is made by advancing it, and leads back to the call."""
    write(tmp_path, HOOK, hook=CODE)
    async with running(tmp_path, clock=Rate(0)) as sandbox:
        assert (await post(sandbox, b'{"fail": true}'))[0] == 500
        await shown.goto(f"{sandbox.url}/debugger?q=type:function")
        await expect(shown.locator(".row")).to_contain_text("awaiting retry")
        await shown.locator(".row").click()
        told = shown.get_by_role("region", name="Selected event")
        await expect(told).to_contain_text("the till is closed")
        await expect(told).to_contain_text("Attempt 2 comes at")
        await skip(sandbox, "3m")
        await shown.get_by_role("button", name="1 new").click()
        await expect(shown.locator(".row")).to_have_count(2)
        await shown.locator(".row").first.click()
        await expect(told).to_contain_text("function hook, attempt 2")
        await told.get_by_role("link", name="the call").click()
        await expect(told).to_contain_text("function hook, attempt 1")
