"""What a partner does in the Developer Center: try one event, run the Test Suite."""

from sandbox.devcenter.event_tester import Target, Tested, shown, test_event
from sandbox.devcenter.test_suite import Case, Run, run_suite
from sandbox.devcenter.verdict import RULES, Cause, CodeText, Colour, Verdict, judge

__all__ = [
    "RULES",
    "Case",
    "Cause",
    "CodeText",
    "Colour",
    "Run",
    "Target",
    "Tested",
    "Verdict",
    "judge",
    "run_suite",
    "shown",
    "test_event",
]
