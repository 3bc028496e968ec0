"""What `up --tls` prints once: for each SDK, the one line that makes it trust the sandbox's certificate."""

import click

from sandbox.sdks.trust import LINES, trust_line


def trust_table(url: str, authority: str) -> str:
    """Write where the sandbox speaks TLS, and what to do so that an SDK believes it."""
    width = max(len(name) for name, _ in LINES.values())
    rows = [f"{name.ljust(width)}  {trust_line(client, authority)}" for client, (name, _) in LINES.items()]
    return "\n".join([click.style(f"TLS  {url}  authority {authority}", bold=True), *rows, ""])
