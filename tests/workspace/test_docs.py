"""What docs/workspace.md and docs/sample-events.md say is so."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from sandbox import samples, workspace
from sandbox.workspace import SettingType, tables

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "workspace.md").read_text("utf-8")

SECTIONS: dict[str, type[tables.Table]] = {
    "[workspace]": tables.WorkspaceTable,
    "[[sources]]": tables.SourceTable,
    "[sources.oauth]": tables.OAuthTable,
    "[[sources.oauth.keys]]": tables.OAuthKeyTable,
    "[app]": tables.AppTable,
    "[[app.settings]]": tables.SettingTable,
    "[app.components.function]": tables.FunctionTable,
    "[app.components.webhook]": tables.WebhookTable,
    "[[functions]]": tables.WorkspaceFunctionTable,
    "[[destinations]]": tables.DestinationTable,
    "[journal]": tables.JournalTable,
    "[clock]": tables.ClockTable,
    "[[faults]]": tables.FaultTable,
}


def rows(heading: str) -> dict[str, list[str]]:
    """Give the first table below a heading: its cells by the name in the first."""
    section = TEXT.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {first.strip("`"): others for first, *others in cells}


def fenced(document: str, language: str) -> list[str]:
    """Give the examples of a document."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def test_every_table_of_the_file_has_a_section() -> None:
    """A table that is read is one that is documented."""
    inside = (tables.SettingTable, tables.OAuthTable, tables.OAuthKeyTable)
    assert {*tables.TOP.values(), *tables.COMPONENTS.values(), *inside} == set(SECTIONS.values())


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_has_its_row(heading: str) -> None:
    """Every key of a table is documented, in the table's order, and no other."""
    assert list(rows(f"## `{heading}`")) == list(SECTIONS[heading].model_fields)


@pytest.mark.parametrize("heading", SECTIONS)
def test_what_a_key_is_when_left_out_is_said(heading: str) -> None:
    """Required keys are called so, and defaults are the real ones."""
    for key, (_value, left_out, _what) in rows(f"## `{heading}`").items():
        field = SECTIONS[heading].model_fields[key]
        if field.is_required():
            assert left_out == "required", key
        elif left_out.startswith("`"):
            default = field.get_default(call_default_factory=True)
            assert json.loads(left_out.strip("`")) == (list(default) if isinstance(default, tuple) else default), key
        else:
            assert field.default is None, key


def test_every_type_of_setting_has_its_row() -> None:
    """And no other."""
    assert list(rows("### Types of settings")) == list(get_args(SettingType))


@pytest.mark.parametrize("example", fenced(TEXT, "toml"))
def test_the_examples_are_workspaces(tmp_path: Path, example: str) -> None:
    """What the page shows can be copied."""
    for name in re.findall(r'^code = "(.*)"', example, re.MULTILINE):
        (tmp_path / name).write_text("async function onTrack() {}")
    (tmp_path / "workspace.toml").write_text(example)
    assert workspace.load(tmp_path / "workspace.toml").app.name == "Acme CRM"


def test_the_embedded_write_key_is_told() -> None:
    """So that an SDK can be started before anything else is read."""
    assert f"`{workspace.WRITE_KEY}`" in TEXT


def test_the_examples_are_sample_events(tmp_path: Path) -> None:
    """Both forms are read."""
    for number, example in enumerate(fenced((DOCS / "sample-events.md").read_text("utf-8"), "json")):
        (tmp_path / f"{number}.json").write_text(example)
    found, mistakes = samples.load_folder(tmp_path)
    assert [each.event["event"] for each in found] == ["Order Completed", "Order Completed"]
    assert mistakes == []
