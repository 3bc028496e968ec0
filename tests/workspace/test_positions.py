"""Where each key of a TOML document stands."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.workspace.positions import Key, locate

DOCUMENT = '''\
# a comment with [brackets] and "quotes
title = "a # that is no comment"  # and one that is

[owner]
name.first = "Ada"
name.last = 'back\\slash'
"quoted.key" = 1
'literal key' = 2
born = 1979-05-27 07:32:00Z
height = 1.75

[[sources]]
slug = "a"

[[sources]]
slug = "b"
text = """
a "quoted" line
[not.a.header]
ends with two quotes"""""
literal = \'\'\'
it's \'\'one\'\'\'
after = true

[sources.labels]
color = "red"

[[sources.keys]]
id = 1

[[sources.keys]]
id = 2

[deep."quoted.table".end]
here = []

[deep]
inline = { a = 1, b.c = { d = [1, 2] }, "e f" = "}" }
list = [
  # a comment
  "one",

  { slug = "two",  name = "x" },
  [3, 4],
]
'''

LINES: dict[Key, int] = {
    ("title",): 2,
    ("owner",): 4,
    ("owner", "name"): 5,
    ("owner", "name", "first"): 5,
    ("owner", "name", "last"): 6,
    ("owner", "quoted.key"): 7,
    ("owner", "literal key"): 8,
    ("owner", "born"): 9,
    ("owner", "height"): 10,
    ("sources",): 12,
    ("sources", 0): 12,
    ("sources", 0, "slug"): 13,
    ("sources", 1): 15,
    ("sources", 1, "slug"): 16,
    ("sources", 1, "text"): 17,
    ("sources", 1, "literal"): 21,
    ("sources", 1, "after"): 23,
    ("sources", 1, "labels"): 25,
    ("sources", 1, "labels", "color"): 26,
    ("sources", 1, "keys"): 28,
    ("sources", 1, "keys", 0): 28,
    ("sources", 1, "keys", 0, "id"): 29,
    ("sources", 1, "keys", 1): 31,
    ("sources", 1, "keys", 1, "id"): 32,
    ("deep",): 37,
    ("deep", "quoted.table"): 34,
    ("deep", "quoted.table", "end"): 34,
    ("deep", "quoted.table", "end", "here"): 35,
    ("deep", "inline"): 38,
    ("deep", "inline", "a"): 38,
    ("deep", "inline", "b"): 38,
    ("deep", "inline", "b", "c"): 38,
    ("deep", "inline", "b", "c", "d"): 38,
    ("deep", "inline", "b", "c", "d", 0): 38,
    ("deep", "inline", "b", "c", "d", 1): 38,
    ("deep", "inline", "e f"): 38,
    ("deep", "list"): 39,
    ("deep", "list", 0): 41,
    ("deep", "list", 1): 43,
    ("deep", "list", 1, "slug"): 43,
    ("deep", "list", 1, "name"): 43,
    ("deep", "list", 2): 44,
    ("deep", "list", 2, 0): 44,
    ("deep", "list", 2, 1): 44,
}


def keys_of(value: object, key: Key = ()) -> Iterator[Key]:
    """Every way into a document, by what tomllib makes of it."""
    if key:
        yield key
    if isinstance(value, dict):
        for name, each in value.items():
            yield from keys_of(each, (*key, name))
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from keys_of(each, (*key, number))


@pytest.mark.parametrize("newline", [pytest.param("\n", id="unix"), pytest.param("\r\n", id="windows")])
def test_every_form_of_key_is_found_on_its_line(newline: str) -> None:
    """Tables, arrays of tables, inline tables, dotted and quoted keys are found where they stand."""
    assert locate(DOCUMENT.replace("\n", newline)) == LINES


@settings(deadline=None)
@given(st.data())
def test_the_keys_found_are_those_that_tomllib_reads(data: st.DataObject) -> None:
    """Whatever is cut out of or put into a document: while it is TOML, both agree on its keys."""
    start = data.draw(st.integers(0, len(DOCUMENT)))
    end = data.draw(st.integers(start, min(start + 20, len(DOCUMENT))))
    text = DOCUMENT[:start] + data.draw(st.text("ab.\n[]{}=\"',# 1\\", max_size=6)) + DOCUMENT[end:]
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(locate(text)) == set(keys_of(read))
