"""What can become of a message and of a delivery, in Segment's words, as plain values.

Codes, what they mean and what to do follow Segment's Delivery Overview; a code that Segment has no
published name for begins with `sandbox_`.
Source: segment-docs, Delivery Overview, Discard reasons; Integration error codes.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from sandbox.wire import Exchange

STILL_OPEN: Final = "was still open when the handler returned"
"""What the warning about a timer or request says that a handler left behind."""


class MessageState(StrEnum):
    """Where a message stands after the source has taken it in."""

    ACCEPTED = "accepted"
    FAILED_ON_INGEST = "failed_on_ingest"
    FILTERED_AT_SOURCE = "filtered_at_source"
    DUPLICATE = "duplicate"


class DeliveryState(StrEnum):
    """Where a message stands on its way to one destination."""

    PENDING = "pending"
    AWAITING_RETRY = "awaiting_retry"
    DELIVERED = "delivered"
    DISCARDED = "discarded"
    FILTERED = "filtered"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message stopped: Segment's code, what happened, and what to do about it."""

    code: str
    happened: str
    remedy: str


_REASONS = (
    # Failed on ingest
    Reason("empty_batch", "The batch holds no messages.", "Put at least one message into `batch`."),
    Reason(
        "project_not_found",
        "No source of this workspace has this write key.",
        "Copy a write key from the table that `segment-sandbox up` prints.",
    ),
    Reason("source_disabled", "The source is switched off.", "Set enabled = true on the source."),
    Reason(
        "no_user_anon_id",
        "The message has neither a userId nor an anonymousId.",
        "Send at least one of the two, as a string that is not empty.",
    ),
    Reason(
        "id_not_string",
        "The userId or anonymousId is empty or is not a string.",
        "Send ids as strings that are not empty; leave out the one you do not know.",
    ),
    Reason(
        "event_not_defined",
        "The track call names no event.",
        "Send `event`, a string that is not empty.",
    ),
    Reason("event_not_string", "The event name of a track call is not a string.", "Send `event` as a string."),
    Reason(
        "properties_not_object",
        "`properties` is not an object.",
        "Send `properties` as a JSON object, or leave it out.",
    ),
    Reason("traits_not_object", "`traits` is not an object.", "Send `traits` as a JSON object, or leave it out."),
    Reason(
        "name_not_string",
        "The name of a page or screen call is empty or is not a string.",
        "Send `name` as a string that is not empty, or leave it out.",
    ),
    Reason(
        "category_not_string",
        "The category of a page or screen call is empty or is not a string.",
        "Send `category` as a string that is not empty, or leave it out.",
    ),
    Reason(
        "invalid_type",
        "The type is none of identify, track, page, screen, group and alias.",
        "Send one of the six types, in lower case.",
    ),
    Reason("missing_type", "The message has no type.", "Send `type`, one of the six calls of the Spec."),
    Reason(
        "consent_categorypreferences_should_exist",
        "A consent update carries no context.consent.categoryPreferences.",
        "Send the categories and what the user chose in context.consent.categoryPreferences.",
    ),
    Reason(
        "consent_categorypreferences_fields_should_be_object",
        "context.consent.categoryPreferences is not an object.",
        "Send it as an object from category to true or false.",
    ),
    Reason(
        "consent_categorypreferences_fields_should_be_bool",
        "A value in context.consent.categoryPreferences is neither true nor false.",
        "Send true or false for each category.",
    ),
    Reason(
        "consent_version_should_be_number",
        "context.consent.version is not a number.",
        "Send the version as a number, or leave it out.",
    ),
    Reason(
        "device_advertisingid_should_be_string",
        "context.device.advertisingId is not a string.",
        "Send the advertising id as a string, or leave it out.",
    ),
    Reason(
        "sandbox_batch_too_long",
        "The batch holds more than 2,500 messages; Segment answers 200 and rejects it.",
        "Send at most 2,500 messages in a batch.",
    ),
    Reason(
        "sandbox_item_not_object",
        "An item of the batch is not an object.",
        "Send each item of `batch` as a JSON object.",
    ),
    # Failed on ingest, in a source function
    Reason(
        "unknown_source",
        "No source function has this address.",
        "Copy the address from the table that `segment-sandbox up` prints.",
    ),
    Reason(
        "INVOKE_ERROR",
        "The source function threw an error; nothing that it made was sent.",
        "Mend the line that the stack names; throw RetryError where another try may help.",
    ),
    Reason(
        "RETRY_ERROR",
        "The source function asked for another try.",
        "Nothing: it is tried six times, the second time after one to three minutes; "
        "`segment-sandbox clock advance` makes that time come.",
    ),
    Reason(
        "FUNCTION_TIMEOUT",
        "The source function did not end within its limit.",
        "Make it faster, or raise its timeout; it is tried six times.",
    ),
    Reason(
        "TRACKING_API_FAILED",
        "The Tracking API does not take an event that the source function made; none was sent.",
        "Keep each event below 32 KB.",
    ),
    # Duplicates have no published code
    Reason(
        "sandbox_duplicate",
        "A message with this messageId came in within the last 24 hours.",
        "Send a new messageId for a new event; the same one is right only for a repeat.",
    ),
    # Filtered at destination
    Reason(
        "FILTERED_BY_INTEGRATIONS_OBJECT",
        "The message's integrations object switches this destination off.",
        "Name the destination with true in `integrations`; names are case sensitive.",
    ),
    Reason(
        "MESSAGE_SENT_CLIENT_SIDE",
        "The message was handed to this destination on the client already: its `_metadata.bundled` says so.",
        "Nothing, where the destination works in device-mode; else see why the client takes it for bundled.",
    ),
    Reason(
        "UNKNOWN_INTEGRATION",
        "The message's integrations object names a destination that this workspace does not have.",
        "Name the App as the workspace file does, or leave the name out; names are case sensitive.",
    ),
    # Filtered at destination, by an insert function
    Reason(
        "DROP_EVENT",
        "The insert function threw DropEvent, which stops the event on purpose.",
        "Nothing, if intended; else look for DropEvent in the insert function's code.",
    ),
    Reason(
        "bad_request",
        "The insert function threw an error that is none of Segment's classes.",
        "Mend the line that the stack names, or throw RetryError, DropEvent and their kin.",
    ),
    Reason(
        "message_rejected",
        "The insert function threw InvalidEventPayload or ValidationError.",
        "Send what the function asks for; the message says what is missing.",
    ),
    Reason(
        "unsupported_event_type",
        "The insert function has no handler for this type of call, which blocks it.",
        "Add a handler that returns the event, so that this type of call goes on to the destination.",
    ),
    Reason(
        "internal",
        "The insert function could not be run.",
        "See the attempt: it says what went wrong.",
    ),
    Reason(
        "gateway_timeout",
        "The insert function did not end within its limit.",
        "Make it faster, or raise its timeout; it is tried again for four hours.",
    ),
    Reason(
        "retry",
        "The insert function asked for another try.",
        "Nothing: it is tried again for four hours.",
    ),
    Reason(
        "sandbox_no_event",
        "The insert function returned no event, so there is nothing to hand on.",
        "Return the event from every branch of the handler; throw DropEvent to stop one on purpose.",
    ),
    # Failed delivery
    Reason(
        "INVALID_SETTINGS",
        "A required setting is missing or breaks its rule.",
        "Give the destination the settings that the component asks for.",
    ),
    Reason(
        "UNSUPPORTED_EVENT_TYPE",
        "The component does not take this type of call.",
        "Fine if intended; else add the handler, or answer something other than 501.",
    ),
    Reason(
        "MESSAGE_REJECTED",
        "The component looked at the message and turned it down.",
        "Compare the message with what the component requires; the message says which field.",
    ),
    Reason(
        "BAD_REQUEST",
        "The function threw an error that is none of Segment's classes.",
        "Mend the line that the stack names, or throw RetryError, ValidationError and their kin.",
    ),
    Reason(
        "sandbox_held",
        "A fault of yours holds the message back.",
        "Nothing: it is tried when its time has come; `segment-sandbox clock advance` makes it come.",
    ),
    Reason("RETRY", "The function asked for another try.", "Nothing: it is tried again for four hours."),
    Reason(
        "ETIMEDOUT",
        "No answer came before the deadline.",
        "Answer first and work afterwards: 202 says accepted, not yet processed.",
    ),
    Reason("ENOTFOUND", "The endpoint's host name does not exist.", "Check the endpoint's address."),
    Reason("EREFUSED", "Nothing listens at the endpoint's address.", "Start the service, or check its port."),
    Reason(
        "ECONNRESET",
        "The connection broke before the answer was complete.",
        "Look at the service's own log: it closed or crashed during the request.",
    ),
    Reason("INTERNAL", "The component could not be run.", "See the attempt: it says what went wrong."),
    Reason(
        "sandbox_memory",
        "The function used more memory than it may have, and was ended.",
        "Keep less in memory: module scope and `cache` live on between events; or raise `memory` in the workspace.",
    ),
    Reason(
        "sandbox_crashed",
        "The function's process ended without an answer.",
        "See the attempt; deep recursion in native code and giant results do this.",
    ),
    Reason(
        "sandbox_not_loaded",
        "The function's code does not load, and no earlier version is there to run.",
        "Mend the error that the reload shows, save, and send again.",
    ),
    Reason(
        "sandbox_blocked",
        "The sandbox does not connect to this address.",
        "See the attempt: it says which rule refused the address.",
    ),
    # Stopped
    Reason(
        "sandbox_destination_removed",
        "The destination left the workspace file while this delivery was pending.",
        "Nothing, if intended; else put the destination back and send the message again.",
    ),
    Reason(
        "sandbox_destination_disabled",
        "The destination was switched off while this delivery was pending.",
        "Set enabled = true on the destination and send the message again.",
    ),
    # Given up, of the calls of source functions
    Reason(
        "sandbox_function_removed",
        "The source function left the workspace file while calls waited for another attempt.",
        "Nothing, if intended; else put the function back under the same slug and call it again.",
    ),
)

REASONS = {reason.code: reason for reason in _REASONS}
"""Every code the sandbox gives of itself; an HTTP status is a code as well (see `reason`)."""


def reason(code: str) -> Reason:
    """Look up a code, an HTTP status such as `503` or `404` included."""
    known = REASONS.get(code)
    if known is not None:
        return known
    if code.isdigit():
        return Reason(code, f"The endpoint answered {code}.", "See the response of the attempt.")
    return Reason(code, "The exchange with the endpoint failed.", "See the error of the attempt.")


@dataclass(frozen=True, slots=True)
class Filtered:
    """The message was stopped on its way to the component; `code` and `message` as in `Discarded`."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The component took the message; `status` is what the endpoint answered, or 200 for a function."""

    status: int


@dataclass(frozen=True, slots=True)
class Discarded:
    """The attempt failed.

    Attributes:
        code: the Delivery Overview code, such as `401`, `MESSAGE_REJECTED`, `ETIMEDOUT`.
        delivery_code: the Event Delivery form, such as `errors.discarded.401`.
        message: one sentence for the partner: their own `message`, the thrown error, or the cause.
    """

    code: str
    delivery_code: str
    message: str


@dataclass(frozen=True, slots=True)
class AwaitingRetry:
    """The attempt failed, and Segment tries again, unless it was the last one.

    Attributes:
        code: the Delivery Overview code, such as `429`, `503`, `ETIMEDOUT`, `RETRY`.
        delivery_code: the Event Delivery form, such as `errors.awaiting-retry.429`.
        message: one sentence for the partner, as in `Discarded`.
        asked_s: how long to wait at least, in seconds, as the answer's `Retry-After` asked; `None` where it did not.
    """

    code: str
    delivery_code: str
    message: str
    asked_s: float | None = None


Outcome: TypeAlias = Delivered | Discarded | Filtered | AwaitingRetry


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the function's console output."""

    at_ms: int
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class InsertRun:
    """What the insert function before a destination showed; the fields are those of `AttemptRecord`."""

    function: str
    exchanges: tuple[Exchange, ...] = ()
    logs: tuple[LogLine, ...] = ()
    returned: str | None = None
    error: dict[str, object] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """The call of onBatch that a delivery was part of.

    Attributes:
        index: which of the events was the delivery's, counted from 0.
        deliveries: the numbers of all the deliveries in it, in the order of the events.
        shown_in: the attempt whose record has the exchanges, logs, callback return and error of the call; the
            records of the others have none, for there may be hundreds of them.
    """

    index: int
    deliveries: tuple[int, ...] = ()
    shown_in: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """Everything that one attempt showed.

    Attributes:
        outcome: what it came to.
        exchanges: each request that was sent and its answer, in order.
        logs: the function's console output, in order.
        returned: the callback return as JSON text, `None` for a webhook or when it threw.
        error: the thrown error as `{"name", "message", "stack", …}`, `None` when none was thrown.
        warnings: what went well here and may not at Segment, in sentences.
        insert: the run of the insert function before the destination; `None` where there is none.
        batch: the call that several deliveries shared; `None` for a call with one event.
    """

    outcome: Outcome
    exchanges: tuple[Exchange, ...] = ()
    logs: tuple[LogLine, ...] = ()
    returned: str | None = None
    error: dict[str, object] | None = None
    warnings: tuple[str, ...] = ()
    insert: InsertRun | None = None
    batch: Batch | None = None
