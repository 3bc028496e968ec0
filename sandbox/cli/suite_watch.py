"""`segment-sandbox test --watch`: at every save, what failed last and what the change touches."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import click

from sandbox.cli.lines import line, printable
from sandbox.cli.tester import head

Shown: TypeAlias = Mapping[str, Any]

_SAMPLE: Final = re.compile(r"^(?P<name>.+?)(?:(?:\.(?:function|webhook))?\.expect)?\.json$")


@dataclass(frozen=True, slots=True)
class Watched:
    """An order for a suite, and what it came to last: results by the name of the event."""

    order: Shown
    component: str
    target: str
    suite: str
    results: Mapping[str, Shown]

    @classmethod
    def of(cls, order: Shown, run: Shown) -> "Watched":
        """Begin with a whole run."""
        results = {each["name"]: each for each in run["results"]}
        return cls(order, run["component"], run["target"], run["suite"], results)

    def touched(self, change: Shown) -> set[str] | None:
        """Return the names of the events that a reload touches; None for all."""
        if change["what"] == "workspace" or (change["what"] == "function" and change["path"] == self.target):
            return None
        if change["what"] != "samples":
            return set()
        found = _SAMPLE.match(change["path"].partition("/")[2])
        name = found["name"] if found else ""
        return {name} if self.suite == "samples" or name in self.results else set()

    def red(self) -> set[str]:
        """Return the names of the events that are red."""
        return {name for name, each in self.results.items() if each["colour"] == "red"}

    def after(self, run: Shown, asked: set[str] | None) -> "Watched":
        """Put a run's results in place of those that were asked for."""
        new = {each["name"]: each for each in run["results"]}
        kept = {} if asked is None else {name: each for name, each in self.results.items() if name not in asked}
        names = [*(name for name in self.results if name in kept or name in new), *new]
        results = {name: new.get(name) or kept[name] for name in dict.fromkeys(names)}
        return Watched(self.order, self.component, run["target"], self.suite, results)


def follow(
    changes: Iterator[Shown], watched: Sequence[Watched], run: Callable[[Shown], Shown], print_: Callable[[str], None]
) -> list[Watched]:
    """Run again at every reload until the changes end; return what all came to last."""
    now = list(watched)
    for change in changes:
        if change["kind"] != "reload":
            continue
        if change["error"]:
            print_(line(change) or "")
            continue
        before, now = now, [_again(each, change, run) for each in now]
        for text in told(change, before, now):
            print_(text)
    return now


def _again(watched: Watched, change: Shown, run: Callable[[Shown], Shown]) -> Watched:
    touched = watched.touched(change)
    asked = None if touched is None else touched | watched.red()
    if asked == set():
        return watched
    order = watched.order if asked is None else {**watched.order, "only": sorted(asked)}
    return watched.after(run(order), asked)


def told(change: Shown, before: Sequence[Watched], now: Sequence[Watched]) -> Iterator[str]:
    """Say what a save changed: what turned green, yellow or red, and what is still red and why."""
    yield click.style(f"{printable(change['path'])} saved", bold=True)
    turned = still = 0
    for old, new in zip(before, now, strict=True):
        for name, result in new.results.items():
            was = old.results[name]["colour"] if name in old.results else "new"
            if was == result["colour"] != "red":
                continue
            turned += was != result["colour"]
            still += was == result["colour"]
            note = "still red" if was == "red" == result["colour"] else f"was {was}"
            yield from head(result, f"{new.component}  {result['title']}  ({note})")
    red = sum(len(each.red()) for each in now)
    total = sum(len(each.results) for each in now)
    yield f"{turned} turned, {still} still red; {total - red} of {total} pass"
