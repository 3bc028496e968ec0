"""What Segment tries again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.retry import is_retried


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(None, True, id="no-answer"),
        pytest.param(429, True, id="429"),
        pytest.param(500, True, id="500"),
        pytest.param(502, True, id="502"),
        pytest.param(503, True, id="503"),
        pytest.param(504, True, id="504"),
        pytest.param(200, False, id="200"),
        pytest.param(302, False, id="302"),
        pytest.param(400, False, id="400"),
        pytest.param(401, False, id="401"),
        pytest.param(403, False, id="403"),
        pytest.param(408, False, id="408"),
        pytest.param(422, False, id="422"),
        pytest.param(501, False, id="501"),
        pytest.param(505, False, id="505"),
    ],
)
def test_no_answer_429_and_the_passing_5xx_are_retried(status: int | None, *, expected: bool) -> None:
    """Segment tries again when it got no answer, or one that says that the trouble will pass."""
    assert is_retried(status) is expected


@given(st.integers(100, 599).filter(lambda status: status not in {429, 500, 502, 503, 504}))
def test_nothing_else_is_retried(status: int) -> None:
    """Every other status settles the matter."""
    assert not is_retried(status)
