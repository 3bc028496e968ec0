"""Changes to an event."""

import re
from typing import Any

import pytest

from sandbox.edits import PathError, edited

EVENT: dict[str, Any] = {"type": "track", "userId": "u", "properties": {"products": [{"id": 1}, {"id": 2}]}}


@pytest.mark.parametrize(
    ("changes", "removals", "expected"),
    [
        pytest.param({"userId": "v"}, [], {**EVENT, "userId": "v"}, id="at the top"),
        pytest.param(
            {"properties.revenue": 12},
            [],
            {**EVENT, "properties": {**EVENT["properties"], "revenue": 12}},
            id="inside",
        ),
        pytest.param({"context.ip": "8.8.8.8"}, [], {**EVENT, "context": {"ip": "8.8.8.8"}}, id="made on the way"),
        pytest.param(
            {"properties.products.1.id": 3},
            [],
            {**EVENT, "properties": {"products": [{"id": 1}, {"id": 3}]}},
            id="in an array",
        ),
        pytest.param({}, ["userId"], {k: v for k, v in EVENT.items() if k != "userId"}, id="taken out"),
        pytest.param(
            {}, ["properties.products.0"], {**EVENT, "properties": {"products": [{"id": 2}]}}, id="of an array"
        ),
        pytest.param({r"context.a\.b": 1}, [], {**EVENT, "context": {"a.b": 1}}, id="a dot in a name"),
        pytest.param({}, ["nothing.of.the.kind", "userId.x", "properties.products.9"], EVENT, id="not there"),
    ],
)
def test_parts_are_set_and_taken_out(changes: dict[str, Any], removals: list[str], expected: dict[str, Any]) -> None:
    """And the event that was given stays as it is."""
    before = repr(EVENT)
    assert edited(EVENT, changes, removals) == expected
    assert repr(EVENT) == before


@pytest.mark.parametrize("path", ["userId.first", "properties.products.9", "properties.products.x", "type.a.b"])
def test_a_path_into_a_plain_value_is_a_mistake(path: str) -> None:
    """The sentence names it."""
    with pytest.raises(PathError, match=path):
        edited(EVENT, {path: 1}, [])


@pytest.mark.parametrize(
    "path", ["", ".x", "properties.", "properties..x", "products[0].id", "properties.products[]"]
)
def test_what_is_no_path_is_a_mistake(path: str) -> None:
    """Whether it is to be set or taken out."""
    for changes, removals in ({path: 1}, []), ({}, [path]):
        with pytest.raises(PathError, match=f'^"{re.escape(path)}" is no path, because '):
            edited(EVENT, changes, removals)
