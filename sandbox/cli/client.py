"""Finds the running sandbox."""

import json
import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sandbox.client import URL_VARIABLE, Client, NoSandboxError
from sandbox.errors import UserMistakeError

__all__ = ["DEFAULT_URL", "URL_VARIABLE", "Client", "NoSandboxError", "connect", "is_named"]

DEFAULT_URL: Final = "http://127.0.0.1:8484"


def is_named(url: str | None) -> bool:
    """Say whether somebody said where the sandbox is, so that it has to be there."""
    return bool(url or os.environ.get(URL_VARIABLE))


def connect(url: str | None) -> Client:
    """Find the sandbox: the one named, that of the environment, that of this folder, the default address."""
    found = url or os.environ.get(URL_VARIABLE) or of_folder(Path.cwd()) or DEFAULT_URL
    if urlsplit(found).scheme not in ("http", "https"):
        raise UserMistakeError(f"{found} is no address of a sandbox.", f"Expected is something like {DEFAULT_URL}.")
    return Client(found.rstrip("/"))


def of_folder(folder: Path) -> str | None:
    """Read where the sandbox of this folder, or of one above it, runs."""
    for place in (folder, *folder.parents):
        try:
            return str(json.loads((place / ".segment-sandbox" / "run.json").read_text())["url"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None
