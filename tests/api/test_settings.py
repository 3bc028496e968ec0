"""The Settings Builder reads and writes the partner's workspace file, and leaves the rest of it alone."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.api.described import ROUTES
from sandbox.app.partner_files import version_of
from sandbox.workspace import FILE_NAME, WRITE_KEY
from tests.api.test_openapi import wrong
from tests.conftest import Running, running

PATH: Final = "/components/webhook/settings"
FILE: Final = f"""\
# Acme's workspace.
[workspace]
slug = "acme"

[[sources]]
slug = "website"
write_key = "{WRITE_KEY}"

[app]
name = "Acme CRM"

# What the customer fills in.
[[app.settings]]
label = "Region"    # where the data is
type = "select"
options = ["eu", "us"]

# Shown to nobody.
[[app.settings]]
label = "Token"
sensitive = true

[app.components.webhook]  # the endpoint
endpoint = "${{SEGMENT_SANDBOX_URL}}/_sandbox/echo/webhook"

[[destinations]]
slug = "crm"
component = "webhook"
source = "website"
enabled = true
settings = {{ apiKey = "local-api-key", region = "eu", token = "abc" }}  # for tests alone
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the workspace file."""
    (tmp_path / FILE_NAME).write_text(FILE)
    return tmp_path


async def put(sandbox: Running, body: Any, path: str = PATH) -> tuple[int, Any]:
    """Write settings; return the status and the answer."""
    async with sandbox.client.put(f"{sandbox.url}/_sandbox{path}", json=body) as response:
        return response.status, await response.json()


async def write(sandbox: Running, settings: Any = None, values: Mapping[str, Any] | None = None) -> Any:
    """Write onto what is there, and return the answer."""
    read = await sandbox.get(PATH)
    order = {"version": read["version"], "settings": settings or read["settings"], "values": {"crm": values or {}}}
    return (await put(sandbox, order))[1]


def changed(folder: Path) -> list[str]:
    """Return the lines that went and came."""
    lines = difflib.ndiff(FILE.splitlines(), (folder / FILE_NAME).read_text().splitlines())
    return [line for line in lines if line[0] in "+-"]


async def test_the_settings_are_shown_with_every_field(folder: Path) -> None:
    """The one of every App first; what is secret is masked, the end of a long secret is not."""
    async with running(folder) as sandbox:
        read = await sandbox.get(PATH)
    assert wrong(ROUTES["GET", "/components/{slug}/settings"].answer or {}, read) == []
    assert [each["key"] for each in read["settings"]] == ["apiKey", "region", "token"]
    assert all(sorted(each) == sorted(read["settings"][0]) for each in read["settings"])
    (crm,) = read["destinations"]
    assert crm["values"] == {"apiKey": "••••••-key", "region": "eu", "token": "••••••"}


async def test_what_was_read_and_is_written_changes_nothing(folder: Path) -> None:
    """Not even the masks, which come back in the place of secrets."""
    async with running(folder) as sandbox:
        read = await sandbox.get(PATH)
        values = {each["slug"]: each["values"] for each in read["destinations"]}
        status, answer = await put(
            sandbox, {"version": read["version"], "settings": read["settings"], "values": values}
        )
        assert (status, answer) == (200, read)
    assert (folder / FILE_NAME).read_text() == FILE


async def test_one_field_is_one_line_and_keeps_its_comment(folder: Path) -> None:
    """And the sandbox works by it from then on."""
    async with running(folder, reload=True) as sandbox:
        settings = (await sandbox.get(PATH))["settings"]
        settings[1]["label"], settings[1]["key"] = "Data Region", "region"
        await write(sandbox, settings)
        await sandbox.change(lambda change: change["kind"] == "reload")
    assert changed(folder) == [
        '- label = "Region"    # where the data is',
        '+ label = "Data Region"    # where the data is',
        '+ key = "region"',
    ]


async def test_settings_are_added_moved_and_taken_out(folder: Path) -> None:
    """Each with the comment above it; the values of one that goes go too."""
    async with running(folder) as sandbox:
        api_key, region, token = (await sandbox.get(PATH))["settings"]
        added = {"label": "Extra Headers", "type": "map", "default": {"x": "1"}, "shown_for": ["webhook"]}
        api_key["description"] = "In your account."
        answer = await write(sandbox, [api_key, token, added])
        assert [each["key"] for each in answer["settings"]] == ["apiKey", "token", "extraHeaders"]
        assert answer["destinations"][0]["values"] == {"apiKey": "••••••-key", "token": "••••••"}
        await write(sandbox, [*answer["settings"], region], {"token": None})
    text = (folder / FILE_NAME).read_text()
    labels = re.findall(r'label = "(.*?)"', text)
    assert labels == ["API Key", "Token", "Extra Headers", "Region"]
    assert '# Shown to nobody.\n[[app.settings]]\nlabel = "Token"' in text
    assert text.index("# What the customer fills in.") < text.index('label = "API Key"')
    assert 'settings = { apiKey = "local-api-key" }  # for tests alone' in text
    assert tomllib.loads(text)["app"]["settings"][2]["default"] == {"x": "1"}


async def test_a_file_without_settings_gets_its_first(folder: Path) -> None:
    """Behind the App's own keys, with line ends as in the file."""
    text = re.sub(r"# What the.*?(?=\[app\.comp)", "", FILE, flags=re.DOTALL)
    text = text.replace(', region = "eu", token = "abc"', "").replace("\n", "\r\n")
    (folder / FILE_NAME).write_bytes(text.encode())
    async with running(folder) as sandbox:
        settings = (await sandbox.get(PATH))["settings"]
        await write(sandbox, [*settings, {"label": "Debug", "type": "boolean"}])
    expected = (
        'name = "Acme CRM"\r\n\r\n[[app.settings]]\r\nlabel = "Debug"\r\ntype = "boolean"\r\n\r\n[app.components'
    )
    assert expected in (folder / FILE_NAME).read_bytes().decode()
    assert b"\n" not in (folder / FILE_NAME).read_bytes().replace(b"\r\n", b"")


async def test_a_destination_with_a_table_of_settings(folder: Path) -> None:
    """Is changed there."""
    inline = 'settings = { apiKey = "local-api-key", region = "eu", token = "abc" }  # for tests alone\n'
    (folder / FILE_NAME).write_text(
        FILE.replace(inline, '\n[destinations.settings]\napiKey = "local-api-key" # mine\n')
    )
    async with running(folder) as sandbox:
        await write(sandbox, values={"region": "us"})
    assert (
        (folder / FILE_NAME)
        .read_text()
        .endswith('[destinations.settings]\napiKey = "local-api-key" # mine\nregion = "us"\n')
    )


async def test_all_mistakes_come_at_once_each_at_its_field(folder: Path) -> None:
    """And nothing is written."""
    async with running(folder) as sandbox:
        settings = (await sandbox.get(PATH))["settings"]
        settings[0]["required"] = False
        settings[1]["options"] = []
        settings[2]["pattern"] = "("
        more = [{"label": "", "type": "text"}, {"label": "Region", "surprise": 1}]
        answer = await write(sandbox, [*settings, *more], {"region": 5, "apiKey": "short"})
    at = [each["at"] for each in answer["mistakes"]]
    assert answer["error"]["code"] == "bad_settings"
    assert at == [
        ["settings", 3, "label"],
        ["settings", 3, "type"],
        ["settings", 4, "surprise"],
        ["settings", 0, "required"],
        ["settings", 1, "options"],
        ["settings", 2, "pattern"],
        ["values", "crm", "apiKey"],
    ]
    assert (folder / FILE_NAME).read_text() == FILE


@pytest.mark.parametrize("options", [[{}], [{"a": 1}, "b"], [["a"], "b"], [[{}], 1]])
async def test_options_of_another_kind_are_a_mistake_at_their_field(folder: Path, options: Any) -> None:
    """However they are nested, and not a matter of how the file is written."""
    async with running(folder) as sandbox:
        read = await sandbox.get(PATH)
        read["settings"][1]["options"] = options
        status, answer = await put(sandbox, {"version": read["version"], "settings": read["settings"]})
    assert (status, answer["error"]["code"]) == (400, "bad_settings")
    assert {tuple(each["at"][:3]) for each in answer["mistakes"]} == {("settings", 1, "options")}
    assert (folder / FILE_NAME).read_text() == FILE


async def test_api_key_cannot_be_taken_out(folder: Path) -> None:
    """It is in every App."""
    async with running(folder) as sandbox:
        answer = await write(sandbox, (await sandbox.get(PATH))["settings"][1:])
    assert [each["at"] for each in answer["mistakes"]] == [["settings"]]
    assert (folder / FILE_NAME).read_text() == FILE


async def test_a_file_that_changed_meanwhile_is_not_written(folder: Path) -> None:
    """The answer says with which version it would be."""
    async with running(folder) as sandbox:
        read = await sandbox.get(PATH)
        (folder / FILE_NAME).write_text(FILE + "# mine\n")
        status, answer = await put(sandbox, {"version": read["version"], "settings": read["settings"]})
        assert (status, answer["error"]["code"]) == (409, "changed_meanwhile")
        assert (await sandbox.get(PATH))["version"] in answer["error"]["hint"]
    assert (folder / FILE_NAME).read_text() == FILE + "# mine\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(
            re.sub(
                r"\n# What the.*?(?=\[app\.comp)", 'settings = [{label = "Region"}]\n', FILE, flags=re.DOTALL
            ).replace(', region = "eu", token = "abc"', ""),
            "not_editable",
            id="an array in one line",
        ),
        pytest.param("[app", "file_unreadable", id="no TOML"),
        pytest.param('slug = "acme"', "not_editable", id="no App"),
        pytest.param(None, "file_unreadable", id="gone"),
    ],
)
async def test_what_cannot_be_changed_in_place_is_said(folder: Path, text: str | None, code: str) -> None:
    """And stays as it is."""
    async with running(folder) as sandbox:
        read = await sandbox.get(PATH)
        if text is None:
            (folder / FILE_NAME).unlink()
        else:
            (folder / FILE_NAME).write_text(text)
        settings = [*read["settings"], {"label": "New"}]
        status, answer = await put(sandbox, {"version": version_of((text or "").encode()), "settings": settings})
    assert (status, answer["error"]["code"]) == (409, code)
    assert text is None or (folder / FILE_NAME).read_text() == text


@pytest.mark.parametrize(
    ("path", "order", "status"),
    [
        pytest.param("/components/nobody/settings", {}, 404, id="component"),
        pytest.param("/components/function/settings", {}, 404, id="a component that the App has not"),
        pytest.param(PATH, {"values": {"nobody": {}}}, 404, id="destination"),
        pytest.param(PATH, {"settings": ["one"]}, 400, id="a setting that is no object"),
        pytest.param(PATH, {"values": {"crm": 1}}, 400, id="values that are no object"),
        pytest.param(PATH, {"settings": [{"label": "A", "options": [None]}]}, 400, id="null"),
        pytest.param(PATH, {"more": 1}, 400, id="another field"),
    ],
)
async def test_an_order_that_cannot_be_followed_is_refused(folder: Path, path: str, order: Any, status: int) -> None:
    """With what is expected."""
    async with running(folder) as sandbox:
        answer = await put(sandbox, {"version": "", "settings": [], **order}, path)
    assert answer[0] == status, json.dumps(answer[1])
    assert answer[1]["error"]["hint"]


async def test_the_embedded_workspace_is_shown_and_never_written(embedded: Running) -> None:
    """It is no file."""
    read = await embedded.get(PATH)
    assert (read["path"], [each["key"] for each in read["settings"]]) == (None, ["apiKey", "endpoint"])
    assert read["destinations"][0]["values"]["apiKey"] == "••••••-key"
    status, answer = await put(embedded, {"version": "", "settings": read["settings"]})
    assert (status, answer["error"]["code"]) == (409, "not_your_own")
