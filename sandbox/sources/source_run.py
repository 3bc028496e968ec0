"""What a run of a source function came to: the calls it made, or why it made none.

Source: segment-docs, Source functions, Error types; Delivery Overview, Discard reasons, Failed on ingest.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, assert_never

import orjson

from sandbox.clock import iso
from sandbox.destinations.function import error_of, sentence_of, warnings_of
from sandbox.journal import Accepted
from sandbox.journal.records import body_fields, shown_exchanges, shown_logs
from sandbox.runtime import Crashed, Ending, Invocation, OutOfMemory, Returned, Threw, TimedOut
from sandbox.sources.function_request import Incoming, request_json
from sandbox.sources.reruns import Attempt, Call
from sandbox.spec import CALL_MAX_BYTES

_TOO_LARGE: Final = "failed calling Tracking API: the message is too large and over the maximum 32KB limit"
"""Source: segment-docs, Source functions, Error types."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run made no events: Segment's code, a sentence, and whether Segment would try again."""

    code: str
    message: str
    would_retry: bool = False

    def given_up(self, attempts: int) -> "Failure":
        """Return the failure of a last attempt."""
        message = f"{self.message.rstrip('.')}. Given up after {attempts} attempts."
        return replace(self, message=message, would_retry=False)


@dataclass(frozen=True, slots=True)
class Emitted:
    """What the code handed to `Segment`: calls for the Tracking API, and objects of `Segment.set`."""

    events: Sequence[dict[str, Any]] = ()
    objects: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class SourceRun:
    """One run of onRequest: an attempt of a call.

    Attributes:
        source: the slug of the source that the function feeds.
        started_ms: when it began, by the sandbox's clock; `ended_ms` when it was over.
        real_ms: when it began, by the machine's.
        next_ms: when the call is tried again; `None` where it is not.
        accepted: the numbers of the messages that it made; `None` where it made none.
    """

    attempt: Attempt
    source: str | None
    started_ms: int
    ended_ms: int
    real_ms: int
    invocation: Invocation
    emitted: Emitted
    failure: Failure | None
    next_ms: int | None = None
    accepted: Accepted | None = None


def emitted_by(invocation: Invocation) -> tuple[Emitted, Failure | None]:
    """Return what a run emitted, or why it failed; a run that failed emitted nothing, as at Segment."""
    failure = _failed(invocation.ending)
    if failure is not None or invocation.emitted is None:
        return Emitted(), failure
    try:
        values = orjson.loads(invocation.emitted)
        emitted = Emitted(values["events"], values["objects"])
        failure = _too_large(emitted)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        failure = Failure("TRACKING_API_FAILED", f"failed calling Tracking API: nested too deeply: {error}")
    return (emitted, None) if failure is None else (Emitted(), failure)


def _failed(ending: Ending) -> Failure | None:
    match ending:
        case Returned():
            return None
        case Threw(name="RetryError"):
            return Failure("RETRY_ERROR", f"{ending.name}: {ending.message}", would_retry=True)
        case Threw():
            return Failure("INVOKE_ERROR", f"{ending.name}: {ending.message}")
        case TimedOut():
            return Failure("FUNCTION_TIMEOUT", sentence_of(ending), would_retry=True)
        case OutOfMemory():
            return Failure("sandbox_memory", sentence_of(ending))
        case Crashed():
            return Failure("sandbox_crashed", sentence_of(ending))
        case _:
            assert_never(ending)


def _too_large(emitted: Emitted) -> Failure | None:
    """Refuse everything when one event is larger than the Tracking API takes.

    Raises:
        orjson.JSONEncodeError: something is nested too deeply to be written.
    """
    orjson.dumps(emitted.objects)
    for number, event in enumerate(emitted.events):
        size = len(orjson.dumps(event))
        if size > CALL_MAX_BYTES:
            return Failure("TRACKING_API_FAILED", f"{_TOO_LARGE} (event {number} has {size:,} bytes)")
    return None


def shown_request(incoming: Incoming) -> dict[str, Any]:
    """Show a request to the webhook."""
    query, peer = incoming.query, incoming.peer
    return {"headers": incoming.headers, "query": query, "peer": peer, **body_fields(incoming.body)}


def waiting_attempt(shown: Mapping[str, Any]) -> Attempt:
    """Return the attempt that follows a run, as `shown_run` and its number in the journal show it.

    Raises:
        BadRequestError: the request cannot be handed to the code; no run had such a request.
    """
    first = shown["retry_of"] or shown["seq"]
    incoming = _incoming(shown["request"])
    due_ms = round(datetime.fromisoformat(shown["next_attempt_at"]).timestamp() * 1000)
    return Attempt(
        Call(first, shown["function"], incoming, request_json(incoming)), shown["attempt"] + 1, first, due_ms
    )


def _incoming(shown: Mapping[str, Any]) -> Incoming:
    """Read what `shown_request` wrote; no webhook takes a body that is too long to be kept."""
    headers = tuple((name, value) for name, value in shown["headers"])
    body = b64decode(shown["body_base64"]) if "body_base64" in shown else shown["body"].encode()
    return Incoming(headers, shown["query"], body, shown["peer"])


def shown_run(run: SourceRun) -> dict[str, Any]:
    """Show a run as the notice `invocation` in the journal does."""
    failure, accepted, invocation = run.failure, run.accepted, run.invocation
    call = run.attempt.call
    return {
        "function": call.function,
        "source": run.source,
        "handler": "onRequest",
        "attempt": run.attempt.number,
        "retry_of": run.attempt.first,
        "state": "failed" if failure else "succeeded",
        "reason": failure.code if failure else None,
        "detail": failure.message if failure else None,
        "would_retry": failure.would_retry if failure else False,
        "next_attempt_at": None if run.next_ms is None else iso(run.next_ms),
        "started_at": iso(run.started_ms),
        "real_at": iso(run.real_ms),
        "duration_ms": round(invocation.duration_ms, 3),
        "request": shown_request(call.incoming),
        "messages": [accepted.first, accepted.last] if accepted else None,
        "objects": run.emitted.objects,
        "exchanges": shown_exchanges(invocation.exchanges),
        "logs": shown_logs(invocation.logs),
        "error": error_of(invocation.ending),
        "warnings": [*warnings_of(invocation), *_collections_not_lower(run.emitted.objects)],
    }


def _collections_not_lower(objects: Sequence[Any]) -> Iterator[str]:
    """Warn of objects whose collection is not in lower case. Source: segment-docs, Source functions, Object API."""
    names = dict.fromkeys(each["collection"] for each in objects if isinstance(each.get("collection"), str))
    for name in names:
        if name != name.lower():
            yield f"Segment.set takes a collection in lower case, as Segment documents: {name.lower()}, not {name}."
