"""`segment-sandbox sdk`: the lines that point an SDK at the sandbox."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click

from sandbox.cli.client import NoSandboxError, connect, is_named
from sandbox.errors import UserMistakeError
from sandbox.sdks import all_sdks, near
from sandbox.sdks.listing import listing
from sandbox.workspace import embedded, find, load

WIDTH: Final = 100
_CHECKED: Final = {
    "run": "these very lines are run by the sandbox's own tests",
    "recorded": "what this version sends was recorded; the lines are from its source",
    "read": "the lines are from its source, not run here",
}


def run(name: str | None, *, source: str | None, as_json: bool, url: str | None) -> None:
    """Print the list, or what there is to know of one SDK."""
    if name is not None:
        _check(name)
    answer = _answer(source, url)
    chosen = [sdk for sdk in answer["sdks"] if name in (None, sdk["name"])]
    if as_json:
        click.echo(json.dumps({**answer, "sdks": chosen}, ensure_ascii=False))
    elif name is None:
        click.echo("\n".join(_list(answer, chosen)))
    else:
        click.echo("\n".join(_one(answer, chosen[0])))


def _check(name: str) -> None:
    """See that there is an SDK of that name.

    Raises:
        UserMistakeError: naming those that may be meant.
    """
    names = [sdk.name for sdk in all_sdks()]
    if name not in names:
        meant = near(name)
        hint = f"Did you mean {' or '.join(meant)}?" if meant else f"Name one of: {', '.join(names)}."
        raise UserMistakeError(f"There is no SDK {name}.", hint)


def _answer(source: str | None, url: str | None) -> dict[str, Any]:
    """Ask the sandbox; where none runs, take what the folder's workspace says and the default address."""
    query = f"?{urlencode({'source': source})}" if source else ""
    try:
        return {**connect(url).get(f"/_sandbox/sdks{query}"), "running": True}
    except NoSandboxError:
        if is_named(url):
            raise
    return {**listing(_sources(Path.cwd()), source), "running": False}


def _sources(folder: Path) -> list[dict[str, Any]]:
    file = find(folder)
    workspace = embedded(folder) if file is None else load(file)
    return [{"slug": each.slug, "write_key": each.write_key, "enabled": each.enabled} for each in workspace.sources]


def _list(answer: Mapping[str, Any], sdks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield _whither(answer)
    yield ""
    names = max(len(sdk["name"]) for sdk in sdks)
    titles = max(len(sdk["title"]) for sdk in sdks)
    for sdk in sdks:
        tls = "  https only" if sdk["needs_tls"] else ""
        yield f"{sdk['name'].ljust(names)}  {sdk['title'].ljust(titles)}  {sdk['package']}{tls}"
    yield ""
    yield "The lines for one of them: segment-sandbox sdk NAME"


def _one(answer: Mapping[str, Any], sdk: Mapping[str, Any]) -> Iterator[str]:
    yield click.style(f"{sdk['title']}  {sdk['package']}  {sdk['version']}", bold=True)
    yield _whither(answer)
    for snippet in sdk["snippets"]:
        yield ""
        yield click.style(f"{snippet['title']}:", dim=True)
        yield ""
        yield snippet["code"].rstrip()
    yield ""
    yield from _row("batches", sdk["batching"])
    yield from _row("retries", sdk["retries"])
    yield from _row("TLS", _tls(answer, sdk))
    yield f"trust     {sdk['trust']}"
    if sdk["superseded_by"]:
        yield from _row("newer", f"Segment offers another in its place: segment-sandbox sdk {sdk['superseded_by']}")
    for gotcha in sdk["gotchas"]:
        yield from _row("mind", gotcha)
    yield from _row("checked", _CHECKED[sdk["checked"]])


def _whither(answer: Mapping[str, Any]) -> str:
    source = f"the write key of {answer['source']}" if answer["source"] else "no write key: there is no source"
    asleep = "" if answer["running"] else "  (no sandbox runs: this is where `up` would answer)"
    return f"to {answer['url']} with {source}{asleep}"


def _tls(answer: Mapping[str, Any], sdk: Mapping[str, Any]) -> str:
    if not sdk["needs_tls"]:
        return "not needed"
    speaks = "needed, it speaks https only"
    return f"{speaks}; it is on at {answer['tls']['url']}" if answer["tls"] else f"{speaks}: segment-sandbox up --tls"


def _row(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head.ljust(10),
        subsequent_indent=" " * 10,
        break_long_words=False,
        break_on_hyphens=False,
    )
