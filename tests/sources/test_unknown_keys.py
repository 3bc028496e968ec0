"""Write keys that no source has: counted, compared, never shown."""

import pytest

from sandbox.sources.unknown_keys import KEPT, UnknownKeys

KEY = "acmeWebsiteWriteKey000000000000a"
KNOWN = {KEY: "website", "quiteAnotherOneOfSomebodyElse123": "shop"}


@pytest.mark.parametrize(
    ("key", "near"),
    [
        pytest.param(KEY[:-1] + "b", "website", id="a slip"),
        pytest.param(KEY.upper(), "website", id="other case"),
        pytest.param(KEY[:20], "website", id="cut off"),
        pytest.param(f" {KEY}", "website", id="a space before it"),
        pytest.param("abcdefghijklmnopqrstuvwxyz012345", None, id="another one"),
        pytest.param("acme", None, id="too short to be told"),
    ],
)
def test_a_source_that_may_be_meant(key: str, near: str | None) -> None:
    """By its key."""
    unknown = UnknownKeys()
    unknown.note(key, 1, 0)
    (shown,) = unknown.shown(KNOWN, 0)
    assert shown.near == near


def test_a_key_is_counted_and_masked() -> None:
    """With the time when it came last."""
    unknown = UnknownKeys()
    for at in (5, 9):
        unknown.note("abcdefghijklmnopqrstuvwxyz012345", at, 0)
    (shown,) = unknown.shown(KNOWN, 0)
    assert (shown.shown, shown.count, shown.last_at_ms) == ("…2345", 2, 9)


def test_a_key_that_a_source_has_by_now_is_no_matter() -> None:
    """The workspace file was mended meanwhile."""
    unknown = UnknownKeys()
    unknown.note(KEY, 1, 0)
    assert unknown.shown(KNOWN, 0) == []


def test_only_so_many_are_kept() -> None:
    """Those that came last."""
    unknown = UnknownKeys()
    for number in range(KEPT + 5):
        unknown.note(f"somebodysKeyNumber{number:014}", number, 0)
    assert [each.last_at_ms for each in unknown.shown(KNOWN, 0)] == list(range(5, KEPT + 5))


def test_a_key_that_came_before_is_left_out() -> None:
    """By the numbers of the journal."""
    unknown = UnknownKeys()
    unknown.note("abcdefghijklmnopqrstuvwxyz012345", 1, 7)
    assert [len(unknown.shown(KNOWN, after)) for after in (6, 7, 8)] == [1, 1, 0]
