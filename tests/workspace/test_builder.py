"""What the Settings Builder writes into the text of a workspace file."""

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sandbox.workspace
from sandbox.workspace.builder import BULLETS, edited, mask, setting_items

TEMPLATES: Final = sorted(Path(sandbox.workspace.__file__).parent.glob("templates/*/workspace.toml"))
ANY_FILE: Final = Path("workspace.toml")
HEAD: Final = '[app]\nname = "Acme CRM"\n\n'
TAIL: Final = "\n# Below.\n[journal]\nkeep = 5\n"
LABELS: Final = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
DEFAULTS: Final = st.none() | st.text() | st.booleans() | st.integers(-(2**53), 2**53) | st.lists(st.text())
ITEMS: Final = st.fixed_dictionaries(
    {"label": LABELS, "key": st.from_regex(r"[a-z][A-Za-z0-9_]{0,4}", fullmatch=True), "description": st.text()},
    optional={"default": DEFAULTS | st.dictionaries(st.text(), st.text()), "required": st.booleans()},
)
LISTS: Final = st.lists(ITEMS, max_size=5, unique_by=lambda item: str(item["key"]))


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.parent.name)
def test_what_was_read_and_is_written_is_the_same_text(file: Path) -> None:
    """Every template, byte by byte."""
    text = file.read_text("utf-8")
    assert edited(text, file, setting_items(tomllib.loads(text)), {}).text == text


def written(text: str, items: list[dict[str, Any]]) -> str:
    """Write settings behind that of every App."""
    return edited(text, ANY_FILE, [setting_items({})[0], *items], {}).text


@given(first=LISTS, second=LISTS)
def test_any_settings_are_written_over_any_others(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    """What is read again is what was asked for, in its order, and nothing else of the file has changed."""
    text = written(written(HEAD + TAIL, first), second)
    expected = [{name: value for name, value in item.items() if value is not None} for item in second]
    read = setting_items(tomllib.loads(text))
    found = [{name: item[name] for name in each} for item, each in zip(read[-len(second) :], expected, strict=False)]
    assert found == expected if second else len(read) == 1
    assert (text.startswith(HEAD), text.endswith(TAIL.lstrip())) == (True, True)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("local-api-key", f"{BULLETS}-key", id="long"),
        pytest.param("1234567", BULLETS, id="short"),
        pytest.param("", BULLETS, id="empty"),
        pytest.param(["a-long-secret"], BULLETS, id="an array"),
        pytest.param(12_345_678, BULLETS, id="a number"),
    ],
)
def test_of_a_secret_the_end_is_shown_where_it_is_long(value: Any, shown: str) -> None:
    """So that one can be told from another, and none is given away."""
    assert mask(value) == shown
