"""What a sample is expected to come to: the outcome, and what the partner's service must receive.

An expectation is a JSON file beside the sample: `order.expect.json`, or `order.webhook.expect.json` for a component.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from sandbox.samples import EXPECTATION

Difference = dict[str, Any]
"""`{"path", "expected", "seen"}`; one of the last two is missing where there is nothing."""

_PLACEHOLDER: Final = re.compile(r"\{\{(any|string|number|uuid|timestamp|sandbox)\}\}")
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_TIMESTAMP: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"
_PATTERNS: Final = {
    "any": r"(?:.|\n)*",
    "string": r"(?:.|\n)+",
    "number": r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
    "uuid": _UUID,
    "timestamp": rf"(?:{_TIMESTAMP}|\d{{10}}|\d{{13}})",
}
SECRET_CHARACTERS: Final = 4
"""A setting that is shorter cannot be told from other text, and is not masked."""

PLACEHOLDERS: Final = (*_PATTERNS, "sandbox")
"""What may stand for a value that varies, as `{{uuid}}`; `sandbox` is the sandbox's own address."""

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")

_VARYING_HEADERS: Final = frozenset({"host", "content-length", "connection", "authorization"})
"""Headers that are not written into an expectation: they vary, or hold a secret."""

_PARTS: Final = {"outcome": dict, "requests": list}
_OUTCOME: Final = ("colour", "code", "rule", "state", "reason")


@dataclass(frozen=True, slots=True)
class Observer:
    """Looks at results; `home` is the sandbox's address, `secrets` are values that no file may hold."""

    home: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def observed(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Write down what a result was, as an expectation with placeholders for what varies and what is secret."""
        sent = orjson.dumps(result["sent"]).decode()
        requests = [self._request(exchange["request"]) for exchange in result["exchanges"]]
        return {"outcome": _outcome(result), "requests": self._masked(requests, sent)}

    def differences(self, expected: Mapping[str, Any], result: Mapping[str, Any]) -> list[Difference]:
        """Compare a result with what is expected, field by field; what the expectation leaves out is free."""
        found: list[Difference] = []
        if "outcome" in expected:
            seen = {key: value for key, value in _outcome(result).items() if key in expected["outcome"]}
            found += self._compare("outcome", expected["outcome"], seen)
        if "requests" in expected:
            requests = [self._request(exchange["request"]) for exchange in result["exchanges"]]
            shown = [_like(each, seen) for each, seen in zip(expected["requests"], requests, strict=False)]
            found += self._compare("requests", expected["requests"], [*shown, *requests[len(shown) :]])
        return found

    def kept(self, before: Any, seen: Any) -> Any:
        """Return what was seen, with the placeholders of an earlier expectation where they still fit."""
        if isinstance(before, str) and _PLACEHOLDER.search(before) and not list(self._compare("", before, seen)):
            return before
        if isinstance(before, dict) and isinstance(seen, dict):
            return {key: self.kept(before.get(key), value) for key, value in seen.items()}
        if isinstance(before, list) and isinstance(seen, list):
            return [self.kept(one, other) for one, other in zip(before, seen, strict=False)] + seen[len(before) :]
        return seen

    def _request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        headers: dict[str, str] = {}
        for name, value in request["headers"]:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return {"method": request["method"], "url": request["url"], "headers": headers, "body": _body(request)}

    def _masked(self, value: Any, sent: str) -> Any:
        match value:
            case str():
                return self._masked_text(value, sent)
            case list():
                return [self._masked(each, sent) for each in value]
            case dict():
                return {
                    key: self._masked(each, sent)
                    for key, each in value.items()
                    if key.lower() not in _VARYING_HEADERS
                }
            case _:
                return value

    def _masked_text(self, text: str, sent: str) -> str:
        """Put placeholders for secrets, for the sandbox's address, and for ids and times that are not the event's."""
        for secret in self.secrets:
            text = text.replace(secret, "{{any}}")
        text = _BASE64.sub(self._masked_base64, text).replace(self.home, "{{sandbox}}")
        text = re.sub(_UUID, lambda found: found[0] if found[0] in sent else "{{uuid}}", text)
        return re.sub(_TIMESTAMP, lambda found: found[0] if found[0] in sent else "{{timestamp}}", text)

    def _masked_base64(self, found: re.Match[str]) -> str:
        """Mask what is a secret once it is decoded, such as Basic authorization and X-Segment-Settings."""
        padded = found[0].rstrip("=") + "=" * (-len(found[0].rstrip("=")) % 4)
        try:
            decoded = base64.urlsafe_b64decode(padded.replace("+", "-").replace("/", "_"))
        except ValueError:
            return found[0]
        return "{{any}}" if any(secret.encode() in decoded for secret in self.secrets) else found[0]

    def _compare(self, path: str, expected: Any, seen: Any) -> Iterator[Difference]:
        if isinstance(expected, dict) and isinstance(seen, dict):
            yield from self._compare_parts(path, expected, seen)
        elif isinstance(expected, list) and isinstance(seen, list):
            yield from self._compare_parts(path, dict(enumerate(expected)), dict(enumerate(seen)))
        elif not self._fits(expected, seen):
            yield {"path": path, "expected": expected, "seen": seen}

    def _compare_parts(self, path: str, expected: Mapping[Any, Any], seen: Mapping[Any, Any]) -> Iterator[Difference]:
        for key in dict.fromkeys([*expected, *seen]):
            here = f"{path}.{key}" if path else str(key)
            if key not in seen:
                yield {"path": here, "expected": expected[key]}
            elif key not in expected:
                yield {"path": here, "seen": seen[key]}
            else:
                yield from self._compare(here, expected[key], seen[key])

    def _fits(self, expected: Any, seen: Any) -> bool:
        if not isinstance(expected, str) or not _PLACEHOLDER.search(expected):
            return type(expected) is type(seen) and bool(expected == seen)
        if expected == "{{any}}":
            return True
        if isinstance(seen, dict | list | bool) or seen is None:
            return False
        return re.fullmatch(self._pattern(expected), str(seen)) is not None

    def _pattern(self, text: str) -> str:
        parts = _PLACEHOLDER.split(text)
        return "".join(self._part(part) if index % 2 else re.escape(part) for index, part in enumerate(parts))

    def _part(self, name: str) -> str:
        return re.escape(self.home) if name == "sandbox" else _PATTERNS[name]


def _outcome(result: Mapping[str, Any]) -> dict[str, Any]:
    told = {**result, **result["outcome"]}
    return {key: told[key] for key in _OUTCOME}


def _like(expected: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the expectation of a request does not speak of, in its case of the headers' names."""
    if not isinstance(expected, dict):
        return seen
    shown = {key: value for key, value in seen.items() if key in expected}
    if isinstance(expected.get("headers"), dict):
        named = {name.lower(): value for name, value in seen["headers"].items()}
        shown["headers"] = {name: named[name.lower()] for name in expected["headers"] if name.lower() in named}
    return shown


def _body(request: Mapping[str, Any]) -> Any:
    """Return a body as JSON where it is JSON, else as text."""
    text = request.get("body", request.get("body_base64", ""))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


# -- files --------------------------------------------------------------------------------------------------------


def load_expectations(folder: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Read the expectations in a folder and below it, by the name of the sample; and what is wrong with them."""
    found: dict[str, dict[str, Any]] = {}
    mistakes: list[str] = []
    for file in sorted(folder.rglob(f"*{EXPECTATION}")):
        name = file.relative_to(folder).as_posix().removesuffix(EXPECTATION)
        try:
            content = orjson.loads(file.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            mistakes.append(f"{folder.name}/{name}{EXPECTATION}: it cannot be read: {error}. Mend it, or remove it.")
            continue
        words = complaint(content)
        if words is None:
            found[name] = content
        else:
            mistakes.append(f"{folder.name}/{name}{EXPECTATION}: {words}")
    return found, mistakes


def complaint(expected: Any) -> str | None:
    """Say what keeps a value from being an expectation; None when nothing does."""
    expected_words = 'Expected is {"outcome": {…}, "requests": […]}; either may be left out.'
    if not isinstance(expected, dict):
        return f"it is no JSON object. {expected_words}"
    wrong = [key for key, value in expected.items() if not isinstance(value, _PARTS.get(key, ()))]
    wrong += [f"outcome.{key}" for key in expected.get("outcome", ()) if key not in _OUTCOME]
    return f"{', '.join(wrong)} does not belong there. {expected_words}" if wrong else None


def expected_of(expectations: Mapping[str, Mapping[str, Any]], name: str, component: str) -> Mapping[str, Any] | None:
    """Return what is expected of a sample from a component; what is said for it alone goes first."""
    return expectations.get(f"{name}.{component}") or expectations.get(name)


def secrets_of(values: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    """Return the texts among these settings that are to stay secret, the long ones first."""
    texts = {text for key in keys if len(text := str(values.get(key, ""))) >= SECRET_CHARACTERS}
    return tuple(sorted(texts, key=len, reverse=True))
