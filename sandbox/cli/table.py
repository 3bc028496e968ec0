"""What `up` prints once: the address, the sources, the destinations, and a line to begin with."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import click

from sandbox.password import PASSWORD_VARIABLE


def start_table(url: str, workspace: Mapping[str, Any], mistakes: Sequence[str]) -> str:
    """Write the table, the mistakes in the partner's files, and the first things to do."""
    sources = [(each["slug"], each["write_key"], _state(each)) for each in workspace["sources"]]
    destinations = [
        (each["slug"], each["kind"], each["source"], each["state"], each["target"])
        for each in workspace["destinations"]
    ]
    functions = [
        (
            each["slug"],
            each["kind"],
            each["source"] or each["destination"] or "",
            each["state"],
            each["url"] or each["code"],
        )
        for each in workspace["functions"]
    ]
    title = click.style(f"segment-sandbox  {url}  workspace {workspace['slug']}", bold=True)
    parts = [title, *_rows(("source", "write key", ""), sources)]
    parts += _rows(("function", "kind", "before", "state", "target"), functions)
    parts += _rows(("destination", "kind", "source", "state", "target"), destinations)
    parts += [f"{click.style('mistake', fg='red')}  {mistake}" for mistake in mistakes]
    return "\n".join([*parts, "", *_first_steps(url, workspace)])


def openness(host: str, *, has_password: bool) -> str | None:
    """Warn of an address that others in the network reach, where no password keeps them out."""
    if has_password or _is_loopback(host):
        return None
    mark = click.style("OPEN", fg="red", bold=True)
    return (
        f"{mark}  Everybody in the network can read the journal and drive this sandbox at {host}.\n"
        f"      Ask for a password with --password-file FILE or {PASSWORD_VARIABLE}.\n"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _state(source: Mapping[str, Any]) -> str:
    if not source["enabled"]:
        return "disabled"
    return "OAuth enforced" if source["oauth_enforced"] else ""


def _rows(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Align columns; nothing at all where there are no rows."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    headline = "  ".join(cell.ljust(width) for cell, width in zip(head, widths, strict=True)).rstrip()
    return ["", click.style(headline, dim=True), *lines]


def _first_steps(url: str, workspace: Mapping[str, Any]) -> list[str]:
    key = next((each["write_key"] for each in workspace["sources"] if each["enabled"]), None)
    if key is None:
        return ["No source is enabled; nothing can be sent."]
    track = """'{"userId":"user-1","event":"Signed Up"}'"""
    return [
        f"curl    curl -u {key}: {url}/v1/track -d {track}",
        f"Python  analytics.write_key, analytics.host = '{key}', '{url}'",
        "others  segment-sandbox sdk",
        "",
    ]
