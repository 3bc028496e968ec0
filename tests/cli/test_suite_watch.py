"""What runs again after a save, and what is said of it."""

from collections.abc import Mapping
from typing import Any

import click
import pytest

from sandbox.cli.suite_watch import Watched, follow
from sandbox.client import RefusedError


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


def watched(suite: str = "standard", *, strict: bool = False, **colours: str) -> Watched:
    """Make the last run of a suite against the function."""
    results = [result(name, colour) for name, colour in colours.items()]
    run = {"component": "function", "target": "function.js", "suite": suite, "results": results}
    return Watched.of({"suite": suite}, run, strict=strict)


def run_of(**colours: str) -> dict[str, Any]:
    """Make a run of the function."""
    return {"target": "function.js", "results": [result(name, colour) for name, colour in colours.items()]}


def said_of(changes: list[Any], *each: Watched, run: Any) -> list[str]:
    """Follow changes and return what is said."""
    said: list[str] = []
    follow(iter(changes), each, run, lambda text: said.append(click.unstyle(text)))
    return said


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


def test_a_sample_that_is_gone_is_told() -> None:
    """And counts no more."""
    change = reload("samples", "sample_events/a.json")
    said = said_of([change], watched("samples", a="red", b="green"), run=lambda _: run_of())
    assert said == ["sample_events/a.json saved", "- function  A is gone", "0 turned, 0 still red; 1 of 1 pass"]


def test_what_does_not_load_is_told_with_its_place_and_nothing_is_run() -> None:
    """No summary makes it look as though something had run."""
    change = reload("function", "function.js", "function.js:2:1: SyntaxError: Unexpected end\n    function (")
    said = said_of([change], watched(a="red"), run=lambda _: pytest.fail("it ran"))
    assert said == [
        "function.js saved, and does not load:",
        "      function.js:2:1: SyntaxError: Unexpected end",
        "          function (",
        "nothing was run; the next save is waited for",
    ]


def test_a_run_of_some_that_is_refused_is_made_of_all() -> None:
    """One of those that were asked for may be in no file any more, which the sandbox says of the name."""
    orders: list[Any] = []

    def run(order: Mapping[str, Any]) -> dict[str, Any]:
        orders.append(order.get("only"))
        if "only" in order:
            raise RefusedError("The suite samples has no event a.", "Those it has: b.", 400, {})
        return run_of(b="green")

    said = said_of([reload("samples", "sample_events/a.json")], watched("samples", a="red", b="green"), run=run)
    assert orders == [["a"], None]
    assert said == ["sample_events/a.json saved", "- function  A is gone", "0 turned, 0 still red; 1 of 1 pass"]


def test_a_save_of_no_matter_is_told_as_such() -> None:
    """Nothing was red, and it touches nothing."""
    said = said_of([reload("function", "other.js")], watched(a="green"), run=lambda _: pytest.fail("it ran"))
    assert said == ["other.js saved", "it touches nothing that is tested here; nothing was run"]


def test_a_run_that_is_refused_is_told_and_made_whole_at_the_next_save() -> None:
    """The watch goes on: whatever is saved next may be the cure."""
    orders: list[Any] = []

    def run(order: Mapping[str, Any]) -> dict[str, Any]:
        orders.append(order.get("only"))
        if len(orders) == 1:
            raise RefusedError("There is no component function in the App.", "Name one of: webhook.", 404, {})
        return run_of(a="green")

    changes = [reload("workspace", "workspace.toml"), reload("samples", "sample_events/x.json")]
    said = said_of(changes, watched(a="green"), run=run)
    assert orders == [None, None]
    assert said == [
        "workspace.toml saved",
        "function, suite standard, was not run:",
        "      There is no component function in the App.",
        "      Name one of: webhook.",
        "0 turned, 0 still red; 0 of 0 pass; 1 of 1 suites not run",
        "sample_events/x.json saved",
        "0 turned, 0 still red; 1 of 1 pass",
    ]


def test_where_yellow_counts_as_red_it_is_run_again() -> None:
    """--strict holds for every run of the watch."""
    (now,) = follow(
        iter([reload("function", "other.js")]), [watched(strict=True, a="yellow")], lambda _: run_of(), lambda _: None
    )
    assert now.results == {}
    said = said_of(
        [reload("function", "function.js")], watched(strict=True, a="yellow"), run=lambda _: run_of(a="yellow")
    )
    assert said[-1] == "0 turned, 1 still red; 0 of 1 pass"
