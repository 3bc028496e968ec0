"""Gathers what the doctor goes by: from the journal, from the Tracking API, from the workspace in effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.doctor import Arrived, Facts, Refused, SourceState, UnknownKey, report
from sandbox.journal import Journal
from sandbox.messages import parse_time
from sandbox.sources import TrackingApi
from sandbox.workspace import Workspace

MESSAGES_LOOKED_AT: Final = 2_000
"""Newest messages that the doctor goes by, however many there are."""
REFUSED_LOOKED_AT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Side:
    """What the sandbox itself knows of its state."""

    url: str
    tls_url: str | None
    workspace: Workspace
    workspace_mistake: str | None
    function_errors: tuple[str, ...]


async def examine(journal: Journal, tracking: TrackingApi, side: Side, after: int) -> dict[str, Any]:
    """Return the doctor's report on what came after a number."""
    messages = await journal.read.newest_senders(MESSAGES_LOOKED_AT)
    refused = await journal.read.newest_refused(REFUSED_LOOKED_AT)
    facts = Facts(
        url=side.url,
        after=after,
        tls_url=side.tls_url,
        sources=tuple(SourceState(each.slug, each.write_key, each.enabled) for each in side.workspace.sources),
        arrived=tuple(map(_arrived, messages)),
        refused=tuple(map(_refused, refused)),
        unknown_keys=tuple(
            UnknownKey(each.shown, each.count, each.last_at_ms, each.near) for each in tracking.unknown_keys(after)
        ),
        workspace_mistake=side.workspace_mistake,
        function_errors=side.function_errors,
        pending=journal.pending,
        pending_limit=journal.pending_limit,
    )
    return report(facts)


def _arrived(row: Mapping[str, Any]) -> Arrived:
    return Arrived(
        seq=row["seq"],
        source=row["source"],
        state=row["state"],
        reason=row["reason"],
        received_at_ms=row["received_at"],
        library=_text(row["library"]),
        version=_text(row["version"]),
        sent_at_ms=parse_time(row["sent_at"]),
    )


def _refused(row: Mapping[str, Any]) -> Refused:
    return Refused(
        seq=row["seq"],
        at_ms=row["at"],
        method=row["method"],
        path=row["path"],
        status=row["status"],
        code=row["code"],
        message=row["message"],
        source=row["source"],
        user_agent=row["user_agent"],
    )


def _text(value: object) -> str | None:
    """Take what is a text, as far as anybody would read it; an event may say anything of itself."""
    return value[:100] if isinstance(value, str) and value else None
