"""The Test Suite: the same events in the same order, each with its verdict.

Nothing in what is sent depends on when it is sent: two runs of the same code send the same requests.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.clock import iso
from sandbox.devcenter.event_tester import Target, Tested, shown, test_event
from sandbox.devcenter.verdict import RULES, Colour
from sandbox.messages import parse_time
from sandbox.samples import Sample

FIXED_MS: Final = 1_559_345_257_000
"""When events that say nothing of it happen: the time of Segment's eight, 2019-05-31 23:27:37 UTC."""

PASSED: Final = "All Tests Passed!"
"""Source: the Developer Center's page, 2019."""

COUNTS: Final = tuple(dict.fromkeys(rule.count for rule in RULES.values()))
"""Under which words results are counted, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Case:
    """One event of a suite."""

    name: str
    title: str
    event: Mapping[str, Any]

    @classmethod
    def of(cls, sample: Sample) -> "Case":
        """Make a case of a sample."""
        return cls(sample.name, sample.title, sample.event)


@dataclass(frozen=True, slots=True)
class Run:
    """A suite that was run against a component, and what each case came to, in order."""

    suite: str
    target: Target
    cases: tuple[Case, ...]
    results: tuple[Tested, ...]

    @property
    def passed(self) -> bool:
        """Say whether all are green or yellow."""
        return all(each.verdict.colour is not Colour.RED for each in self.results)

    def shown(self) -> dict[str, Any]:
        """Show the run as the API answers it."""
        counted = Counter(each.verdict.rule.count for each in self.results)
        return {
            "suite": self.suite,
            "component": self.target.component,
            "destination": self.target.destination,
            "target": self.target.shown,
            "passed": self.passed,
            "banner": banner(counted),
            "counts": {name: counted[name] for name in COUNTS},
            "took_ms": round(sum(each.took_ms for each in self.results), 1),
            "results": [
                {"name": case.name, "title": case.title, **shown(tested)}
                for case, tested in zip(self.cases, self.results, strict=True)
            ],
        }


def banner(counted: Mapping[str, int]) -> str:
    """Write the line over the results."""
    failed, total = counted.get("Failed", 0), sum(counted.values())
    return f"{failed} of {total} Tests Failed" if failed else PASSED


async def run_suite(suite: str, cases: Sequence[Case], target: Target) -> Run:
    """Send the events one after the other, each when the one before has ended."""
    results = [await test_event(stamped(suite, case), target, _at_ms(case.event)) for case in cases]
    return Run(suite, target, tuple(cases), tuple(results))


def stamped(suite: str, case: Case) -> dict[str, Any]:
    """Give an event that has none a messageId and a timestamp that are the same in every run."""
    event = dict(case.event)
    if not event.get("messageId"):
        event["messageId"] = f"test-message-{_five_letters(f'{suite}/{case.name}')}"
    if event.get("timestamp") is None:
        event["timestamp"] = iso(FIXED_MS)
    return event


def _at_ms(event: Mapping[str, Any]) -> int:
    """Return when an event counts as received: when it happened, so that no run differs from another."""
    at_ms = parse_time(event.get("timestamp"))
    return FIXED_MS if at_ms is None else at_ms


def _five_letters(text: str) -> str:
    """Derive five letters and digits, such as Segment's testers put behind their ids."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:5]
