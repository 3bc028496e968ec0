"""The sandbox's clock."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import DURATION_MAX_MS, ManualClock, Rate, SandboxClock, duration_ms, rate_of

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        pytest.param("real", 11_000, id="the machine's pace"),
        pytest.param("fast:1000", 10_001_000, id="faster"),
        pytest.param("manual", 1_000, id="standing still"),
    ],
)
def test_it_goes_at_its_rate(rate: str, shown: int) -> None:
    """Ten seconds of the machine's time."""
    machine = ManualClock(1_000)
    found = rate_of(rate)
    assert found is not None
    clock = SandboxClock(found, machine)
    machine.advance(10)
    assert (clock.now_ms(), clock.real_ms(), str(clock.rate)) == (shown, 11_000, rate)


def test_it_never_goes_back() -> None:
    """When the machine's clock is set back, it waits."""
    machine = ManualClock(10_000)
    clock = SandboxClock(machine=machine)
    assert clock.now_ms() == 10_000
    machine.advance(-5)
    assert clock.now_ms() == 10_000
    machine.advance(6)
    assert clock.now_ms() == 11_000


def test_what_falls_into_skipped_time_has_its_own_time() -> None:
    """A retry after a jump of four hours is done when it was due; only time that went by makes it late."""
    machine = ManualClock(0)
    clock = SandboxClock(machine=machine)
    machine.advance(10)
    clock.advance(4 * HOUR_MS)
    now = 10_000 + 4 * HOUR_MS
    assert [clock.time_of(due) for due in (4_000, 10_001, HOUR_MS, now)] == [10_000, 10_001, HOUR_MS, now]
    machine.advance(2)
    assert [clock.time_of(due) for due in (4_000, 10_001, now, now + 500)] == [
        12_000,
        12_001,
        now + 2_000,
        now + 2_000,
    ]


def test_a_change_is_told() -> None:
    """Who waits for something asks again."""
    told: list[int] = []
    clock = SandboxClock(machine=ManualClock(0))
    clock.on_change(lambda: told.append(clock.now_ms()))
    clock.advance(5)
    clock.go(Rate(0))
    assert told == [5, 5]


def test_it_goes_on_where_it_was() -> None:
    """After a start, the time of the journal's newest entry is not in the future."""
    machine = ManualClock(1_000)
    clock = SandboxClock(machine=machine)
    clock.catch_up(HOUR_MS)
    machine.advance(1)
    assert clock.now_ms() == HOUR_MS + 1_000
    clock.catch_up(5)
    assert clock.now_ms() == HOUR_MS + 1_000


async def test_it_calls_back_when_it_is_time() -> None:
    """At a thousand times the machine's pace, and never where it stands still."""
    called = asyncio.Event()
    fast = SandboxClock(Rate(1_000.0))
    assert fast.call_at(fast.now_ms() + 2_000, called.set) is not None
    await asyncio.wait_for(called.wait(), 10)
    assert SandboxClock(Rate(0)).call_at(0, called.set) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", 250),
        ("90s", 90_000),
        ("15m", 900_000),
        ("4h", 4 * HOUR_MS),
        ("1h30m", 5_400_000),
        ("2d", 48 * HOUR_MS),
        ("366d", DURATION_MAX_MS),
        ("367d", None),
        ("", None),
        ("4", None),
        ("-4h", None),
        ("4 h", None),
        ("h", None),
        ("1.5h", None),
    ],
)
def test_a_duration_is_read(text: str, expected: int | None) -> None:
    """Numbers with units; nothing else, and no more than a year."""
    assert duration_ms(text) == expected


@pytest.mark.parametrize("text", ["", "fast", "fast:0", "fast:-1", "fast:100001", "fast:x", "slow", "Real"])
def test_no_rate_is_no_rate(text: str) -> None:
    """The caller says what is expected."""
    assert rate_of(text) is None


@given(st.integers(1, 100_000))
def test_a_rate_reads_as_it_is_written(times: int) -> None:
    """Both ways."""
    rate = rate_of(f"fast:{times}")
    assert rate is not None
    assert rate_of(str(rate)) == rate
