"""The Settings Builder in a real browser: each of its actions, on the partner's own workspace file."""

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from sandbox.workspace import FILE_NAME
from tests.browser.test_page import findings
from tests.browser.test_page import shown as shown  # noqa: PLC0414 - a fixture
from tests.conftest import Running, destination, running, write_workspace

REGION = """
[[app.settings]]
label = "Region"    # where the data is
type = "select"
options = ["eu", "us"]
"""


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[Running]:
    """A sandbox with a workspace file, read again at every save."""
    write_workspace(tmp_path, "http://127.0.0.1:9/closed", destinations=REGION + destination("crm", "webhook"))
    async with running(tmp_path, reload=True) as sandbox:
        yield sandbox


async def opened(sandbox: Running, page: Page) -> Locator:
    """Open the Settings Builder for the webhook; return the setting that is edited."""
    await page.goto(f"{sandbox.url}/settings?component=webhook")
    await expect(page.get_by_role("heading", name="As your customer sees it")).to_be_visible()
    return page.get_by_role("region", name="New setting")


def document(sandbox: Running) -> Any:
    """Return what stands in the workspace file."""
    assert sandbox.sandbox.workspace.file
    return tomllib.loads(sandbox.sandbox.workspace.file.read_text("utf-8"))


async def saved(page: Page) -> None:
    """Save, and wait until the sandbox has loaded it."""
    await page.get_by_role("button", name=f"Save to {FILE_NAME}").click()
    await expect(page.get_by_text("Written and loaded")).to_be_visible()


async def test_a_setting_is_added_and_filled_in(acme: Running, shown: Page) -> None:
    """Every field of it, and the value that the destination gives; the file keeps its comments."""
    new = await opened(acme, shown)
    await shown.get_by_role("button", name="+ Add").click()
    await expect(new.get_by_label("Setting Label")).to_be_focused()
    await shown.keyboard.type("Custom Setting")
    editor = shown.get_by_role("region", name="Custom Setting")
    await expect(editor.get_by_label("Setting Key")).to_have_value("customSetting")
    await editor.get_by_label("Description").fill("In your account.")
    await editor.get_by_label("Type").select_option("number")
    await editor.get_by_label("Required").check()
    await editor.get_by_label("Default").fill("2.5")
    await editor.get_by_label("function").uncheck()
    customer = shown.get_by_role("region", name="As your customer sees it")
    await expect(customer).to_contain_text("Custom Setting Required")
    await expect(customer).to_contain_text("In your account.")
    await customer.get_by_label("Custom Setting").fill("7")
    await customer.get_by_label("Region").select_option("us")
    await expect(shown.get_by_text("Not saved yet")).to_be_visible()
    await saved(shown)
    written = document(acme)
    assert written["app"]["settings"][1] == {
        "label": "Custom Setting",
        "description": "In your account.",
        "type": "number",
        "required": True,
        "default": 2.5,
        "shown_for": ["webhook"],
    }
    assert written["destinations"][0]["settings"] == {"apiKey": "local-api-key", "customSetting": 7, "region": "us"}
    assert "# where the data is" in (acme.sandbox.workspace.folder / FILE_NAME).read_text("utf-8")
    assert await findings(shown) == []


async def test_settings_are_moved_and_removed_with_the_focus_kept(acme: Running, shown: Page) -> None:
    """By the keyboard alone, where one wishes."""
    new = await opened(acme, shown)
    for label in ("One", "Two"):
        await shown.get_by_role("button", name="+ Add").click()
        await new.get_by_label("Setting Label").fill(label)
    names = shown.locator(".setting b")
    await shown.get_by_role("button", name="Move Two up").focus()
    await shown.keyboard.press("Enter")
    await expect(names).to_have_text(["API Key", "Region", "Two", "One"])
    await expect(shown.get_by_role("button", name="Move Two up")).to_be_focused()
    await shown.keyboard.press("Enter")
    await expect(names).to_have_text(["API Key", "Two", "Region", "One"])
    await expect(shown.locator(".choose", has_text="Two")).to_be_focused()
    await shown.get_by_role("button", name="Remove Region").click()
    await expect(shown.locator(".choose", has_text="One")).to_be_focused()
    await expect(shown.get_by_role("button", name="Remove API Key")).to_have_count(0)
    await saved(shown)
    assert [each["label"] for each in document(acme)["app"]["settings"]] == ["Two", "One"]


async def test_every_mistake_stands_at_its_field(acme: Running, shown: Page) -> None:
    """All at once, in the setting that is shown and in the values; what was written stays."""
    new = await opened(acme, shown)
    before = document(acme)
    await shown.get_by_role("button", name="+ Add").click()
    await new.get_by_label("Setting Label").fill("Path")
    editor = shown.get_by_role("region", name="Path")
    await editor.get_by_label("Pattern").fill("(")
    await shown.locator(".choose", has_text="Region").click()
    await shown.get_by_role("region", name="Region").get_by_label("Options").fill("")
    customer = shown.get_by_role("region", name="As your customer sees it")
    await customer.get_by_label("API Key").fill("short")
    await shown.get_by_role("button", name=f"Save to {FILE_NAME}").click()
    await expect(shown.get_by_role("alert")).to_contain_text("3 mistakes, each at its field")
    region = shown.get_by_role("region", name="Region")
    await expect(region).to_contain_text("a select needs some")
    await expect(customer).to_contain_text("does not match ^.{8,}$")
    await expect(shown.locator(".choose", has_text="Path")).to_contain_text("1 mistake")
    await shown.locator(".choose", has_text="Path").click()
    await expect(editor.get_by_label("Pattern")).to_have_attribute("aria-invalid", "true")
    await expect(editor).to_contain_text("is not a regular expression")
    assert document(acme) == before
    assert await findings(shown) == []
    await shown.get_by_role("button", name="Discard changes").click()
    await expect(shown.locator(".setting b")).to_have_text(["API Key", "Region"])
    await expect(shown.get_by_role("alert")).to_have_count(0)


async def test_a_secret_is_masked_and_can_be_written_over(acme: Running, shown: Page) -> None:
    """What is not written over stays."""
    await opened(acme, shown)
    secret = shown.get_by_role("region", name="As your customer sees it").get_by_label("API Key")
    await expect(secret).to_have_attribute("placeholder", "••••••-key, kept unless you write another")
    assert "local-api-key" not in await shown.content()
    await secret.fill("another-api-key")
    await saved(shown)
    assert document(acme)["destinations"][0]["settings"]["apiKey"] == "another-api-key"
    await expect(secret).to_have_value("")


async def test_a_file_that_changed_meanwhile_is_read_again(acme: Running, shown: Page) -> None:
    """The page says so, writes nothing, and offers what stands there now."""
    await opened(acme, shown)
    await shown.locator(".choose", has_text="Region").click()
    await shown.get_by_label("Setting Label").fill("Mine")
    file = acme.sandbox.workspace.folder / FILE_NAME
    file.write_text(file.read_text("utf-8").replace('"Region"', '"Theirs"'), "utf-8")
    await acme.change(lambda change: change["kind"] == "reload")
    await shown.get_by_role("button", name=f"Save to {FILE_NAME}").click()
    await expect(shown.get_by_text("has changed on disk")).to_be_visible()
    await shown.get_by_role("button", name="Discard, and read again").click()
    await expect(shown.locator(".setting b")).to_have_text(["API Key", "Theirs"])


async def test_the_embedded_workspace_says_what_to_do(embedded: Running, shown: Page) -> None:
    """It is shown, each setting too, and nothing can be written."""
    await shown.goto(f"{embedded.url}/settings")
    await expect(shown.get_by_text("This is the embedded workspace")).to_be_visible()
    await expect(shown.get_by_text("segment-sandbox init")).to_be_visible()
    await shown.locator(".choose", has_text="Endpoint").click()
    await expect(shown.get_by_label("Setting Label")).to_be_disabled()
    await expect(shown.get_by_role("button", name="Save to")).to_have_count(0)
    await expect(shown.get_by_role("button", name="+ Add")).to_have_count(0)
    assert await findings(shown) == []


async def test_an_app_without_a_component_says_what_to_do(tmp_path: Path, shown: Page) -> None:
    """There is nothing to build settings for."""
    (tmp_path / FILE_NAME).write_text('[app]\nname = "Acme CRM"\n')
    async with running(tmp_path) as sandbox:
        await shown.goto(f"{sandbox.url}/settings")
        await expect(shown.get_by_text("The App has no component yet.")).to_be_visible()
        assert await findings(shown) == []


async def test_a_small_screen_has_it_all_below_each_other(acme: Running, shown: Page) -> None:
    """Nothing has to be scrolled sideways."""
    await shown.set_viewport_size({"width": 400, "height": 700})
    await opened(acme, shown)
    assert await shown.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    assert await findings(shown) == []
