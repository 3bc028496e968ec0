"""Recipes for faults: which requests they mean, which they strike, and that a run repeats."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.calls import ALL_CALLS, Calls, Every, Listed, Span, calls_of, shown_calls
from sandbox.faults import Caller, Faults, Recipe, shown

BATCH = Caller("/v1/batch", "key-of-website", "website")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        pytest.param("2", Span(2, 2), id="one"),
        pytest.param("1-3", Span(1, 3), id="from to"),
        pytest.param("4-", Span(4, None), id="from"),
        pytest.param("every 1st", Every(1), id="every one"),
        pytest.param("every 2nd", Every(2), id="every second"),
        pytest.param("every 13th", Every(13), id="every thirteenth"),
        *[pytest.param(text, None, id=f"not {text!r}") for text in ("", "0", "3-1", "-2", "every 0th", "two", "1,2")],
    ],
)
def test_calls_are_written_as_a_number_a_range_or_every_so_manieth(text: str, calls: Calls | None) -> None:
    """And as nothing else."""
    assert calls_of(text) == calls
    if calls is not None:
        assert shown_calls(calls) == text


@pytest.mark.parametrize(
    ("calls", "struck"),
    [
        pytest.param(ALL_CALLS, [1, 2, 3, 4, 5, 6], id="all"),
        pytest.param(Span(2, 3), [2, 3], id="2-3"),
        pytest.param(Span(5, None), [5, 6], id="5-"),
        pytest.param(Every(2), [2, 4, 6], id="every 2nd"),
        pytest.param(Listed((1, 6)), [1, 6], id="1 and 6"),
    ],
)
def test_a_recipe_strikes_by_the_number_of_the_call(calls: Calls, struck: list[int]) -> None:
    """Numbers begin at 1 and count what the recipe is meant for."""
    faults = Faults()
    faults.add(Recipe(status=500, calls=calls))
    strikes = [strike.call for _ in range(6) if (strike := faults.strike(BATCH))]
    assert strikes == struck
    (counted,) = faults
    assert (counted.seen, counted.struck) == (6, len(struck))


@pytest.mark.parametrize(
    ("recipe", "meant"),
    [
        pytest.param(Recipe(), True, id="anything"),
        pytest.param(Recipe(path="/v1/batch"), True, id="path"),
        pytest.param(Recipe(path="/v1/b"), False, id="only the beginning of the path"),
        pytest.param(Recipe(path="/v1/*"), True, id="star"),
        pytest.param(Recipe(path="/v1/[b]atch"), False, id="brackets mean themselves"),
        pytest.param(Recipe(path="/v1/batc?"), False, id="a question mark means itself"),
        pytest.param(Recipe(source="website"), True, id="source"),
        pytest.param(Recipe(source="server"), False, id="other source"),
        pytest.param(Recipe(write_key="key-of-website"), True, id="write key"),
        pytest.param(Recipe(write_key="key"), False, id="other write key"),
        pytest.param(Recipe(source="website", path="/v1/track"), False, id="source right, path wrong"),
    ],
)
def test_a_recipe_means_requests_by_source_write_key_and_path(recipe: Recipe, *, meant: bool) -> None:
    """All that it names must fit; what it does not name may be anything."""
    assert recipe.is_for(BATCH) is meant


def test_requests_that_are_not_meant_are_not_counted() -> None:
    """So that numbers mean the same whatever else is sent."""
    faults = Faults()
    faults.add(Recipe(status=500, path="/v1/batch", calls=Span(1, 1)))
    assert faults.strike(Caller("/v1/track")) is None
    assert faults.strike(BATCH) is not None


def test_the_first_recipe_that_strikes_decides() -> None:
    """The others count the request all the same."""
    faults = Faults()
    faults.add(Recipe(status=500, calls=Span(1, 1)))
    faults.add(Recipe(status=429))
    answers = [strike.recipe.status for _ in range(3) if (strike := faults.strike(BATCH))]
    assert answers == [500, 429, 429]
    assert [(each.seen, each.struck) for each in faults] == [(3, 1), (3, 2)]


@settings(deadline=None)
@given(st.integers(), st.floats(0, 1))
def test_a_run_repeats(seed: int, probability: float) -> None:
    """The same requests meet the same faults, whatever the seed and the probability."""
    recipe = Recipe(status=500, probability=probability, seed=seed)

    def run() -> list[bool]:
        faults = Faults()
        faults.add(recipe)
        return [faults.strike(BATCH) is not None for _ in range(20)]

    assert run() == run()


def test_draws_follow_the_probability_and_the_seed() -> None:
    """A third of a thousand is about a third; another seed, key or path draws otherwise."""
    recipe = Recipe(status=500, probability=1 / 3)

    def struck(recipe: Recipe, caller: Caller) -> list[bool]:
        return [recipe.strikes(caller, number) for number in range(1, 1001)]

    drawn = struck(recipe, BATCH)
    assert 280 < sum(drawn) < 390
    assert drawn != struck(replace(recipe, seed=1), BATCH)
    assert drawn != struck(recipe, replace(BATCH, write_key="another"))
    assert drawn != struck(recipe, replace(BATCH, path="/v1/b"))


@pytest.mark.parametrize(
    ("probability", "struck"), [pytest.param(0.0, 0, id="never"), pytest.param(1.0, 9, id="always")]
)
def test_the_ends_of_probability_are_never_and_always(probability: float, struck: int) -> None:
    """0 strikes none, 1 strikes all."""
    recipe = Recipe(status=500, probability=probability)
    assert sum(recipe.strikes(BATCH, number) for number in range(1, 10)) == struck


def test_recipes_of_the_file_go_on_counting_unless_they_changed() -> None:
    """Saving the file for another reason does not begin anew; what was added by hand stays."""
    faults = Faults()
    faults.keep_lasting([Recipe(status=500)])
    added = faults.add(Recipe(status=429))
    faults.strike(BATCH)
    faults.keep_lasting([Recipe(status=500)])
    assert [(each.number, each.seen) for each in faults] == [(1, 1), (2, 1)]
    faults.keep_lasting([Recipe(status=502)])
    assert [(each.recipe.status, each.seen, each.lasting) for each in faults] == [(429, 1, False), (502, 0, True)]
    assert faults.remove(added.number)
    assert not faults.remove(added.number)
    assert faults.clear() == 1
    assert not faults


def test_may_strike_looks_at_the_path_alone() -> None:
    """What no recipe can mean need not be read first."""
    faults = Faults()
    faults.add(Recipe(status=500, path="/v1/batch", source="website"))
    assert faults.may_strike("/v1/batch")
    assert not faults.may_strike("/v1/track")


def test_a_recipe_is_shown_as_it_is_written() -> None:
    """What is as it would be anyway is left out."""
    recipe = Recipe(path="/v1/batch", calls=Listed((1, 3)), status=429, headers=(("Retry-After", "2"),), delay=0.5)
    assert shown(recipe) == {
        "toward": "sdk",
        "path": "/v1/batch",
        "calls": [1, 3],
        "status": 429,
        "headers": {"Retry-After": "2"},
        "delay": 0.5,
    }
