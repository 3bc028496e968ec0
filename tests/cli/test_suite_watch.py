"""What runs again after a save, and what is said of it."""

from collections.abc import Mapping
from typing import Any

import click
import pytest

from sandbox.cli.suite_watch import Watched, follow


def result(name: str, colour: str) -> dict[str, Any]:
    """Make a result as the API shows it."""
    return {
        "name": name,
        "title": name.title(),
        "type": "track",
        "colour": colour,
        "code": "200",
        "reason": "Why.",
        "message": "",
        "review": "",
        "cause": None,
        "warnings": [],
    }


def watched(suite: str = "standard", **colours: str) -> Watched:
    """Make the last run of a suite against the function."""
    results = [result(name, colour) for name, colour in colours.items()]
    run = {"component": "function", "target": "function.js", "suite": suite, "results": results}
    return Watched.of({"suite": suite}, run)


def reload(what: str, path: str, error: str | None = None) -> dict[str, Any]:
    """Make a change of the stream."""
    return {
        "seq": 9,
        "at": "2026-01-02T03:04:05.678Z",
        "kind": "reload",
        "what": what,
        "path": path,
        "error": error,
        "took_ms": 1,
    }


@pytest.mark.parametrize(
    ("change", "suite", "asked"),
    [
        pytest.param(reload("function", "function.js"), "standard", [None], id="its code"),
        pytest.param(reload("function", "other.js"), "standard", [["bad"]], id="other code"),
        pytest.param(reload("workspace", "workspace.toml"), "standard", [None], id="the workspace"),
        pytest.param(reload("samples", "sample_events/good.json"), "samples", [["bad", "good"]], id="a sample"),
        pytest.param(reload("samples", "sample_events/new.json"), "samples", [["bad", "new"]], id="a new sample"),
        pytest.param(
            reload("samples", "sample_events/good.webhook.expect.json"),
            "samples",
            [["bad", "good"]],
            id="expectation",
        ),
        pytest.param(reload("samples", "sample_events/new.json"), "standard", [["bad"]], id="of no matter"),
        pytest.param(reload("function", "function.js", "no good"), "standard", [], id="does not load"),
        pytest.param({"kind": "message"}, "standard", [], id="a message"),
    ],
)
def test_a_save_runs_what_failed_and_what_it_touches(change: Any, suite: str, asked: list[Any]) -> None:
    """None stands for all."""
    orders: list[Any] = []

    def run(order: Mapping[str, Any]) -> dict[str, Any]:
        orders.append(order.get("only"))
        return {"target": "function.js", "results": []}

    follow(iter([change]), [watched(suite, good="green", bad="red")], run, lambda _: None)
    assert orders == asked


def test_what_turned_is_told() -> None:
    """Green, red, still red, and how many pass now; what stayed green is not worth a word."""
    said: list[str] = []

    def run(_: Mapping[str, Any]) -> dict[str, Any]:
        names = {"a": "green", "b": "green", "c": "red", "d": "red"}
        return {"target": "function.js", "results": [result(name, colour) for name, colour in names.items()]}

    change = reload("function", "function.js")
    (now,) = follow(
        iter([change]),
        [watched(a="green", b="red", c="green", d="red")],
        run,
        lambda text: said.append(click.unstyle(text)),
    )
    assert [line for line in said if not line.startswith(" ")] == [
        "function.js saved",
        "✓ 200 TRACK    function  B  (was red)",
        "⊖ 200 TRACK    function  C  (was green)",
        "⊖ 200 TRACK    function  D  (still red)",
        "2 turned, 1 still red; 2 of 4 pass",
    ]
    assert now.red() == {"c", "d"}


def test_a_sample_that_is_gone_is_forgotten() -> None:
    """It was asked for and did not come back."""
    change = reload("samples", "sample_events/a.json")
    empty = {"target": "function.js", "results": []}
    (now,) = follow(iter([change]), [watched("samples", a="green", b="green")], lambda _: empty, lambda _: None)
    assert list(now.results) == ["b"]
