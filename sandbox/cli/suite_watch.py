"""`segment-sandbox test --watch`: at every save, what failed last and what the change touches."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import click

from sandbox.cli.lines import printable
from sandbox.cli.tester import head
from sandbox.client import RefusedError
from sandbox.devcenter.reports import failed

Shown: TypeAlias = Mapping[str, Any]

_SAMPLE: Final = re.compile(r"^(?P<name>.+?)(?:(?:\.(?:function|webhook))?\.expect)?\.json$")


@dataclass(frozen=True, slots=True)
class Watched:
    """An order for a suite, and what it came to last: results by the name of the event.

    Attributes:
        strict: whether yellow counts as red.
        refused: why the last run was refused; the next one is a whole one then.
    """

    order: Shown
    component: str
    target: str
    suite: str
    results: Mapping[str, Shown]
    strict: bool = False
    refused: str | None = None

    @classmethod
    def of(cls, order: Shown, run: Shown, *, strict: bool = False) -> "Watched":
        """Begin with a whole run."""
        results = {each["name"]: each for each in run["results"]}
        return cls(order, run["component"], run["target"], run["suite"], results, strict)

    def asked(self, change: Shown) -> set[str] | None:
        """Return the names of the events to run after a reload: what it touches and what is red; None for all."""
        if self.refused is not None:
            return None
        touched = self._touched(change)
        return None if touched is None else touched | self.red()

    def _touched(self, change: Shown) -> set[str] | None:
        if change["what"] == "workspace" or (change["what"] == "function" and change["path"] == self.target):
            return None
        if change["what"] != "samples":
            return set()
        found = _SAMPLE.match(change["path"].partition("/")[2])
        name = found["name"] if found else ""
        return {name} if self.suite == "samples" or name in self.results else set()

    def red(self) -> set[str]:
        """Return the names of the events that are red."""
        return {name for name, each in self.results.items() if failed(each, strict=self.strict)}

    def after(self, run: Shown, asked: set[str] | None) -> "Watched":
        """Put a run's results in place of those that were asked for."""
        new = {each["name"]: each for each in run["results"]}
        kept = {} if asked is None else {name: each for name, each in self.results.items() if name not in asked}
        names = [*(name for name in self.results if name in kept or name in new), *new]
        results = {name: new.get(name) or kept[name] for name in dict.fromkeys(names)}
        return replace(self, target=run["target"], results=results, refused=None)


def follow(
    changes: Iterable[Shown], watched: Sequence[Watched], run: Callable[[Shown], Shown], say: Callable[[str], None]
) -> list[Watched]:
    """Run again at every reload until the changes end; return what all came to last."""
    now = list(watched)
    for change in changes:
        if change["kind"] != "reload":
            continue
        if change["error"]:
            said: Iterable[str] = _not_loaded(change)
        else:
            before, now = now, [_again(each, change, run) for each in now]
            said = told(change, before, now)
        for text in said:
            say(text)
    return now


def _again(watched: Watched, change: Shown, run: Callable[[Shown], Shown]) -> Watched:
    """Run what a reload asks for; the very same comes back where that is nothing."""
    asked = watched.asked(change)
    if asked == set():
        return watched
    return _run(watched, asked, run)


def _run(watched: Watched, asked: set[str] | None, run: Callable[[Shown], Shown]) -> Watched:
    """Run these events, or all; all as well where some are refused, for one of them may be gone."""
    order = watched.order if asked is None else {**watched.order, "only": sorted(asked)}
    try:
        return watched.after(run(order), asked)
    except RefusedError as refused:
        return replace(watched, refused=str(refused)) if asked is None else _run(watched, None, run)


def _not_loaded(change: Shown) -> Iterator[str]:
    """Say what is wrong with the saved file, and that nothing was run."""
    yield click.style(f"{printable(change['path'])} saved, and does not load:", fg="red", bold=True)
    yield from (f"      {printable(line)}" for line in change["error"].split("\n"))
    yield "nothing was run; the next save is waited for"


def told(change: Shown, before: Sequence[Watched], now: Sequence[Watched]) -> Iterator[str]:
    """Say what a save changed: what turned green, yellow or red, and what is still red and why."""
    yield click.style(f"{printable(change['path'])} saved", bold=True)
    if all(old is new for old, new in zip(before, now, strict=True)):
        yield "it touches nothing that is tested here; nothing was run"
        return
    turned = still = 0
    for old, new in zip(before, now, strict=True):
        if new.refused is not None:
            yield click.style(f"{new.component}, suite {new.suite}, was not run:", fg="red")
            yield from (f"      {printable(line)}" for line in new.refused.split("\n"))
            continue
        for result, note in _notes(old, new):
            still += note.startswith(_STILL)
            turned += not note.startswith(_STILL)
            yield from head(result, f"{new.component}  {result['title']}  ({note})")
        gone = [each for name, each in old.results.items() if name not in new.results]
        yield from (f"- {new.component}  {printable(each['title'])} is gone" for each in gone)
    yield _summary(now, turned, still)


_STILL: Final = "still "


def _notes(old: Watched, new: Watched) -> Iterator[tuple[Shown, str]]:
    """Yield the results that a run turned, or that are still red, each with what it was."""
    for name, result in new.results.items():
        before = old.results.get(name)
        if before is None:
            yield result, "new"
        elif before["colour"] != result["colour"]:
            yield result, f"was {before['colour']}"
        elif failed(result, strict=new.strict):
            yield result, f"{_STILL}{result['colour']}"


def _summary(now: Sequence[Watched], turned: int, still: int) -> str:
    ran = [each for each in now if each.refused is None]
    red = sum(len(each.red()) for each in ran)
    total = sum(len(each.results) for each in ran)
    left_out = f"; {len(now) - len(ran)} of {len(now)} suites not run" if len(ran) < len(now) else ""
    return f"{turned} turned, {still} still red; {total - red} of {total} pass{left_out}"
