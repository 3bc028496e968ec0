"""Finds the running sandbox and talks to its API; the standard library is enough, and starts at once."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.errors import UserMistakeError

DEFAULT_URL: Final = "http://127.0.0.1:8484"
URL_VARIABLE: Final = "SEGMENT_SANDBOX_URL"
TIMEOUT_S: Final = 10
STREAM_TIMEOUT_S: Final = 60
"""Longer than the stream's own pause between signs of life."""


class NoSandboxError(UserMistakeError):
    """Nothing answers at the address."""


class Client:
    """Calls the API of one sandbox; every failure is a sentence."""

    def __init__(self, url: str) -> None:
        self.url = url
        # A proxy of the environment is not for a local port.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str) -> Any:
        """Return the JSON answer of a GET."""
        return self._call(urllib.request.Request(self.url + path))  # noqa: S310 - the scheme was checked

    def post(self, path: str, body: object, timeout_s: float = TIMEOUT_S) -> Any:
        """Return the JSON answer of a POST, for which to wait so many seconds."""
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers)  # noqa: S310 - the scheme was checked
        return self._call(request, timeout_s)

    def delete(self, path: str) -> Any:
        """Return the JSON answer of a DELETE."""
        return self._call(urllib.request.Request(self.url + path, method="DELETE"))  # noqa: S310 - the scheme was checked

    def stream(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the events of a stream until it ends."""
        with self._open(urllib.request.Request(self.url + path), STREAM_TIMEOUT_S) as answer:  # noqa: S310 - checked
            try:
                for line in answer:
                    if line.startswith(b"data: "):
                        yield json.loads(line[6:])
            except OSError:
                return

    def _call(self, request: urllib.request.Request, timeout_s: float = TIMEOUT_S) -> Any:
        with self._open(request, timeout_s) as answer:
            try:
                return json.load(answer)
            except ValueError:
                raise self._not_ours() from None

    def _open(self, request: urllib.request.Request, timeout: float) -> Any:
        try:
            return self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            hint = f"Start one with `segment-sandbox up`, or say where it is: --url URL or {URL_VARIABLE}."
            raise NoSandboxError(f"No sandbox answers at {self.url}: {reason}.", hint) from None

    def _refusal(self, error: urllib.error.HTTPError) -> UserMistakeError:
        try:
            told = json.load(error)["error"]
            return UserMistakeError(told["message"], told["hint"])
        except (ValueError, KeyError, TypeError):
            return self._not_ours()

    def _not_ours(self) -> UserMistakeError:
        return UserMistakeError(f"What answers at {self.url} is not a sandbox.", "Check the address.")


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
