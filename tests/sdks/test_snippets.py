"""The lines that are shown work: taken as they stand, filled in, run, and found again in the journal."""

import re
import shlex
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sandbox.sdks import all_sdks
from tests.conftest import Running
from tests.needs import NPM_PACKAGES, node, npm_package
from tests.programs import output_of


async def lines(sandbox: Running, name: str) -> list[dict[str, str]]:
    """Return what the sandbox says about an SDK."""
    answer = await sandbox.get("/sdks")
    (found,) = [sdk["snippets"] for sdk in answer["sdks"] if sdk["name"] == name]
    return list(found)


async def the_message(sandbox: Running, event: str = "Signed Up") -> dict[str, Any]:
    """Return the message that arrived, the only one."""
    (message,) = await sandbox.messages()
    assert (message["state"], message["source"], message["event"]) == ("accepted", "website", event)
    found: dict[str, Any] = message["message"]
    return found


@pytest.mark.parametrize(
    ("name", "version"),
    [pytest.param("python", "2.", id="python"), pytest.param("python-legacy", "1.", id="python-legacy")],
)
async def test_python(embedded: Running, name: str, version: str) -> None:
    """Both packages, each by its own lines."""
    (snippet,) = await lines(embedded, name)
    await output_of(sys.executable, "-c", snippet["code"])
    library = (await the_message(embedded))["context"]["library"]
    assert library["name"] == "analytics-python"
    assert library["version"].startswith(version)


@pytest.mark.parametrize(
    ("name", "package", "ending"),
    [
        pytest.param("node", "@segment/analytics-node", "mjs", id="node"),
        pytest.param("node-legacy", "analytics-node", "cjs", id="node-legacy"),
    ],
)
async def test_node(embedded: Running, tmp_path: Path, name: str, package: str, ending: str) -> None:
    """Both packages, from a file beside which they are installed."""
    npm_package(package)
    (snippet,) = await lines(embedded, name)
    (tmp_path / "node_modules").symlink_to(NPM_PACKAGES)
    file = tmp_path / f"program.{ending}"
    file.write_text(snippet["code"])
    await output_of(str(node()), str(file))
    assert (await the_message(embedded))["context"]["library"]["name"] == package


async def test_curl(embedded: Running) -> None:
    """The command as a shell reads it, quietly."""
    (snippet,) = await lines(embedded, "curl")
    program, *arguments = shlex.split(snippet["code"])
    assert await output_of(program, "--silent", "--noproxy", "*", *arguments) == '{"success": true}'
    assert (await the_message(embedded))["userId"] == "user-1"


async def test_the_pixel(embedded: Running) -> None:
    """Its address is asked for as a mail program would."""
    (snippet,) = await lines(embedded, "pixel")
    found = re.search(r'src="([^"]+)"', snippet["code"])
    assert found is not None
    async with embedded.client.get(unescape(found[1])) as response:
        assert (response.status, response.content_type) == (200, "image/gif")
    assert (await the_message(embedded, "Email Opened"))["channel"] == "browser"


async def test_the_command_for_the_page_snippet(embedded: Running) -> None:
    """It prints the snippet of the source."""
    *_, command = await lines(embedded, "analytics-js")
    program, *arguments = shlex.split(command["code"])
    printed = await output_of(program, "--silent", "--noproxy", "*", *arguments)
    assert printed.startswith("<script>")
    assert embedded.url in printed


def test_what_is_said_to_be_run_is() -> None:
    """Here, and those of web pages in `tests/browser`."""
    said = {sdk.name for sdk in all_sdks() if sdk.checked == "run"}
    here = {"python", "python-legacy", "node", "node-legacy", "curl", "pixel"}
    assert said == here | {"analytics-js", "analytics-next"}
