"""docs/fidelity.md is the table, and the table is complete."""

from collections import Counter

import pytest

from sandbox.parity import BEHAVIOURS, MEANINGS, Behaviour, Status, page
from tests.docs.pages import DOCS


def test_the_page_is_made_from_the_table() -> None:
    """`python -m sandbox.parity > docs/fidelity.md` changes nothing."""
    assert (DOCS / "fidelity.md").read_text("utf-8") == page()


def test_every_status_is_explained() -> None:
    """And no other."""
    assert list(MEANINGS) == list(Status)


@pytest.mark.parametrize("each", [pytest.param(each, id=each.behaviour) for each in BEHAVIOURS])
def test_a_row_says_what_from_where_and_what_instead(each: Behaviour) -> None:
    """A source always; a note wherever the sandbox is not known to do the same."""
    assert each.source
    assert each.note or each.status is Status.SAME
    assert not set("|\n") & set(each.area + each.behaviour + each.source + each.note)


def test_no_behaviour_is_there_twice() -> None:
    """Nor does an area begin anew after another one."""
    assert max(Counter(each.behaviour for each in BEHAVIOURS).values()) == 1
    headings = [line for line in page().splitlines() if line.startswith("## ")]
    assert len(headings) == len(set(headings))
