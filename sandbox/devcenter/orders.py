"""What is asked of the Test Suite, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.devcenter.test_suite import Case

SUITES: Final = ("standard", "alias-delete", "spec", "hostile", "samples")
"""Segment's eight events, and the suites that go beyond them."""


@dataclass(frozen=True, slots=True)
class SuiteOrder:
    """One run of a suite.

    Attributes:
        component: may be left out where the App has one.
        settings: in place of those of the component's first destination.
        only: the names of the cases to run; all where it is empty.
        cases: in place of the suite's own, with `expectations` in place of those of the workspace's folder.
        observe: whether to show what was seen as an expectation.
    """

    suite: str = "standard"
    component: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)  # there are secrets in it
    only: frozenset[str] = frozenset()
    cases: tuple[Case, ...] = ()
    expectations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    observe: bool = False
