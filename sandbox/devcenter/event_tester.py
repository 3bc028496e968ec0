"""The Event Tester: one event to one destination or component, past every filter, with all that happened shown.

Source: segment-docs, Testing connections: destination filters are bypassed, and the event is a real one.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson

from sandbox.destinations import Attempts, Try
from sandbox.devcenter.verdict import CodeText, Kind, Verdict, judge
from sandbox.journal import records
from sandbox.messages import Arrival, normalise
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered, Outcome, reason
from sandbox.spec import ingest_failure
from sandbox.wire import Response

_FAILED_STATUS: Final = 400
"""From here on, statuses say that a request did not succeed."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an event is sent to.

    Attributes:
        component: `function` or `webhook`, or the slug of a destination function.
        destination: the slug of the destination that it is sent to, or whose settings are used; `None` for neither.
        shown: the endpoint, or the file of the function.
        project_id: of the source, as it shows in events.
        secrets: values of settings that no file may hold.
        settings: what the component gets, as JSON.
        code: the function's, where the lines are to be shown.
        rejects_with_400: whether an answer 400 is yellow.
    """

    component: str
    destination: str | None
    kind: Kind
    shown: str
    attempts: Attempts
    project_id: str
    code: CodeText | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    settings: bytes = field(default=b"{}", repr=False)
    rejects_with_400: bool = False


@dataclass(frozen=True, slots=True)
class Tested:
    """What one event came to: the message as it was handed over, and what the attempt showed."""

    message: Mapping[str, Any]
    record: AttemptRecord
    verdict: Verdict
    took_ms: float
    warnings: tuple[str, ...]


class NotWritableError(ValueError):
    """The event is nested too deeply to be written."""


async def test_event(event: Mapping[str, Any], target: Target, received_at_ms: int) -> Tested:
    """Send one event to the target once, stamped as an event of a server is.

    Raises:
        NotWritableError: it cannot be written.
    """
    message = normalise(event, Arrival(received_at_ms, "server", target.project_id))
    started = time.perf_counter()
    record = await target.attempts.attempt(_try(message, target, received_at_ms))
    took_ms = round((time.perf_counter() - started) * 1000, 1)
    verdict = judge(record, target.kind, target.code, rejects_with_400=target.rejects_with_400)
    return Tested(message, record, verdict, took_ms, record.warnings + _warnings(message, record, target.kind))


test_event.__test__ = False  # type: ignore[attr-defined]  # for pytest: this is no test


def _try(message: Mapping[str, Any], target: Target, at_ms: int) -> Try:
    try:
        body = orjson.dumps(message)
    except orjson.JSONEncodeError as error:
        raise NotWritableError(str(error)) from None
    name = message.get("event") or message.get("name")
    return Try(
        target.destination or target.component,
        str(message.get("type")),
        name if isinstance(name, str) else None,
        str(message["messageId"]),
        body,
        at_ms=at_ms,
    )


def _warnings(message: Mapping[str, Any], record: AttemptRecord, kind: Kind) -> tuple[str, ...]:
    """Say what went well here and would not with an event of an SDK, or went well in spite of an answer."""
    return tuple(each for each in (_intake_warning(message), _answer_warning(record, kind)) if each)


def _intake_warning(message: Mapping[str, Any]) -> str | None:
    failure = ingest_failure(message, delete_allowed=True)
    if failure is None:
        return None
    return f"No SDK's call like this gets here: {failure}. {reason(failure).happened} {reason(failure).remedy}"


def _answer_warning(record: AttemptRecord, kind: Kind) -> str | None:
    if kind != "function" or not isinstance(record.outcome, Delivered) or not record.exchanges:
        return None
    last = record.exchanges[-1].outcome
    if isinstance(last, Response) and last.status < _FAILED_STATUS:
        return None
    told = f"was answered {last.status}" if isinstance(last, Response) else f"failed with {last.code}"
    return f"The function returned although its last request {told}: Segment counts the event as delivered."


def shown(tested: Tested) -> dict[str, Any]:
    """Show what one event came to, as the API answers it."""
    verdict = tested.verdict
    return {
        "type": tested.message.get("type"),
        "colour": verdict.colour.value,
        "code": verdict.code,
        "rule": verdict.rule.id,
        "reason": verdict.rule.why,
        "message": verdict.message,
        "accepted": verdict.rule.accepted,
        "review": verdict.rule.review,
        "cause": asdict(verdict.cause) if verdict.cause else None,
        "outcome": _outcome(tested.record.outcome),
        "took_ms": tested.took_ms,
        "sent": tested.message,
        "requests": len(tested.record.exchanges),
        **_run(tested),
    }


def _run(tested: Tested) -> dict[str, Any]:
    run: dict[str, Any] = orjson.loads(records.to_json(tested.record))
    run.pop("batch")
    for number, exchange in enumerate(run["exchanges"], 1):
        exchange["position"] = f"{number} of {len(run['exchanges'])}"
    return {**run, "warnings": list(tested.warnings)}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    """Show an outcome in Segment's words."""
    if isinstance(outcome, Delivered):
        return {"state": "delivered", "reason": None, "delivery_code": None}
    state = type(outcome).__name__.lower() if not isinstance(outcome, AwaitingRetry) else "awaiting_retry"
    return {"state": state, "reason": outcome.code, "delivery_code": getattr(outcome, "delivery_code", None)}
