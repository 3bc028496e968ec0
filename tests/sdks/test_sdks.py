"""The files about the SDKs are complete, and filled in as they should be."""

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from sandbox.app import DEFAULT_PORT, DEFAULT_TLS_PORT
from sandbox.errors import UserMistakeError
from sandbox.sdks import (
    DATA,
    DEFAULT_AUTHORITY,
    Checked,
    Group,
    Place,
    Sdk,
    all_sdks,
    near,
    sdk_of,
    sdk_of_agent,
    shown,
)
from sandbox.sdks.listing import DEFAULT_TLS_URL, DEFAULT_URL, listing
from sandbox.sdks.page import page
from sandbox.sdks.trust import LINES, trust_line
from sandbox.workspace import WRITE_KEY
from tests.docs.pages import DOCS, ROOT

PLACE = Place("http://127.0.0.1:1111", "https://127.0.0.1:2222", "/a b/authority.pem", "website", WRITE_KEY)
SDKS = [pytest.param(sdk, id=sdk.name) for sdk in all_sdks()]
SOURCES = [
    {"slug": "off", "write_key": "one", "enabled": False},
    {"slug": "website", "write_key": "two", "enabled": True},
]


def test_every_file_is_an_sdk() -> None:
    """Its name is that of the file."""
    assert sorted(sdk.name for sdk in all_sdks()) == sorted(file.stem for file in DATA.iterdir())


@pytest.mark.parametrize("sdk", SDKS)
def test_an_sdk_has_what_is_needed(sdk: Sdk) -> None:
    """Known words only, texts that are no sentences where they stand in one, and something to paste."""
    assert sdk.group in get_args(Group)
    assert sdk.checked in get_args(Checked)
    assert sdk.trust in LINES
    assert sdk.superseded_by in {None, *(each.name for each in all_sdks())}
    assert sdk.snippets
    assert sdk.gotchas
    assert all(each.endswith(".") for each in sdk.gotchas)
    assert not (sdk.batching + sdk.retries).endswith(".")


@pytest.mark.parametrize("sdk", SDKS)
def test_the_lines_hold_the_address_and_the_key(sdk: Sdk) -> None:
    """And no placeholder; an SDK that speaks https only gets the other port."""
    filled = shown(sdk, PLACE)
    code = "".join(each["code"] for each in filled["snippets"])
    assert not re.search(r"__[A-Z_]+__", json.dumps(filled))
    assert WRITE_KEY in code
    assert ("2222" in code, "1111" in code) == (sdk.tls, not sdk.tls)
    assert filled["trust"].isprintable()


@pytest.mark.parametrize(
    "sdk", [pytest.param(sdk, id=sdk.name) for sdk in all_sdks() if sdk.name.startswith("python")]
)
def test_python_parses(sdk: Sdk) -> None:
    """All its lines."""
    for each in shown(sdk, PLACE)["snippets"]:
        ast.parse(each["code"])


@pytest.mark.parametrize(
    ("library", "version", "name"),
    [
        pytest.param("analytics-python", "2.4.0", "python", id="python"),
        pytest.param("analytics-python", "1.4.post1", "python-legacy", id="the older one by its version"),
        pytest.param("analytics.js", "npm:next-1.84.3", "analytics-next", id="analytics.js from npm"),
        pytest.param("analytics.js", "next-1.84.3", "analytics-js", id="analytics.js by the snippet"),
        pytest.param("analytics.js", "4.0.0", None, id="analytics.js before 2.0"),
        pytest.param("@segment/analytics-node", "3.1.0", "node", id="node"),
        pytest.param("somebody's", "1", None, id="unknown"),
    ],
)
def test_an_sdk_is_known_by_what_it_calls_itself(library: str, version: str, name: str | None) -> None:
    """Two of them share a name, and differ in their versions."""
    found = sdk_of(library, version)
    assert (found.name if found else None) == name


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "wire").glob("*.json")), ids=lambda file: file.stem)
def test_what_was_recorded_is_known(file: Path) -> None:
    """Whoever sent it."""
    found = set(
        re.findall(
            r'\\?"library\\?": ?\{\\?"name\\?": ?\\?"([^"\\]+)\\?", ?\\?"version\\?": ?\\?"([^"\\]+)',
            file.read_text(),
        )
    )
    assert found
    for name, version in found:
        assert sdk_of(name, version) is not None, (name, version)


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        pytest.param("pyton", "python", id="a slip"),
        pytest.param("iOS", "ios-legacy", id="a word of the title"),
        pytest.param("analytics-ruby", "ruby", id="a package"),
        pytest.param("Segment.Analytics", "csharp", id="part of a package"),
    ],
)
def test_near_names_are_offered(asked: str, first: str) -> None:
    """By whatever somebody may call an SDK."""
    assert first in near(asked)


def test_nothing_is_near_nonsense() -> None:
    """Then all are listed."""
    assert near("xyzzy") == []


@pytest.mark.parametrize(
    ("slug", "key"),
    [pytest.param(None, "two", id="the first that is enabled"), pytest.param("off", "one", id="named")],
)
def test_a_source_gives_the_key(slug: str | None, key: str) -> None:
    """Where none is named, one that takes events."""
    assert listing(SOURCES, slug)["write_key"] == key


def test_without_a_source_the_key_is_a_word() -> None:
    """The lines are shown all the same."""
    assert listing([], None)["source"] == ""


def test_an_unknown_source_is_told() -> None:
    """With those that there are."""
    with pytest.raises(UserMistakeError, match="There is no source shop") as error:
        listing(SOURCES, "shop")
    assert error.value.hint == "Name one of: off, website."


def test_the_default_addresses_are_the_real_ones() -> None:
    """Of `up` without options."""
    assert DEFAULT_URL.endswith(f":{DEFAULT_PORT}")
    assert DEFAULT_TLS_URL.endswith(f":{DEFAULT_TLS_PORT}")


def test_a_path_is_quoted_where_it_stands() -> None:
    """For a shell, and for Dart."""
    assert trust_line("python", "/a b/c.pem") == "REQUESTS_CA_BUNDLE='/a b/c.pem' python …"
    assert "('/a\\'b')" in trust_line("flutter", "/a'b")


def test_the_page_is_made_from_the_data() -> None:
    """`python -m sandbox.sdks > docs/sdks.md` changes nothing."""
    assert (DOCS / "sdks.md").read_text("utf-8") == page()


def test_the_page_shows_the_authority_in_the_folder() -> None:
    """Not that of a machine."""
    assert DEFAULT_AUTHORITY in page()
    assert replace(PLACE, authority=DEFAULT_AUTHORITY).authority in page()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("analytics-node-next/latest", "node"),
        ("analytics-ios/1.9.4", "swift"),
        ("analytics-ios/4.1.8", "ios-legacy"),
        ("analytics-ruby/2.5.0", "ruby"),
        ("curl/8.5.0", None),
    ],
)
def test_an_sdk_is_known_by_its_user_agent(agent: str, name: str | None) -> None:
    """Node's has a name of its own, and Swift's still that of the older package. Source: each SDK's own code."""
    found = sdk_of_agent(agent)
    assert (found and found.name) == name
