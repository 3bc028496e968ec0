"""Talks to the API of a running sandbox; the standard library is enough, and starts at once."""

import base64
import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any, Final

from sandbox.errors import UserMistakeError
from sandbox.password import PASSWORD_VARIABLE

URL_VARIABLE: Final = "SEGMENT_SANDBOX_URL"
TIMEOUT_S: Final = 10
STREAM_TIMEOUT_S: Final = 60
"""Longer than the stream's own pause between signs of life."""


class NoSandboxError(UserMistakeError):
    """Nothing answers at the address."""


class RefusedError(UserMistakeError):
    """The sandbox answers with an error: its status and all that it says, beside the sentence and the hint."""

    def __init__(self, message: str, hint: str, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(message, hint)
        self.status = status
        self.answer = answer


class Client:
    """Calls the API of one sandbox; every failure is a sentence."""

    def __init__(self, url: str) -> None:
        self.url = url
        # A proxy of the environment is not for a local port.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        if password := os.environ.get(PASSWORD_VARIABLE):
            basic = base64.b64encode(os.fsencode(f":{password}")).decode()
            self._opener.addheaders.append(("Authorization", f"Basic {basic}"))

    def get(self, path: str, timeout_s: float = TIMEOUT_S) -> Any:
        """Return the JSON answer of a GET, for which to wait so many seconds."""
        return self._call(urllib.request.Request(self.url + path), timeout_s)  # noqa: S310 - the scheme was checked

    def post(self, path: str, body: object, timeout_s: float = TIMEOUT_S) -> Any:
        """Return the JSON answer of a POST, for which to wait so many seconds."""
        return self.post_json(path, json.dumps(body).encode(), timeout_s)

    def post_json(self, path: str, data: bytes, timeout_s: float = TIMEOUT_S) -> Any:
        """Return the JSON answer of a POST of what is JSON already."""
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
            except (OSError, HTTPException):
                return

    def changes(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield what happens behind a number until the sandbox is gone; one that reads slowly misses nothing."""
        while True:
            try:
                for change in self.stream(f"/_sandbox/stream?after={after}"):
                    after = change["seq"]
                    yield change
            except NoSandboxError:
                return

    def _call(self, request: urllib.request.Request, timeout_s: float = TIMEOUT_S) -> Any:
        with self._open(request, timeout_s) as answer:
            try:
                return json.load(answer)
            except ValueError:
                raise self._not_ours() from None
            except (http.client.HTTPException, OSError) as error:
                raise self._no_answer(error) from None

    def _open(self, request: urllib.request.Request, timeout: float) -> Any:
        try:
            return self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (http.client.HTTPException, OSError) as error:
            raise self._no_answer(error) from None

    def _no_answer(self, error: Exception) -> NoSandboxError:
        reason = getattr(error, "reason", error)
        hint = f"Start one with `segment-sandbox up`, or say where it is: --url URL or {URL_VARIABLE}."
        return NoSandboxError(f"No sandbox answers at {self.url}: {reason}.", hint)

    def _refusal(self, error: urllib.error.HTTPError) -> UserMistakeError:
        with error:
            try:
                answer = json.load(error)
                told = answer["error"]
                return RefusedError(told["message"], told["hint"], error.code, answer)
            except (ValueError, KeyError, TypeError):
                return self._not_ours()

    def _not_ours(self) -> UserMistakeError:
        return UserMistakeError(f"What answers at {self.url} is not a sandbox.", "Check the address.")
