"""The Test Suite: the same events in the same order, each with its verdict.

Nothing in what is sent depends on when it is sent: two runs of the same code send the same requests.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.clock import iso
from sandbox.devcenter.event_tester import Target, Tested, shown, test_event
from sandbox.devcenter.expectations import Difference, Observer, expected_of
from sandbox.devcenter.hostile import idempotency
from sandbox.devcenter.verdict import RULES, Colour, Verdict
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
class Suite:
    """What is to be run.

    Attributes:
        expectations: by the name of the case, or of case and component.
        observe: whether to show what was seen as an expectation.
    """

    name: str
    cases: tuple[Case, ...]
    expectations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    observe: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a case came to; `differences` is None where nothing was expected, `seen` where nobody asked."""

    case: Case
    tested: Tested
    differences: list[Difference] | None = None
    seen: dict[str, Any] | None = None

    @property
    def verdict(self) -> Verdict:
        """Return the verdict, in the light of what was expected."""
        verdict = self.tested.verdict
        if self.differences:
            return replace(verdict, rule=RULES["unexpected"])
        expected = self.differences is not None and verdict.colour is Colour.RED
        return replace(verdict, rule=RULES["as-expected"]) if expected else verdict

    def shown(self) -> dict[str, Any]:
        """Show the result as the API answers it."""
        seen = {} if self.seen is None else {"seen": self.seen}
        tested = shown(replace(self.tested, verdict=self.verdict))
        return {"name": self.case.name, "title": self.case.title, **tested, "differences": self.differences, **seen}


@dataclass(frozen=True, slots=True)
class Run:
    """A suite that was run against a component, and what each case came to, in order."""

    suite: str
    target: Target
    results: tuple[Result, ...]

    @property
    def passed(self) -> bool:
        """Say whether all are green or yellow."""
        return all(each.verdict.colour is not Colour.RED for each in self.results)

    def shown(self) -> dict[str, Any]:
        """Show the run as the API answers it."""
        counted = Counter(each.verdict.rule.count for each in self.results)
        results = [each.shown() for each in self.results]
        return {
            "suite": self.suite,
            "component": self.target.component,
            "destination": self.target.destination,
            "target": self.target.shown,
            "passed": self.passed,
            "banner": banner(counted),
            "counts": {name: counted[name] for name in COUNTS},
            "idempotency": idempotency(results, self.target.kind),
            "took_ms": round(sum(each.tested.took_ms for each in self.results), 1),
            "results": results,
        }


def banner(counted: Mapping[str, int]) -> str:
    """Write the line over the results."""
    failed, total = counted.get("Failed", 0), sum(counted.values())
    return f"{failed} of {total} Tests Failed" if failed else PASSED


async def run_suite(suite: Suite, target: Target, home: str) -> Run:
    """Send the events one after the other, each when the one before has ended; `home` is the sandbox's address."""
    observer = Observer(home, target.secrets)
    results = [await _run(suite, case, target, observer) for case in suite.cases]
    return Run(suite.name, target, tuple(results))


async def _run(suite: Suite, case: Case, target: Target, observer: Observer) -> Result:
    tested = await test_event(stamped(suite.name, case), target, _at_ms(case.event))
    expected = expected_of(suite.expectations, case.name, target.component)
    if expected is None and not suite.observe:
        return Result(case, tested)
    told = shown(tested)
    differences = None if expected is None else observer.differences(expected, told)
    seen = observer.kept(expected, observer.observed(told)) if suite.observe else None
    return Result(case, tested, differences, seen)


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
