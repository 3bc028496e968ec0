"""docs/reasons.md is the table of reasons."""

from sandbox.outcomes import REASONS
from tests.docs.pages import cells, read


def test_every_reason_has_its_row() -> None:
    """Code, what happened and what to do, as the API tells them, and no row beyond."""
    told = {reason.code: [f"`{reason.code}`", reason.happened, reason.remedy] for reason in REASONS.values()}
    assert cells(read("reasons.md")) == list(told.values())
