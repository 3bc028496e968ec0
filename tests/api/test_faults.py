"""Recipes for faults by way of the API."""

from typing import Any

import pytest

from tests.conftest import Running

TRACK = {"userId": "user-1", "event": "Signed Up"}


async def add(running: Running, order: Any) -> tuple[int, Any]:
    """Ask for a recipe; return the status and the answer."""
    body = {"data": order} if isinstance(order, bytes) else {"json": order}
    async with running.client.post(f"{running.url}/_sandbox/faults", **body) as response:
        return response.status, await response.json()


async def remove(running: Running, path: str = "") -> tuple[int, Any]:
    """Take recipes out; return the status and the answer."""
    async with running.client.delete(f"{running.url}/_sandbox/faults{path}") as response:
        return response.status, await response.json()


async def test_a_recipe_is_added_listed_with_its_counts_and_taken_out(embedded: Running) -> None:
    """It is in effect at once, and gone at once."""
    recipe = {"source": "website", "calls": "2-", "status": 503}
    assert await add(embedded, recipe) == (
        200,
        {"number": 1, "origin": "added", "seen": 0, "struck": 0, "recipe": {"toward": "sdk", **recipe}},
    )
    assert [(await embedded.call("/v1/track", TRACK)).status for _ in range(3)] == [200, 503, 503]
    (listed,) = (await embedded.get("/faults"))["faults"]
    assert (listed["seen"], listed["struck"]) == (3, 2)
    assert await remove(embedded, "/1") == (200, {"removed": 1})
    assert (await embedded.call("/v1/track", TRACK)).status == 200


async def test_all_recipes_are_taken_out_together(embedded: Running) -> None:
    """Numbers are not used again, so that nobody mistakes one for another."""
    for _ in range(2):
        await add(embedded, {"cut": True})
    assert await remove(embedded) == (200, {"removed": 2})
    assert (await embedded.get("/faults"))["faults"] == []
    assert (await add(embedded, {"cut": True}))[1]["number"] == 3


@pytest.mark.parametrize(
    ("order", "words"),
    [
        pytest.param({}, "the recipe does nothing. Add status, delay or cut = true.", id="nothing"),
        pytest.param([], "The body is no object.", id="no object"),
        pytest.param(b"{bad", "The body is no JSON", id="no JSON"),
        pytest.param({"cut": True, "calls": "x", "seed": "y"}, "seed is", id="all mistakes at once"),
    ],
)
async def test_a_recipe_with_mistakes_is_refused(embedded: Running, order: Any, words: str) -> None:
    """In the API's one shape, and nothing is in effect."""
    status, answer = await add(embedded, order)
    assert (status, answer["error"]["code"]) == (400, "bad_request")
    assert words in answer["error"]["message"]
    assert (await embedded.get("/faults"))["faults"] == []


@pytest.mark.parametrize("number", ["1", "x", "-1", "9" * 30])
async def test_a_recipe_that_is_not_there_cannot_be_taken_out(embedded: Running, number: str) -> None:
    """404, with where to look."""
    status, answer = await remove(embedded, f"/{number}")
    assert (status, answer["error"]["code"]) == (404, "not_found")
