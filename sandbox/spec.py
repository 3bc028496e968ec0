"""Segment's rules for the calls, as functions of plain values: what is valid, what is switched on, how much.

Nothing here does I/O. A rule that Segment has not published is marked as ours.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

CALL_MAX_BYTES: Final = 32 * 1024
"""A single call, or one message of a batch. Source: segment-docs, HTTP API, Max request size."""

BATCH_MAX_BYTES: Final = 512_000 + 2_048
"""A batch request: 500 KB, with the slack that the SDKs' own limits need.

Source: segment-docs, HTTP API, Max request size; the SDKs send up to 512,000 bytes of messages.
"""

BATCH_MAX_MESSAGES: Final = 2_500
"""Messages in a batch; more are answered 200 and rejected. Source: segment-docs, HTTP API, Batch."""

DEDUPLICATION_WINDOW_MS: Final = 24 * 60 * 60 * 1000
"""How long a messageId is remembered. Source: segment-docs, Handling duplicate data."""

CONSENT_EVENT: Final = "Segment Consent Preference Updated"

OFF_UNLESS_NAMED: Final = frozenset({"Salesforce"})
"""Destinations that `All: true` does not switch on. Source: segment-docs, Spec: Common fields, Integrations."""


SEGMENT_ITSELF: Final = frozenset({"Segment.io"})
"""What an integrations object may name besides destinations: analytics.js knows Segment as one of them."""


class MessageType(StrEnum):
    """The calls of the Spec; `delete` reaches destinations but is no call of the Tracking API."""

    IDENTIFY = "identify"
    TRACK = "track"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"
    DELETE = "delete"


CALLS: Final = frozenset(MessageType) - {MessageType.DELETE}


def ingest_failure(message: Mapping[str, Any], *, delete_allowed: bool = False) -> str | None:
    """Return the code under which Segment drops this message at the door, or None when it is valid.

    Source: segment-docs, Delivery Overview, Failed on ingest. The order of the checks is ours.
    `delete_allowed` lets the sandbox's own `send` deliver a delete event, which no SDK can.
    """
    kind = message.get("type")
    if kind is None or kind == "":
        return "missing_type"
    if not isinstance(kind, str) or not (kind in CALLS or (delete_allowed and kind == MessageType.DELETE)):
        return "invalid_type"
    return _id_failure(message) or _fields_failure(kind, message) or _context_failure(message)


def _id_failure(message: Mapping[str, Any]) -> str | None:
    user_id, anonymous_id = message.get("userId"), message.get("anonymousId")
    if user_id is None and anonymous_id is None:
        return "no_user_anon_id"
    return None if _is_absent_or_id(user_id) and _is_absent_or_id(anonymous_id) else "id_not_string"


def _is_absent_or_id(value: object) -> bool:
    return value is None or (isinstance(value, str) and value != "")


def _fields_failure(kind: str, message: Mapping[str, Any]) -> str | None:
    match kind:
        case "track":
            return _event_failure(message) or _object_failure(message, "properties")
        case "page" | "screen":
            return (
                _name_failure(message, "name")
                or _name_failure(message, "category")
                or _object_failure(message, "properties")
            )
        case "identify" | "group":
            return _object_failure(message, "traits")
    return None


def _event_failure(message: Mapping[str, Any]) -> str | None:
    event = message.get("event")
    if event is None or event == "":
        return "event_not_defined"
    return None if isinstance(event, str) else "event_not_string"


def _object_failure(message: Mapping[str, Any], name: str) -> str | None:
    value = message.get(name)
    return None if value is None or isinstance(value, dict) else f"{name}_not_object"


def _name_failure(message: Mapping[str, Any], name: str) -> str | None:
    value = message.get(name)
    return None if value is None or (isinstance(value, str) and value) else f"{name}_not_string"


def _context_failure(message: Mapping[str, Any]) -> str | None:
    context = message.get("context")
    if not isinstance(context, dict):
        context = {}
    if message.get("event") == CONSENT_EVENT and message.get("type") == MessageType.TRACK:
        failure = _consent_failure(context.get("consent"))
        if failure:
            return failure
    device = context.get("device")
    advertising_id = device.get("advertisingId") if isinstance(device, dict) else None
    if advertising_id is not None and not isinstance(advertising_id, str):
        return "device_advertisingid_should_be_string"
    return None


def _consent_failure(consent: object) -> str | None:
    consent = consent if isinstance(consent, dict) else {}
    preferences = consent.get("categoryPreferences")
    if preferences is None:
        return "consent_categorypreferences_should_exist"
    if not isinstance(preferences, dict):
        return "consent_categorypreferences_fields_should_be_object"
    if any(not isinstance(value, bool) for value in preferences.values()):
        return "consent_categorypreferences_fields_should_be_bool"
    version = consent.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int | float)):
        return "consent_version_should_be_number"
    return None


def switched_on(integrations: object, names: tuple[str, ...]) -> bool:
    """Say whether a message's integrations object lets it through to a destination with these names.

    Names are case sensitive, the word `All` is not. Only a boolean decides: any other value under the
    destination's name means "on, with these options", any other value under `All` is ignored.
    Source: measured with @segment/facade, which Segment's classic cloud destinations use.
    """
    if not isinstance(integrations, dict) or not integrations:
        return OFF_UNLESS_NAMED.isdisjoint(names)
    named = [integrations[name] for name in names if name in integrations]
    if named:
        return named[0] if isinstance(named[0], bool) else True
    if not OFF_UNLESS_NAMED.isdisjoint(names):
        return False
    return not any(value is False for name, value in integrations.items() if name.lower() == "all")


def named_on(integrations: object) -> list[str]:
    """Return the destinations that an integrations object wants to send to by name, in its order."""
    if not isinstance(integrations, dict):
        return []
    return [
        name
        for name, value in integrations.items()
        if (value is True or isinstance(value, dict)) and name.lower() != "all" and name not in SEGMENT_ITSELF
    ]


def bundled(message: Mapping[str, Any]) -> frozenset[str]:
    """Return the destinations that have a message already, as the SDK in a browser or on a phone handed it to them.

    Source: recorded traffic of analytics.js and React Native; segment-docs, Delivery Overview, Discard reasons.
    """
    metadata = message.get("_metadata")
    names = metadata.get("bundled") if isinstance(metadata, dict) else None
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()
