"""Secrets out of sight: values of sensitive settings are masked wherever a view shows what a component did.

The journal keeps requests as they went over the wire; only what is shown is masked. It goes by value: in whatever
spelling a secret stands in a text, plain, escaped, or in base64 with other things around it, it is found.
"""

import asyncio
import html
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, quote_plus

import orjson

MASK: Final = "••••"
LEAST_CHARACTERS: Final = 4
"""A shorter value is in every second word: it is not masked."""

_NESTED: Final = frozenset({"deliveries", "attempts", "results"})
_WRITTEN_BY_US: Final = frozenset(
    {"exchanges", "logs", "insert", "request", "returned", "warnings", "detail", "advice"}
)
"""Fields whose texts may hold a secret and whose names are the sandbox's own."""

_WRITTEN_BY_OTHERS: Final = frozenset({"message", "received", "error", "objects", "sent", "cause", "differences"})
"""Fields in which names and numbers may be a secret as well."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")
_HEX: Final = re.compile(r"%[0-9A-F]{2}")
_ENCODE_URI_COMPONENT: Final = "!'()*-._~"
_ENCODE_URI: Final = f"{_ENCODE_URI_COMPONENT};,/?:@&=+$#"


async def masked(view: Any, secrets: frozenset[str]) -> Any:
    """Mask secrets in messages, deliveries, changes or runs of suites as the API shows them, in a thread."""
    return await asyncio.to_thread(masks_for(secrets).view, view) if secrets else view


@lru_cache(maxsize=8)
def masks_for(secrets: frozenset[str]) -> "Masks":
    """Return what masks these values."""
    return Masks(secrets)


class Masks:
    """Replaces secrets by `MASK`; values of fewer than `LEAST_CHARACTERS` characters are let be."""

    def __init__(self, secrets: Iterable[str]) -> None:
        long_enough = {each for each in secrets if len(each) >= LEAST_CHARACTERS}
        spellings = {spelling for each in long_enough for spelling in _spellings(each)}
        self._spellings = sorted(spellings, key=len, reverse=True)  # one secret may be the beginning of another
        self._cores = tuple({core for each in long_enough for core in _cores(each)})
        self._numbers = long_enough

    def view(self, shown: Any) -> Any:
        """Mask messages, deliveries, attempts, changes or runs as the API shows them; what names them stays."""
        if not self._spellings:
            return shown
        if isinstance(shown, list):
            return [self.view(each) for each in shown]
        return {name: self._field(name, value) for name, value in shown.items()}

    def text(self, text: str) -> str:
        """Mask a text."""
        if any(core in text for core in self._cores):
            text = _TOKEN.sub(self._token, text)
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text

    def _field(self, name: str, value: Any) -> Any:
        if name in _NESTED and isinstance(value, list):
            return self.view(value)
        if name in _WRITTEN_BY_US:
            return self._ours(value)
        if name in _WRITTEN_BY_OTHERS and not isinstance(value, int):
            return self._others(orjson.loads(orjson.dumps(value)))
        return value

    def _ours(self, value: Any) -> Any:
        """Mask all texts in a value."""
        match value:
            case str():
                return self.text(value)
            case list() | tuple():
                return [self._ours(each) for each in value]
            case dict():
                # An error that was thrown has whatever fields the code gave it.
                return {
                    name: self._others(each) if name == "error" else self._ours(each) for name, each in value.items()
                }
            case _:
                return value

    def _others(self, value: Any) -> Any:
        """Mask all texts and numbers in a value, and the names of its fields."""
        match value:
            case str():
                return self.text(value)
            case list() | tuple():
                return [self._others(each) for each in value]
            case dict():
                return {self.text(name): self._others(each) for name, each in value.items()}
            case int() | float() if str(value) in self._numbers:
                return MASK
            case _:
                return value

    def _token(self, found: re.Match[str]) -> str:
        """Mask a run of base64's characters with a secret in it: a JSON object, as settings are sent, in place."""
        token = found[0]
        if not any(core in token for core in self._cores):
            return token
        try:
            value = json.loads(_decoded(token))
        except (Base64Error, ValueError, RecursionError):
            return MASK
        if not isinstance(value, dict):
            return MASK
        text = json.dumps(self._others(value), ensure_ascii=False, separators=(",", ":"))
        return b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _decoded(token: str) -> bytes:
    padded = token.rstrip("=") + "=" * (-len(token.rstrip("=")) % 4)
    return urlsafe_b64decode(padded) if {*"-_"} & {*token} else b64decode(padded, validate=True)


def _spellings(secret: str) -> set[str]:
    """Write a secret in all the ways in which it may stand in a text."""
    in_json = [*_in_json(secret)]
    in_urls = [
        quote_plus(secret, errors="replace"),
        *(quote(secret, safe, errors="replace") for safe in ("", _ENCODE_URI_COMPONENT, _ENCODE_URI)),
    ]
    lower = [_HEX.sub(lambda found: found[0].lower(), each) for each in in_urls]
    in_html = [html.escape(secret, quote=with_quotes) for with_quotes in (True, False)]
    nested = [each for text in in_json for each in _in_json(text)]
    return {secret, *in_json, *nested, *in_urls, *lower, *in_html}


def _in_json(text: str) -> Iterator[str]:
    """Write a text as it stands in JSON, as JavaScript, Python and PHP do."""
    for ascii_only in (False, True):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")


def _cores(secret: str) -> Iterator[str]:
    """Give what every base64 of something with the secret in it has in common, at each of the three alignments."""
    for text in {secret, *_in_json(secret)}:
        raw = text.encode("utf-8", "replace")
        for before in range(3):
            whole = b64encode(bytes(before) + raw).decode()
            core = whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
            yield core
            yield core.replace("+", "-").replace("/", "_")
