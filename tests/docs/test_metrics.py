"""docs/metrics.md says what `/metrics` shows."""

import re
from typing import Final

from prometheus_client import Metric

from sandbox.api.exposition import Families
from sandbox.api.metrics import Gauges, Numbers
from sandbox.journal import Totals
from tests.conftest import Running
from tests.docs.pages import cells, fenced, read, section

TEXT = read("metrics.md")
NOTHING: Final = Numbers(Gauges({}, frozenset(), 0, 0, {}), Totals(), {}, 0, 0, 1.0, 0.0)
SUFFIXES: Final = {"counter": "_total", "info": "_info"}


def shown_name(family: Metric) -> str:
    """Name a metric as its samples do."""
    return family.name + SUFFIXES.get(family.type, "")


def labels(family: Metric) -> str:
    """Name its labels; those of an info are what it tells."""
    names = family.samples[0].labels if family.type == "info" else family._labelnames  # type: ignore[attr-defined]
    return ", ".join(f"`{name}`" for name in names)


def test_every_metric_has_its_row() -> None:
    """In the order in which they are shown, with type, labels and the text of its HELP."""
    real = [
        [f"`{shown_name(each)}`", each.type, labels(each), each.documentation] for each in Families(NOTHING).collect()
    ]
    rows = re.findall(r"^\| (`\S+`) \| (\w+) \| (.*?) ?\| (.*) \|$", TEXT, re.MULTILINE)
    assert [list(row) for row in rows] == real
    assert len(cells(TEXT)) == len(real)


async def test_every_metric_that_is_named_is_there(embedded: Running) -> None:
    """In the text and in the questions, as a real scrape has it."""
    await embedded.call("/v1/track", {"userId": "user-1", "event": "Signed Up"})
    await embedded.settled()
    async with embedded.client.get(f"{embedded.url}/metrics") as answer:
        shown = await answer.text()
    named = set(re.findall(r"segment_sandbox_\w+", TEXT))
    assert named <= set(re.findall(r"segment_sandbox_\w+", shown))
    (questions,) = fenced(section(TEXT, "## Questions"), "text")
    asked = re.findall(r'(\w+)="(\w+)"', questions)
    assert asked == [("state", "accepted"), ("state", "discarded")]
