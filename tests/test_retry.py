"""What Segment tries again, and when."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.retry import SOURCE_FUNCTION, SUBSCRIPTION, Schedule, asked_s, is_retried, jitter


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


MINUTE_MS = 60_000
FOUR_HOURS_MS = 240 * MINUTE_MS


def times(schedule: Schedule, draw: float, took_ms: int = 0, asked_s: float = 0.0) -> list[int]:
    """Return when each attempt begins, the first one at 0."""
    begins = [0]
    while True:
        due = schedule.next_ms(len(begins), draw, begun_ms=0, ended_ms=begins[-1] + took_ms, asked_s=asked_s)
        if due is None:
            return begins
        begins.append(due)


def test_a_subscription_is_tried_ten_times() -> None:
    """Half a minute, then twice as long each time; the middle of the jitter."""
    minutes = [at / MINUTE_MS for at in times(SUBSCRIPTION, 0.5)]
    assert minutes == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5, 127.5, 227.5]


@pytest.mark.parametrize(
    ("draw", "waits"), [(0.0, [1, 2, 4, 8, 16]), (0.5, [2, 4, 8, 16, 20]), (0.999_999, [3, 6, 12, 20, 20])]
)
def test_a_source_function_is_tried_six_times(draw: float, waits: list[int]) -> None:
    """The first wait is one to three minutes, none is above twenty. Source: segment-docs, Source functions, FAQs."""
    begins = times(SOURCE_FUNCTION, draw)
    assert [round((later - at) / MINUTE_MS) for at, later in pairwise(begins)] == waits


@given(st.floats(0, 1), st.integers(0, MINUTE_MS), st.floats(0, 20_000))
def test_the_last_attempt_is_within_four_hours(draw: float, took_ms: int, asked_s: float) -> None:
    """Whatever the jitter, the partner's slowness and the Retry-After; and no attempt is before the one before it."""
    begins = times(SUBSCRIPTION, draw, took_ms, asked_s)
    assert begins == sorted(begins)
    assert begins[-1] <= FOUR_HOURS_MS
    assert len(begins) <= SUBSCRIPTION.attempts


def test_a_source_function_that_is_slow_is_tried_six_times_too() -> None:
    """There is no end to the schedule but the last attempt."""
    assert len(times(SOURCE_FUNCTION, 0.5, took_ms=24 * 60 * MINUTE_MS)) == 6


def test_a_longer_retry_after_wins() -> None:
    """And what would come after the four hours comes at their end."""
    assert times(SUBSCRIPTION, 0.5, asked_s=3_600)[:3] == [0, 60 * MINUTE_MS, 120 * MINUTE_MS]
    assert times(SUBSCRIPTION, 0.5, asked_s=100_000) == [0, FOUR_HOURS_MS]


@pytest.mark.parametrize(
    ("retry_after", "date", "expected"),
    [
        pytest.param("120", None, 120.0, id="seconds"),
        pytest.param(" 7 ", None, 7.0, id="spaces"),
        pytest.param("0", None, 0.0, id="none at all"),
        pytest.param(
            "Wed, 21 Oct 2015 07:30:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 120.0, id="a date from the answer's own"
        ),
        pytest.param("Wed, 21 Oct 2015 07:20:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 0.0, id="a date gone by"),
        pytest.param("Wed, 21 Oct 2015 07:30:00 GMT", None, None, id="a date without another"),
        pytest.param("soon", None, None, id="words"),
        pytest.param("-5", None, None, id="negative"),
        pytest.param("9" * 400, None, None, id="beyond all numbers"),
        pytest.param(None, None, None, id="no header"),
    ],
)
def test_a_retry_after_is_read(retry_after: str | None, date: str | None, expected: float | None) -> None:
    """Seconds or a date. Source: RFC 9110, section 10.2.3."""
    assert asked_s(retry_after, date) == expected


def test_jitter_is_the_same_for_the_same_attempt() -> None:
    """And another one for anything else."""
    base = (1, "crm", "m", 1)
    others = [(2, "crm", "m", 1), (1, "mail", "m", 1), (1, "crm", "n", 1), (1, "crm", "m", 2)]
    drawn = jitter(*base)
    assert jitter(*base) == drawn
    assert 0 <= drawn < 1
    assert drawn not in [jitter(*other) for other in others]
