"""The doctor's report, as `GET /_sandbox/doctor` answers it."""

from collections.abc import Iterable
from typing import Any

from sandbox.clock import iso
from sandbox.doctor.facts import Arrived, Facts, Refused
from sandbox.doctor.rules import Finding, findings
from sandbox.sdks import sdk_of, sdk_of_agent


def report(facts: Facts) -> dict[str, Any]:
    """Say what has arrived from whom, and what looks wrong."""
    found = findings(facts)
    return {
        "well": not any(finding.severity == "problem" for finding in found),
        "url": facts.url,
        "after": facts.after,
        "arrived": [*_messages(facts.arrived), *_requests(facts.refused)],
        "findings": [_shown(finding) for finding in found],
    }


def _messages(arrived: Iterable[Arrived]) -> list[dict[str, Any]]:
    """Count the messages by what sent them and by source, the last that came first."""
    rows: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for each in arrived:
        sdk = sdk_of(each.library, each.version or "") if each.library else None
        row = rows.setdefault(
            (each.library, each.version, each.source),
            {
                "sdk": sdk.name if sdk else None,
                "library": each.library,
                "version": each.version,
                "user_agent": None,
                "source": each.source,
                "messages": 0,
                "accepted": 0,
                "refused": 0,
                "last": iso(each.received_at_ms),
            },
        )
        row["messages"] += 1
        row["accepted"] += each.state == "accepted"
    return list(rows.values())


def _requests(refused: Iterable[Refused]) -> list[dict[str, Any]]:
    """Count the refused requests by what they call themselves."""
    rows: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for each in refused:
        sdk = sdk_of_agent(each.user_agent) if each.user_agent else None
        row = rows.setdefault(
            (each.user_agent, each.source),
            {
                "sdk": sdk.name if sdk else None,
                "library": None,
                "version": None,
                "user_agent": each.user_agent,
                "source": each.source,
                "messages": 0,
                "accepted": 0,
                "refused": 0,
                "last": iso(each.at_ms),
            },
        )
        row["refused"] += 1
    return list(rows.values())


def _shown(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "cause": finding.cause,
        "cure": finding.cure,
        "count": finding.count,
        "last": None if finding.last_at_ms is None else iso(finding.last_at_ms),
    }
