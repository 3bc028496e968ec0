"""What onBatch returned: a status for each event.

Source: segment-docs, Destination functions, Batching, Handling partial failures.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from sandbox.outcomes import AwaitingRetry, Delivered, Discarded
from sandbox.runtime import Returned

_SUCCESS: Final = 200
_STATUSES: Final = range(100, 600)
_WRONG: Final = "Segment documents an array with one { status, errormessage } for each event, in their order."


def outcomes_of(
    returned: Returned, count: int
) -> tuple[list[Delivered | Discarded | AwaitingRetry], tuple[str, ...]]:
    """Return the outcome of each of `count` events, and what is to be said about the callback return.

    Nothing returned means that all are delivered. What Segment makes of other returns is not published: here
    an event without a status is delivered, and a warning says so.
    """
    if returned.value_json is None or returned.value_json == "null":
        return [Delivered(_SUCCESS)] * count, ()
    items = _items(returned)
    outcomes = [_outcome(item) for item in items[:count]]
    outcomes += [None] * (count - len(outcomes))
    return [outcome or Delivered(_SUCCESS) for outcome in outcomes], _warnings(items, outcomes)


def _items(returned: Returned) -> list[Any]:
    if returned.truncated or returned.value_json is None:
        return []
    items = orjson.loads(returned.value_json)
    return items if isinstance(items, list) else []


def _outcome(item: Any) -> Delivered | Discarded | AwaitingRetry | None:
    """Read one item; `None` when its status says nothing."""
    status = item.get("status") if isinstance(item, dict) else None
    if not isinstance(status, int) or isinstance(status, bool) or status not in _STATUSES:
        return None
    message = _message(item, status)
    match status // 100:
        case 2:
            return Delivered(status)
        case 4:
            return Discarded(str(status), f"errors.discarded.{status}", message)
        case 5:
            return AwaitingRetry(str(status), "errors.awaiting-retry.5xx", message)
        case _:
            return None


def _message(item: Mapping[str, Any], status: int) -> str:
    message = item.get("errormessage")
    return message if isinstance(message, str) and message else f"onBatch returned the status {status}."


def _warnings(items: list[Any], outcomes: list[Delivered | Discarded | AwaitingRetry | None]) -> tuple[str, ...]:
    unread = outcomes.count(None)
    if unread:
        return (f"onBatch returned no status for {unread} of {len(outcomes)} events. {_WRONG}",)
    if len(items) > len(outcomes):
        return (f"onBatch returned {len(items)} statuses for {len(outcomes)} events. {_WRONG}",)
    return ()
