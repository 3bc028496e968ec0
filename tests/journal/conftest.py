"""Journals for tests, and things to put into them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import ManualClock, SandboxClock
from sandbox.journal import Entry, Journal, PlannedDelivery
from sandbox.outcomes import MessageState

DAY_MS = 24 * 60 * 60 * 1000


def entry(message_id: str = "m", *destinations: str, **fields: Any) -> Entry:
    """Make an entry that came at 1,000 ms, with a pending delivery for each destination."""
    return Entry(
        **{
            "source": "website",
            "type": "track",
            "event": "Signed Up",
            "user_id": "u",
            "message_id": message_id,
            "state": MessageState.ACCEPTED,
            "reason": None,
            "body": b'{"type":"track"}',
            "received_at_ms": 1_000,
            "deliveries": tuple(PlannedDelivery(destination) for destination in destinations),
            "once": True,
            **fields,
        },
    )


@pytest.fixture
def machine() -> ManualClock:
    """The machine's clock."""
    return ManualClock(1_000)


@pytest.fixture
def clock(machine: ManualClock) -> SandboxClock:
    """The sandbox's, at the machine's pace."""
    return SandboxClock(machine=machine)


@pytest.fixture
async def journal(tmp_path: Path, clock: SandboxClock) -> AsyncIterator[Journal]:
    opened = Journal(tmp_path, clock, keep=100, pending_limit=1_000, seen_for_ms=DAY_MS)
    yield opened
    await opened.close()
