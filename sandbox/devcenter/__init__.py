"""What a partner does in the Developer Center: try one event, run the Test Suite."""

from sandbox.devcenter.event_tester import Target, Tested, shown, test_event
from sandbox.devcenter.orders import SUITES, SuiteOrder
from sandbox.devcenter.test_suite import Case, Result, Run, Suite, run_suite
from sandbox.devcenter.verdict import RULES, Cause, CodeText, Colour, Verdict, judge

__all__ = [
    "RULES",
    "SUITES",
    "Case",
    "Cause",
    "CodeText",
    "Colour",
    "Result",
    "Run",
    "Suite",
    "SuiteOrder",
    "Target",
    "Tested",
    "Verdict",
    "judge",
    "run_suite",
    "shown",
    "test_event",
]
