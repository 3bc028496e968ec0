"""docs/doctor.md says what the doctor finds."""

from sandbox.app.examination import MESSAGES_LOOKED_AT, REFUSED_LOOKED_AT
from sandbox.doctor.rules import CLOCK_LOOKED_AT, CLOCK_OFF_MS, NEAR_BOUND, RULES
from tests.docs.pages import first_cells, read, section

TEXT = read("doctor.md")


def test_every_rule_has_its_row() -> None:
    """In the order in which they are looked at."""
    assert first_cells(section(TEXT, "## What it finds")) == list(RULES)


def test_the_figures_are_the_real_ones() -> None:
    """How much is looked at, and from when on something counts."""
    assert f"the newest {MESSAGES_LOOKED_AT:,} messages" in TEXT
    assert f"the newest {REFUSED_LOOKED_AT:,} refused" in TEXT
    assert f"newest {CLOCK_LOOKED_AT} messages" in TEXT
    assert (CLOCK_OFF_MS, NEAR_BOUND) == (60_000, 4 / 5)
