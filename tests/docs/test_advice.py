"""docs/advice.md says what the rules say."""

import re

from sandbox.advice import NEIGHBOURS, RULES
from tests.docs.pages import read

TEXT = read("advice.md")


def test_every_rule_has_its_section() -> None:
    """And no other has one; in the order in which advice is given."""
    assert re.findall(r"^## (\S+)$", TEXT, re.MULTILINE) == list(RULES)


def test_the_figure_is_the_real_one() -> None:
    """How many other deliveries are looked at."""
    assert f"the newest {NEIGHBOURS} deliveries" in TEXT
