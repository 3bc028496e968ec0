"""`segment-sandbox faults`."""

import json
from collections.abc import Mapping
from typing import Any

import click

from sandbox.cli.client import connect
from sandbox.cli.lines import printable
from sandbox.errors import UserMistakeError


def add(recipe: Mapping[str, Any], *, as_json: bool, url: str | None) -> None:
    """Add a recipe and print it with its number."""
    order = {name: value for name, value in recipe.items() if value not in (None, ())}
    if "headers" in order:
        order["headers"] = dict(_header(text) for text in order["headers"])
    if "recipe_url" in order:
        order["url"] = order.pop("recipe_url")
    for name, read in _READ.items():
        if name in order:
            order[name] = read(order[name])
    added = connect(url).post("/_sandbox/faults", order)
    click.echo(json.dumps(added) if as_json else _line(added))


def show(*, as_json: bool, url: str | None) -> None:
    """Print the recipes in effect, one on each line."""
    answer = connect(url).get("/_sandbox/faults")
    if as_json:
        click.echo(json.dumps(answer))
    elif answer["faults"]:
        click.echo("\n".join(_line(each) for each in answer["faults"]))
    else:
        click.echo("No faults. Add one: segment-sandbox faults add --status 503 --calls 1-2")


def clear(number: int | None, *, as_json: bool, url: str | None) -> None:
    """Take recipes out and print how many there were."""
    answer = connect(url).delete("/_sandbox/faults" if number is None else f"/_sandbox/faults/{number}")
    click.echo(json.dumps(answer) if as_json else f"{answer['removed']} removed")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise UserMistakeError(f"--header {text} has no colon.", "Write it as 'Retry-After: 2'.")
    return name.strip(), value.strip()


def _calls(text: str) -> str | list[int]:
    """Read a list of numbers as one; the sandbox judges the rest."""
    parts = [part.strip() for part in text.split(",")]
    return list(map(int, parts)) if len(parts) > 1 and all(map(str.isdecimal, parts)) else text


def _seconds(text: str) -> object:
    """Read seconds, or a range of them; the sandbox judges what is neither."""
    try:
        numbers = [float(part) for part in text.split("-")]
    except ValueError:
        return text
    return numbers[0] if len(numbers) == 1 else numbers


_READ = {"calls": _calls, "attempts": _calls, "delay": _seconds, "hold": _seconds}


def _line(fault: Mapping[str, Any]) -> str:
    """Write a recipe, how often it struck of those it is meant for, and where it comes from."""
    words = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fault["recipe"].items())
    return printable(f"{fault['number']}  {words}  struck {fault['struck']} of {fault['seen']}  {fault['origin']}")
