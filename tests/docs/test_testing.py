"""docs/testing.md says what the test kit does."""

import inspect
import re

import pytest

from sandbox.testkit import Sandbox
from tests.docs.pages import ROOT, cells, fenced, first_cells, read

TEXT = read("testing.md")
pytest_plugins = ("pytester",)


def test_every_word_of_the_kit_is_told() -> None:
    """Methods, properties and parts."""
    real = {name for name, _ in inspect.getmembers(Sandbox) if not name.startswith("_")}
    real |= {name for name in vars(Sandbox("http://127.0.0.1:1")) if not name.startswith("_")}
    assert real <= {*first_cells(TEXT)}
    assert {"segment_sandbox", "segment_sandbox_session", "segment_sandbox_folder"} <= {*first_cells(TEXT)}
    assert len(cells(TEXT)) == len(real) + 4


def test_the_kit_for_javascript_has_the_same_words() -> None:
    """Each that the page names is a member of its class."""
    source = (ROOT / "testkit" / "src" / "index.ts").read_text("utf-8")
    told = re.search(r"^(`send`.*?) do what their", TEXT, re.MULTILINE | re.DOTALL)
    assert told
    for name in re.findall(r"`(\w+)`", told[1]):
        assert re.search(rf"^  (?:async |readonly )?{name}[(<:]", source, re.MULTILINE), name


def test_the_examples_pass(pytester: pytest.Pytester) -> None:
    """As they stand on the page, with the plugin as it is installed."""
    pytester.makeini("[pytest]\nasyncio_mode = auto\nsegment_sandbox_up = --offline\n")
    pytester.makepyfile("\n\n".join(fenced(TEXT, "python")))
    pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider").assert_outcomes(passed=2)
