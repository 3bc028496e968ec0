"""`[[faults]]`: what it gives, and each mistake in its own sentence."""

from pathlib import Path
from typing import Any

import pytest

from sandbox import workspace
from sandbox.calls import Every, Listed, Span
from sandbox.errors import UserMistakeError
from sandbox.faults import AnyRecipe, Recipe
from sandbox.partner_faults import PartnerRecipe

SOURCE = '[[sources]]\nslug = "website"\nwrite_key = "acmeWebsiteWriteKey000000000000a"\n'


def load(folder: Path, faults: str) -> tuple[AnyRecipe, ...]:
    """Read the recipes of a workspace file with one source."""
    file = folder / "workspace.toml"
    file.write_text(SOURCE + faults)
    return workspace.load(file).faults


def test_a_recipe_says_who_meets_what(tmp_path: Path) -> None:
    """Every key has its place; the order is that of the file."""
    found = load(
        tmp_path,
        """
[[faults]]
toward = "sdk"
source = "website"
path = "/v1/*"
calls = "1-3"
status = 429
headers = { Retry-After = "2" }
body = "slow down"
delay = 1
probability = 0.5
seed = 7

[[faults]]
write_key = "nobodys"
cut = true
taken_in = true
""",
    )
    assert found == (
        Recipe(
            source="website",
            path="/v1/*",
            calls=Span(1, 3),
            status=429,
            headers=(("Retry-After", "2"),),
            body="slow down",
            delay=1.0,
            probability=0.5,
            seed=7,
        ),
        Recipe(write_key="nobodys", cut=True, taken_in=True),
    )


@pytest.mark.parametrize(
    ("written", "calls"),
    [
        pytest.param("2", Span(2, 2), id="number"),
        pytest.param("[1, 4]", Listed((1, 4)), id="array"),
        pytest.param('"every 2nd"', Every(2), id="every"),
        pytest.param('"4-"', Span(4), id="from"),
    ],
)
def test_calls_are_numbers_or_text(tmp_path: Path, written: str, calls: object) -> None:
    """In any of the documented forms."""
    (recipe,) = load(tmp_path, f"[[faults]]\nstatus = 500\ncalls = {written}\n")
    assert isinstance(recipe, Recipe)
    assert recipe.calls == calls


FORMS = 'expected a number, an array of numbers, or one of "1-3", "4-" and "every 2nd"; calls count from 1.'


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        pytest.param("", "4: faults[0] does nothing. Add status, delay or cut = true.", id="nothing"),
        pytest.param("taken_in = true", "4: faults[0] does nothing. Add status, delay or cut = true.", id="taken in"),
        pytest.param("calls = 0\ncut = true", f"5: faults[0].calls is 0; {FORMS}", id="call 0"),
        pytest.param("calls = []\ncut = true", f"5: faults[0].calls is an array; {FORMS}", id="no calls"),
        pytest.param('calls = "all"\ncut = true', f'5: faults[0].calls is "all"; {FORMS}', id="no form"),
        pytest.param("calls = true\ncut = true", f"5: faults[0].calls is true; {FORMS}", id="a boolean"),
        pytest.param(
            'source = "webside"\ncut = true',
            '5: faults[0].source is "webside"; there is no such source. Did you mean "website"?',
            id="no such source",
        ),
        pytest.param(
            'source = "website"\nwrite_key = "a"\ncut = true',
            "6: faults[0].write_key is there beside source, which says the same. Keep one of the two.",
            id="source and write key",
        ),
        pytest.param(
            "cut = true\nstatus = 500",
            "5: faults[0].cut is true beside a status, but what is cut off has no answer. Keep one of the two.",
            id="cut and status",
        ),
        pytest.param(
            'cut = true\nbody = "x"',
            "6: faults[0].body is there without a status, so that nothing carries it. Add one.",
            id="body without status",
        ),
        pytest.param("status = 99", "5: faults[0].status is 99; expected 200 or more.", id="status"),
        pytest.param(
            "delay = 301",
            "5: faults[0].delay is 301; expected are seconds, 0 to 300, or two of them, the smaller one first.",
            id="delay",
        ),
        pytest.param(
            "status = 429\nheaders = { Retry-After = 2 }",
            "6: faults[0].headers.Retry-After is 2; expected a string; put it in quotes.",
            id="number in a header",
        ),
        pytest.param(
            'status = 429\nheaders = { X = "a\\nb" }',
            "6: faults[0].headers.X is no header that can be sent. "
            "Write a name without spaces, and a value of plain characters.",
            id="line break in a header",
        ),
        pytest.param(
            'path = "v1"\ncut = true',
            '5: faults[0].path is "v1"; expected a path such as "/v1/batch", or "/v1/*" for all that begin so.',
            id="path",
        ),
    ],
)
def test_a_mistake_gets_one_sentence(tmp_path: Path, table: str, sentence: str) -> None:
    """Where, what was found, what is expected, what to do."""
    with pytest.raises(UserMistakeError) as caught:
        load(tmp_path, f"[[faults]]\n{table}\n")
    assert str(caught.value) == f"workspace.toml:{sentence}"


def test_sources_that_are_no_tables_are_the_only_mistake(tmp_path: Path) -> None:
    """A recipe's source is not looked for where there are none to be read."""
    file = tmp_path / "workspace.toml"
    file.write_text("sources = 5\n[[faults]]\ncut = true\n")
    with pytest.raises(UserMistakeError, match="expected an array of tables"):
        workspace.load(file)


def test_a_recipe_can_come_alone() -> None:
    """As the API and the command line give it."""
    order = {"source": "website", "status": 503, "calls": [2]}
    assert workspace.read_recipe(order, ["website"], ["crm"]) == Recipe(
        source="website", status=503, calls=Listed((2,))
    )


@pytest.mark.parametrize(
    ("order", "words"),
    [
        pytest.param({}, "the recipe does nothing. Add status, delay or cut = true.", id="nothing"),
        pytest.param(
            {"status": "500", "dealy": 2},
            'status is "500"; expected a whole number, without quotes.\ndealy is not known. Did you mean "delay"?',
            id="two mistakes",
        ),
        pytest.param(
            {"cut": True, "source": "webside"},
            'source is "webside"; there is no such source. Did you mean "website"?',
            id="no such source",
        ),
    ],
)
def test_the_mistakes_of_one_that_came_alone_have_no_line(order: dict[str, Any], words: str) -> None:
    """Else they are told in the same words, all at once."""
    with pytest.raises(UserMistakeError) as caught:
        workspace.read_recipe(order, ["website"], ["crm"])
    assert str(caught.value) == words


def test_a_recipe_toward_the_partner_has_keys_of_its_own(tmp_path: Path) -> None:
    """Who is meant, by which attempts, and what happens; what is not said is as it would be anyway."""
    whole, single = load(
        tmp_path,
        DESTINATION
        + '[[faults]]\ntoward = "partner"\ndestination = "crm"\nhold = [60, 600]\nskew = -3600\n'
        + '[[faults]]\ntoward = "partner"\nevent = "Order*"\nattempts = "1-2"\nstatus = 503\ndelay = 1.5\n',
    )
    assert whole == PartnerRecipe(destination="crm", hold=(60.0, 600.0), skew=-3600.0)
    assert single == PartnerRecipe(event="Order*", attempts=Span(1, 2), status=503, delay=(1.5, 1.5))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param("", "does nothing. Add network, status, delay, quota, hold, duplicate or skew", id="nothing"),
        pytest.param(
            'status = 500\ndestination = "cmr"', 'there is no such destination. Did you mean "crm"?', id="slug"
        ),
        pytest.param("status = 500\ncut = true", 'cut means nothing with toward = "partner"', id="of the other side"),
        pytest.param('status = 500\nnetwork = "hang"', "network is there beside a status", id="two ends"),
        pytest.param(
            "status = 500\nhold = 60", "hold strikes whole attempts, and status single requests", id="mixed"
        ),
        pytest.param("delay = [5, 1]", "expected are seconds, 0 to 300, or two of them", id="the wrong way round"),
        pytest.param('network = "slow"', "network is", id="no such end"),
        pytest.param('network = "dns"\nbody = "x"', "body is there without a status", id="nothing to carry it"),
    ],
)
def test_a_mistake_toward_the_partner_gets_a_sentence(tmp_path: Path, keys: str, words: str) -> None:
    """That says what would be right."""
    with pytest.raises(UserMistakeError) as caught:
        load(tmp_path, DESTINATION + f'[[faults]]\ntoward = "partner"\n{keys}\n')
    assert words in str(caught.value)


DESTINATION = """
[app]
name = "Acme"
[app.components.webhook]
endpoint = "http://127.0.0.1:9/"
[[destinations]]
slug = "crm"
component = "webhook"
source = "website"
"""
