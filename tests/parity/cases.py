"""The functions of the differential test, and what is compared of a run."""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from sandbox.runtime import Invocation, LoadError, Returned, Threw
from sandbox.wire import Exchange, NetworkError

FUNCTIONS: Final = Path(__file__).resolve().parent / "functions"
PATH: Final = "handler.js"
EVENT: Final[dict[str, Any]] = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "parity-1",
    "userId": "u1",
    "anonymousId": "a1",
    "timestamp": "2026-03-29T00:30:00.000Z",
    "context": {"ip": "192.0.2.9", "library": {"name": "parity", "version": "1.0.0"}},
    "integrations": {},
    "properties": {"price": "19.99", "quantity": 2, "list": [3, 1, 2], "text": "Größe ☃ \U0001d4b3", "none": None},
}
SETTINGS: Final[dict[str, Any]] = {"apiKey": "local-api-key", "tags": ["a", "b"]}
REQUEST: Final[dict[str, Any]] = {
    "body": '{"user":{"id":7,"name":"J\u00fcrgen"},"action":"seen","items":[1,2]}',
    "headers": [["Content-Type", "application/json"], ["X-Signature", "abc"], ["X-Twice", "1"], ["X-Twice", "2"]],
    "url": "https://fn.segmentapis.com/?b=token&name=J%C3%BCrgen",
}
_TYPE: Final = re.compile(r"^// event type: (\S+)$", re.MULTILINE)
_KIND: Final = re.compile(r"^// kind: (\w+)(?:, (batch))?$", re.MULTILINE)
_MATCHING: Final = re.compile(r"^\s+\.\.\. \d+ lines matching cause stack trace \.\.\.$")
_FRAME: Final = re.compile(rf"^\s+at .*?{re.escape(PATH)}:(\d+):\d+\)?$")
_BOUNDARY: Final = re.compile(r"-{20,}\d{10,}")
_OTHER_FRAME: Final = re.compile(r"^\s+at ")

FunctionKind: TypeAlias = Literal["subscription", "destination", "source", "insert"]
KINDS: Final[dict[str, FunctionKind]] = {"destination": "destination", "source": "source", "insert": "insert"}

Record = dict[str, Any]
"""What a run came to: `ending` and what belongs to it, `line`, `logs`, `requests`."""


@dataclass(frozen=True, slots=True)
class Case:
    """One function, run once."""

    name: str
    code: str

    @property
    def kind(self) -> FunctionKind:
        """The kind of function: a subscription function unless the code says otherwise."""
        found = _KIND.search(self.code)
        return KINDS[found[1]] if found else "subscription"

    @property
    def call(self) -> Literal["event", "batch", "request"]:
        """What is handed to the function."""
        if self.kind == "source":
            return "request"
        found = _KIND.search(self.code)
        return "batch" if found and found[2] else "event"

    @property
    def value(self) -> Any:
        """The first argument, as JSON has it: a track call unless the function says otherwise."""
        if self.call == "request":
            return REQUEST
        found = _TYPE.search(self.code)
        event = {**EVENT, "type": found[1]} if found else EVENT
        return [event, {**event, "messageId": "parity-2"}] if self.call == "batch" else event

    def as_json(self) -> dict[str, Any]:
        """Return the case as `node_runner.mjs` reads it."""
        fields = {"kind": self.kind, "call": self.call, "value": self.value, "settings": SETTINGS}
        return {"name": self.name, "code": self.code, **fields}


def all_cases() -> list[Case]:
    """Read the functions, by name."""
    return [Case(path.stem, path.read_text("utf-8")) for path in sorted(FUNCTIONS.glob("*.js"))]


def recorded(run: Invocation | LoadError) -> Record:
    """Put a run in the sandbox in the form in which Node's comes."""
    if isinstance(run, LoadError):
        return {"ending": "refused", "message": run.message, "line": run.line}
    emitted = None if run.emitted is None else json.loads(run.emitted)
    requests = [_request(exchange) for exchange in run.exchanges]
    return {**_ending(run), "logs": _logs(run), "requests": requests, "emitted": emitted}


def _ending(run: Invocation) -> Record:
    match run.ending:
        case Returned(value_json=text):
            return {"ending": "returned", "returned": None if text is None else json.loads(text)}
        case Threw(name=name, message=message, stack=stack, properties=properties):
            error = {"name": name, "message": message, "properties": properties}
            return {"ending": "threw", "error": error, "line": _line(stack)}
        case other:
            return {"ending": str(other)}


def _line(stack: str) -> int | None:
    found = re.search(rf"{re.escape(PATH)}:(\d+)", stack)
    return int(found[1]) if found else None


def _logs(run: Invocation) -> list[Record]:
    return [{"level": line.level, "text": line.text} for line in run.logs]


_WENT_OUT = "ECONNABORTED"
"""The code of a request that was sent and given up before its answer came."""


def _request(exchange: Exchange) -> Record:
    request = exchange.request
    if isinstance(exchange.outcome, NetworkError) and exchange.outcome.code != _WENT_OUT:
        return {"method": request.method, "url": request.url, "unsent": True}
    body = base64.b64encode(request.body).decode()
    return {
        "method": request.method,
        "url": request.url,
        "headers": [list(pair) for pair in request.headers],
        "body": body,
    }


def comparable(record: Record) -> Record:
    """Reduce stacks within log lines to the frames of the function, and take out what is random."""
    logs = [{**log, "text": _without_foreign_frames(log["text"])} for log in record.get("logs", [])]
    requests = [_without_boundary(request) for request in record.get("requests", [])]
    return {**record, **({"logs": logs} if logs else {}), **({"requests": requests} if requests else {})}


def _without_boundary(request: Record) -> Record:
    """Put a fixed text in the place of the random boundary of a form, and the text in that of its base64."""
    body = base64.b64decode(request.get("body", "")).decode("latin-1")
    headers = [[name, _BOUNDARY.sub("BOUNDARY", value)] for name, value in request.get("headers", [])]
    return {**request, "headers": headers, "body": _BOUNDARY.sub("BOUNDARY", body)}


def _without_foreign_frames(text: str) -> str:
    kept = []
    for line in text.split("\n"):
        frame = _FRAME.match(line)
        if frame:
            kept.append(f"    at line {frame[1]}")
        elif not _OTHER_FRAME.match(line) and not _MATCHING.match(line):
            kept.append(line)
    return "\n".join(kept)


def differences(ours: Any, nodes: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """Return where two records differ, by the path of the deepest value, with both values."""
    if type(ours) is not type(nodes):
        return {path: (ours, nodes)}
    if isinstance(ours, dict):
        pairs = {key: (ours.get(key, MISSING), nodes.get(key, MISSING)) for key in {**ours, **nodes}}
    elif isinstance(ours, list) and len(ours) == len(nodes):
        pairs = {str(index): pair for index, pair in enumerate(zip(ours, nodes, strict=True))}
    else:
        return {} if ours == nodes else {path: (ours, nodes)}
    found: dict[str, tuple[Any, Any]] = {}
    for key, pair in pairs.items():
        found |= differences(*pair, f"{path}.{key}" if path else str(key))
    return found


MISSING: Final = "(missing)"
