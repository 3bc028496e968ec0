"""What `segment-sandbox overview` writes."""

from typing import Any

import click
import pytest

from sandbox.cli.overview import _duration, _lines


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (59_949, "59.9 s"),
        (59_999, "59.9 s"),
        (60_000, "1 min 0 s"),
        (3_599_999, "59 min 59 s"),
        (14_400_000, "4 h 0 min"),
    ],
)
def test_a_duration_is_written_in_at_most_two_units(milliseconds: int, shown: str) -> None:
    """From milliseconds to hours."""
    assert _duration(milliseconds) == shown


def test_a_reason_s_code_cannot_reach_the_terminal() -> None:
    """Large counts stay in their columns."""
    reason = {"reason": "a\x1b[31m", "count": 12_345, "happened": "It stopped.", "remedy": "Nothing."}
    steps: list[dict[str, Any]] = [
        {"step": "failed_delivery", "total": 12_345, "reasons": [reason], "series": []},
        {"step": "pending", "total": 1, "reasons": [], "series": []},
    ]
    at = "2026-11-25T10:00:00.000Z"
    lines = _lines({"from": at, "to": at, "steps": steps, "attempts": [], "p95_ms": None})
    assert [click.unstyle(line) for line in lines][2:] == [
        "failed delivery  12,345",
        "pending               1",
        "",
        "failed delivery",
        "  12,345  a\N{REPLACEMENT CHARACTER}[31m",
        "          It stopped.",
        "          Nothing.",
    ]
