"""The subscription webhook: one POST for one message, and what the answer means.

Source: segment-docs, Build a webhook (2019-07 to 2020-01) and Subscriptions FAQ.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson

from sandbox.destinations import Sender
from sandbox.outbound.policy import is_loopback_host
from sandbox.outbound.target import UnsendableError, target_of
from sandbox.outcomes import AttemptRecord, AwaitingRetry, Delivered, Discarded
from sandbox.retry import asked_s, is_retried
from sandbox.wire import Headers, NetworkError, Request, Response

DEFAULT_TIMEOUT_S = 10.0
"""How long to wait for the answer, seconds. No document states it for subscription webhooks.

Source: segmentio/integration, the base of Segment's own destinations, which waits this long.
"""

USER_AGENT = "Segment.io/1.0"
"""Since 2019-11-26; before that, the documents said `Segment`."""

_NOT_SENT = frozenset({"apiKey", "endpoint"})
"""apiKey goes into Authorization; endpoint is the component's own and no setting of the customer's."""

_COMPACT_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

_UNSUPPORTED = 501

_CODES = {"ECONNREFUSED": "EREFUSED", "ECONNABORTED": "ETIMEDOUT"}
"""Node's codes that the Delivery Overview calls otherwise. Source: segment-docs, Discard reasons."""

_OURS = {"SANDBOX_REFUSED": "sandbox_blocked", "SANDBOX_RESPONSE_TOO_LARGE": "INTERNAL"}
"""Ends of an exchange that are the sandbox's doing and would be the same at every retry."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription webhook as one destination has it.

    Attributes:
        endpoint: where the partner's service takes messages; https, or http on this machine.
        settings: the destination's settings, JSON values by key; `apiKey` is always needed.
        timeout_s: how long to wait for the whole answer, seconds.
    """

    endpoint: str
    settings: Mapping[str, object]
    timeout_s: float = DEFAULT_TIMEOUT_S


async def attempt(webhook: Webhook, body: bytes, sender: Sender) -> AttemptRecord:
    """Post one message, given as JSON text, and say what came of it."""
    complaint = _complaint(webhook)
    if complaint is not None:
        return AttemptRecord(_discarded("INVALID_SETTINGS", complaint))
    exchange = await sender.send(request_of(webhook, body), timeout_s=webhook.timeout_s)
    return AttemptRecord(outcome_of(exchange.outcome), (exchange,))


def request_of(webhook: Webhook, body: bytes) -> Request:
    """Build the request: the documented headers, in the documented order.

    Source: segment-docs, Build a webhook, HTTP headers.
    """
    headers: Headers = (
        ("Accept", "*/*"),
        ("Authorization", authorization(str(webhook.settings["apiKey"]))),
        ("Cache-Control", "no-cache"),
        ("Connection", "Keep-Alive"),
        ("Content-Length", str(len(body))),
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        ("X-Segment-Settings", settings_header(webhook.settings)),
    )
    return Request("POST", webhook.endpoint, headers, body)


def authorization(api_key: str) -> str:
    """Write Basic authorization with the key as user and no password; the colon is always there."""
    return f"Basic {b64encode(f'{api_key}:'.encode()).decode()}"


def settings_header(settings: Mapping[str, object]) -> str:
    """Write all settings but apiKey as base64 of a JSON object, `e30=` (`{}`) when there are none."""
    sent = {key: value for key, value in settings.items() if key not in _NOT_SENT}
    return b64encode(_COMPACT_JSON.encode(sent).encode()).decode()


def outcome_of(answer: Response | NetworkError) -> Delivered | Discarded | AwaitingRetry:
    """Say what Segment makes of the partner's answer, or of its absence."""
    match answer:
        case NetworkError():
            return _outcome_of_error(answer)
        case Response(status=status) if 200 <= status <= 299:  # noqa: PLR2004 - the class of statuses is the rule
            return Delivered(status)
        case Response(status=status) if status == _UNSUPPORTED:
            return _discarded("UNSUPPORTED_EVENT_TYPE", _message(answer))
        case Response():
            return _outcome_of_failure(answer)


def _outcome_of_error(error: NetworkError) -> Discarded | AwaitingRetry:
    if error.code in _OURS:
        return _discarded(_OURS[error.code], error.message)
    code = _CODES.get(error.code, error.code)
    return AwaitingRetry(code, f"errors.awaiting-retry.{_awaited(error.code)}", error.message)


def _awaited(code: str) -> str:
    """Name a network error as Event Delivery does: there, every timeout is ECONNABORTED."""
    return "ECONNABORTED" if code == "ETIMEDOUT" else code


def _outcome_of_failure(response: Response) -> Discarded | AwaitingRetry:
    code = str(response.status)
    if not is_retried(response.status):
        return _discarded(code, _message(response))
    awaited = "5xx" if code.startswith("5") else code
    asked = asked_s(response.header("Retry-After"), response.header("Date"))
    return AwaitingRetry(code, f"errors.awaiting-retry.{awaited}", _message(response), asked)


def _discarded(code: str, message: str) -> Discarded:
    return Discarded(code, f"errors.discarded.{code}", message)


def _message(response: Response) -> str:
    return _partners_message(response) or _what_was_answered(response)


def _partners_message(response: Response) -> str | None:
    """Return the text in `{"message": …}`, read only from a response that says it is JSON."""
    content_type = (response.header("Content-Type") or "").partition(";")[0]
    if content_type.strip().lower() != "application/json":
        return None
    try:
        body = orjson.loads(response.body)
    except ValueError:
        return None
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else None


def _what_was_answered(response: Response) -> str:
    answered = f"The endpoint answered {response.status} {response.reason}".rstrip()
    if response.status == _UNSUPPORTED:
        return f"{answered}: it does not take this type of call."
    if 300 <= response.status <= 399:  # noqa: PLR2004 - the class of statuses is the rule
        return f"{answered} to {response.header('Location') or 'nowhere'}; Segment follows no redirect."
    return f"{answered}."


def _complaint(webhook: Webhook) -> str | None:
    """Say what keeps the webhook from being called at all; `None` when nothing does."""
    api_key = webhook.settings.get("apiKey")
    if not isinstance(api_key, str) or not api_key:
        return 'The setting "apiKey" is required: give the destination the key that your service expects.'
    return _complaint_about_endpoint(webhook.endpoint)


@lru_cache(maxsize=256)
def _complaint_about_endpoint(endpoint: str) -> str | None:
    """Segment takes https only; http to this machine is the sandbox's concession to development."""
    try:
        target = target_of(endpoint)
    except UnsendableError:
        return f"The endpoint {endpoint} is not a URL: write it like https://partner.example/segment."
    if target.url.scheme == "https" or is_loopback_host(target.host):
        return None
    return f"The endpoint {endpoint} is not https: use https, or http on localhost while developing."
