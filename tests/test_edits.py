"""Changes to an event."""

from typing import Any

import pytest

from sandbox.edits import EditError, edited

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
    with pytest.raises(EditError, match=path):
        edited(EVENT, {path: 1}, [])
