"""Green, yellow or red: what the Test Suite makes of an attempt, why, and where it comes from.

Source: segment-docs, partners, Test Suite: green and yellow pass, and a type that is not supported is yellow. That
a rejected payload is yellow as well is known from the harness that Segment tests its own functions with.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias, assert_never

from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered, Discarded, Filtered
from sandbox.wire import Exchange, NetworkError, Response

Kind: TypeAlias = Literal["function", "webhook"]

SHOWN_CHARACTERS: Final = 200
"""How much of a response's body, or of a line of code, is shown as the cause."""


class Colour(StrEnum):
    """What a test came to; green and yellow pass."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class CodeText:
    """A function's code as it runs: the path by which its stacks name it, and the text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One class of outcomes.

    Attributes:
        why: what happened.
        review: what a reviewer makes of it, and what to do.
    """

    id: str
    colour: Colour
    why: str
    review: str

    @property
    def accepted(self) -> bool:
        """Say whether a reviewer passes the event with it."""
        return self.colour is not Colour.RED

    @property
    def count(self) -> str:
        """Return the word under which the Test Suite counts it."""
        return _COUNTED.get(self.id) or _COUNTED_BY_COLOUR[self.colour]


@dataclass(frozen=True, slots=True)
class Cause:
    """What an outcome comes from: `place` is a line of the code or an exchange, `text` what stands there."""

    kind: Literal["code", "response", "network"]
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test came to.

    Attributes:
        code: a status, such as `200`, or the name of what came in its place, such as `ETIMEDOUT`.
        message: one sentence about this very event, empty where there is nothing to say.
    """

    rule: Rule
    code: str
    message: str = ""
    cause: Cause | None = None

    @property
    def colour(self) -> Colour:
        """Green, yellow or red."""
        return self.rule.colour


_GREEN, _YELLOW, _RED = Colour
_DOCUMENT: Final = "A reviewer accepts it; name the types that you support in the catalog's text."

_TABLE = (
    Rule("delivered", _GREEN, "The component took the event.", "A reviewer accepts it."),
    Rule("no-handler", _YELLOW, "The function has no handler for this type.", _DOCUMENT),
    Rule("not-supported", _YELLOW, "The function threw EventNotSupported.", _DOCUMENT),
    Rule("answered-501", _YELLOW, "The endpoint answered 501: no use for this type.", _DOCUMENT),
    Rule(
        "rejected",
        _YELLOW,
        "The component says that this event is not as it should be.",
        "A reviewer accepts it where the event lacks what you need; these events obey the Spec, so say in the "
        "catalog's text what you need. A setting that is missing belongs into the App's settings, as required.",
    ),
    Rule(
        "stopped-on-the-way",
        _YELLOW,
        "The insert function before the destination stopped the event.",
        "It is not the component's doing; test the component by itself.",
    ),
    Rule(
        "answered-400",
        _RED,
        "The endpoint refuses an event that obeys the Spec.",
        "A reviewer does not accept it. Take the event, or answer 501 where you have no use for its type.",
    ),
    Rule(
        "key-refused",
        _RED,
        "The endpoint does not take the API key.",
        "A reviewer does not accept it. The key comes as the user of Basic authorization, with no password; "
        "--setting apiKey=KEY tries another.",
    ),
    Rule(
        "redirected",
        _RED,
        "The endpoint answered with a redirect, which Segment does not follow.",
        "A reviewer does not accept it. Name the address that answers as the endpoint.",
    ),
    Rule(
        "answered-4xx",
        _RED,
        "The endpoint refused the request; Segment does not try again.",
        "A reviewer does not accept it. See what the endpoint answered.",
    ),
    Rule(
        "answered-429",
        _RED,
        "The endpoint asks to be called less often.",
        "A reviewer does not accept it: eight events are no load.",
    ),
    Rule(
        "answered-5xx",
        _RED,
        "The endpoint failed; Segment would try again.",
        "A reviewer does not accept it. See the log of your service.",
    ),
    Rule(
        "timeout",
        _RED,
        "There was no end in time; Segment would try again.",
        "A reviewer does not accept it. Answer first, and do the slow part afterwards.",
    ),
    Rule(
        "network",
        _RED,
        "There was no answer; Segment would try again.",
        "A reviewer does not accept it. Start the service, or mend the endpoint.",
    ),
    Rule(
        "retry",
        _RED,
        "The function threw RetryError; Segment would try again.",
        "A reviewer does not accept it: on the first try, an event of the suite has to go through.",
    ),
    Rule(
        "threw",
        _RED,
        "The function threw an error of no class that means something to Segment.",
        "A reviewer does not accept it. Mend the line, or throw EventNotSupported or InvalidEventPayload.",
    ),
    Rule(
        "out-of-memory",
        _RED,
        "The function used more memory than it may have.",
        "A reviewer does not accept it.",
    ),
    Rule("crashed", _RED, "The function's process ended.", "A reviewer does not accept it."),
    Rule(
        "does-not-load",
        _RED,
        "The function's code does not load.",
        "A reviewer does not accept it. Mend the line; segment-sandbox check looks at the whole file.",
    ),
    Rule(
        "settings",
        _RED,
        "The settings or the endpoint keep the component from being called.",
        "Mend them in the workspace file.",
    ),
    Rule(
        "blocked",
        _RED,
        "The sandbox did not connect.",
        "It says nothing about the component; see the message for what to change.",
    ),
    Rule(
        "too-large",
        _RED,
        "The answer is larger than the sandbox reads.",
        "A reviewer does not accept it. Answer with a status and a short message.",
    ),
    Rule(
        "as-expected",
        _GREEN,
        "It would be red, and the sample's file of expectations says so.",
        "A reviewer does not see it: it is a sample of yours.",
    ),
    Rule(
        "unexpected",
        _RED,
        "What was seen is not what the sample's file of expectations says.",
        "Look at the differences: mend the component, or write what is seen with --update.",
    ),
)

_COUNTED: Final = {"rejected": "Rejected", "stopped-on-the-way": "Filtered"}
_COUNTED_BY_COLOUR: Final = {_GREEN: "Success", _YELLOW: "Unsupported", _RED: "Failed"}

RULES: Final = {rule.id: rule for rule in _TABLE}
"""Every class of outcomes by its id."""


def judge(
    record: AttemptRecord, kind: Kind, code: CodeText | None = None, *, rejects_with_400: bool = False
) -> Verdict:
    """Say what the Test Suite makes of an attempt.

    Args:
        record: what the attempt showed.
        kind: of the component.
        code: the function's, to show the line.
        rejects_with_400: whether an answer 400 is to count as a function's InvalidEventPayload does.
    """
    outcome = record.outcome
    match outcome:
        case Delivered(status):
            return Verdict(RULES["delivered"], str(status))
        case Filtered():
            return Verdict(RULES["stopped-on-the-way"], outcome.code, outcome.message)
        case Discarded() | AwaitingRetry():
            cause = _cause(record, kind, code)
            rule = _rule(outcome, kind, cause)
            if rejects_with_400 and rule == "answered-400":
                rule = "rejected"
            return Verdict(RULES[rule], _shown_code(outcome, kind), outcome.message, cause)
        case _:
            assert_never(outcome)


_BY_CODE: Final = {
    "MESSAGE_REJECTED": "rejected",
    "BAD_REQUEST": "threw",
    "INVALID_SETTINGS": "settings",
    "sandbox_not_loaded": "does-not-load",
    "sandbox_blocked": "blocked",
    "INTERNAL": "too-large",
    "ETIMEDOUT": "timeout",
    "RETRY": "retry",
    "sandbox_memory": "out-of-memory",
    "sandbox_crashed": "crashed",
    "400": "answered-400",
    "401": "key-refused",
    "403": "key-refused",
    "429": "answered-429",
}


def _rule(outcome: Discarded | AwaitingRetry, kind: Kind, cause: Cause | None) -> str:
    if outcome.code == "UNSUPPORTED_EVENT_TYPE":
        if kind == "webhook":
            return "answered-501"
        return "not-supported" if cause is not None and cause.kind == "code" else "no-handler"
    known = _BY_CODE.get(outcome.code)
    if known is not None:
        return known
    return {"3": "redirected", "4": "answered-4xx", "5": "answered-5xx"}.get(outcome.code[:1], "network")


_AS_STATUS: Final = {"UNSUPPORTED_EVENT_TYPE": "501", "MESSAGE_REJECTED": "400", "BAD_REQUEST": "400"}
"""What a function's error is shown as: 501 is Segment's, the others are ours."""


def _shown_code(outcome: Discarded | AwaitingRetry, kind: Kind) -> str:
    return _AS_STATUS.get(outcome.code, outcome.code) if kind == "function" else _status(outcome.code)


def _status(code: str) -> str:
    return "501" if code == "UNSUPPORTED_EVENT_TYPE" else code


# -- where it comes from ----------------------------------------------------------------------------------------


def _cause(record: AttemptRecord, kind: Kind, code: CodeText | None) -> Cause | None:
    """Return the line that threw, else the exchange that ended it."""
    thrown = _line(record, code) if kind == "function" else None
    if thrown is not None:
        return thrown
    exchanges = record.exchanges
    return _of_exchange(exchanges[-1], len(exchanges)) if kind == "webhook" and exchanges else None


_FRAME: Final = re.compile(r"\(?([^\s()]+):(\d+):(\d+)\)?$", re.MULTILINE)


def _line(record: AttemptRecord, code: CodeText | None) -> Cause | None:
    """Find the partner's own innermost frame in the stack."""
    stack = (record.error or {}).get("stack")
    if not isinstance(stack, str):
        return None
    for path, line, column in _FRAME.findall(stack):
        if code is None or path == code.path:
            return Cause("code", f"{path}:{line}:{column}", _text_of(code, int(line)))
    return None


def _text_of(code: CodeText | None, line: int) -> str:
    lines = code.text.splitlines() if code is not None else []
    return lines[line - 1].strip()[:SHOWN_CHARACTERS] if 0 < line <= len(lines) else ""


def _of_exchange(exchange: Exchange, count: int) -> Cause:
    place = f"response {count} of {count}"
    match exchange.outcome:
        case Response() as response:
            text = response.body[: 4 * SHOWN_CHARACTERS].decode("utf-8", "replace")[:SHOWN_CHARACTERS]
            status = f"{response.status} {response.reason}".strip()
            return Cause("response", place, f"{status}  {text}".strip())
        case NetworkError() as error:
            return Cause("network", f"request {count} of {count}", f"{error.code}: {error.message}")
