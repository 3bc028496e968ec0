"""What the worker says when the engine gives up while code is loaded."""

from typing import Any, cast

import pytest

from sandbox.runtime.v8 import JavaScriptError
from sandbox.runtime.worker import Kernel, Line, load

ORDER: dict[str, Any] = {"packages": [], "exposed": [], "repeatable": False, "source": "", "names": []}


class GivenUp:
    """A kernel whose engine ends the load."""

    def __init__(self, *, exhausted: bool) -> None:
        self._exhausted = exhausted

    def load(self, source: str, names: list[str]) -> dict[str, Any]:
        """Load nothing."""
        del source, names
        raise JavaScriptError("<unknown>:1: out of memory", parsing=False)

    def exhausted(self) -> bool:
        """Tell whether that was for lack of memory."""
        return self._exhausted


class Heard:
    """A line that notes what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, object]]] = []

    def say(self, kind: str, **properties: object) -> None:
        """Note it."""
        self.said.append((kind, properties))


def test_an_engine_that_ran_out_of_memory_says_so() -> None:
    """It may give up before the watch over the memory has looked."""
    line = Heard()
    load(cast("Line", line), cast("Kernel", GivenUp(exhausted=True)), ORDER)
    assert line.said == [("memory", {"which": "heap"})]


def test_any_other_failure_is_no_matter_of_memory() -> None:
    """It ends the worker, whose last words tell it."""
    line = Heard()
    with pytest.raises(JavaScriptError):
        load(cast("Line", line), cast("Kernel", GivenUp(exhausted=False)), ORDER)
    assert line.said == []
