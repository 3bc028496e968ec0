"""The snippet: Segment's own, with the sandbox's address in it."""

from pathlib import Path

import pytest

from sandbox.access import ApiError
from sandbox.api.snippet import snippet
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, running, write_workspace

SOURCES = [{"slug": "one", "write_key": "first"}, {"slug": "two", "write_key": "second"}]


async def test_the_snippet_is_ready_to_paste(embedded: Running) -> None:
    """With the only source's key; the only address in it is the sandbox's."""
    async with embedded.client.get(f"{embedded.url}/_sandbox/snippet") as response:
        text = await response.text()
    assert (response.status, response.content_type) == (200, "text/plain")
    assert text.startswith("<script>\n")
    assert f'analytics.load("{WRITE_KEY}")' in text
    assert f'src="{embedded.url}/analytics.js/v1/" + key + "/analytics.min.js"' in text
    assert text.count("://") == 1
    assert "__ORIGIN__" not in text


async def test_a_source_is_named_where_there_are_several(tmp_path: Path) -> None:
    """Else the answer lists them."""
    file = write_workspace(tmp_path, "http://127.0.0.1:9/")
    file.write_text(
        file.read_text() + '\n[[sources]]\nslug = "shop"\nwrite_key = "acmeShopWriteKey000000000000000b"\n'
    )
    async with running(tmp_path) as two, two.client.get(f"{two.url}/_sandbox/snippet") as response:
        assert response.status == 404
        assert (await response.json())["error"]["hint"] == "Add ?source= and one of: website, shop."


@pytest.mark.parametrize(("slug", "key"), [("one", "first"), ("two", "second")])
def test_a_source_has_its_own_snippet(slug: str, key: str) -> None:
    """By its write key."""
    assert f'analytics.load("{key}")' in snippet(SOURCES, slug, "http://localhost:1")


def test_an_unknown_source_is_told() -> None:
    """With the known ones."""
    with pytest.raises(ApiError) as caught:
        snippet(SOURCES, "three", "http://localhost:1")
    assert caught.value.message == "There is no source three."


def test_no_key_can_end_the_script() -> None:
    """What closes a script is written so that it does not."""
    text = snippet([{"slug": "s", "write_key": '</script>"'}], None, "http://localhost:1")
    assert text.count("</script>") == 1
    assert r"\u003c/script>\"" in text
