"""Hostile traffic that is legal nevertheless: what real customers send, and Segment passes on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from sandbox.devcenter.verdict import Kind

BIG_BYTES: Final = 32_665
"""31.9 KB, just below what Segment takes. Source: segment-docs, HTTP API, Max request size."""
DEPTH: Final = 60
FIRST, SECOND = "hostile/duplicate-1", "hostile/duplicate-2"
"""The names of an event and its repeat."""

_USER: Final = {"userId": "user-1", "anonymousId": "anonymous-1"}


def hostile_events() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield name, title and event, in the order in which they are sent."""
    order = _track("Order Completed", {"order_id": "order-1", "total": 12.5}, messageId="test-message-twice")
    yield FIRST, "An Order Is Completed", order
    yield SECOND, "The Same Message Comes Again", order
    yield from _times()
    yield from _shapes()
    yield from _texts()
    yield from _sizes()


def _track(event: str, properties: Any = None, **fields: Any) -> dict[str, Any]:
    known = {} if properties is None else {"properties": properties}
    return {"type": "track", **_USER, "event": event, **known, **fields}


def _times() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "hostile/late", "An Event Comes Three Years Late", _track("Signed Up", timestamp="2016-05-31T23:27:37Z")
    yield "hostile/early", "A Clock Is Eighteen Years Ahead", _track("Signed Up", timestamp="2037-05-31T23:27:37Z")
    yield (
        "hostile/reordered-2",
        "The Second Step Comes First",
        _track("Order Completed", {"order_id": "order-2"}, timestamp="2019-05-31T23:30:00Z"),
    )
    yield (
        "hostile/reordered-1",
        "The First Step Comes Second",
        _track("Checkout Started", {"order_id": "order-2"}, timestamp="2019-05-31T23:29:00Z"),
    )
    yield (
        "hostile/group-first",
        "A Group Call Comes Before Its User Is Known",
        {"type": "group", "userId": "user-unknown", "groupId": "group-unknown"},
    )


def _shapes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "hostile/no-properties", "A Track Call Has No Properties", _track("Signed Up")
    yield "hostile/null-properties", "Properties Are Null", {**_track("Signed Up"), "properties": None}
    nulls = {"email": None, "name": None, "address": {"city": None}, "tags": [None]}
    yield "hostile/null-traits", "Every Trait Is Null", {"type": "identify", **_USER, "traits": nulls}
    yield "hostile/no-traits", "An Identify Call Has No Traits", {"type": "identify", **_USER}
    yield (
        "hostile/anonymous",
        "Nobody Is Identified, and userId Is Null",
        {"type": "identify", "userId": None, "anonymousId": "anonymous-1", "traits": {"plan": "free"}},
    )
    yield "hostile/no-name", "A Page Call Has No Name", {"type": "page", **_USER}
    kinds = {
        "revenue": "12,50",
        "quantity": "3",
        "vip": "false",
        "products": {"sku": "1"},
        "total": [12.5],
        "tax": True,
    }
    yield "hostile/kinds", "Values Are of Other Kinds Than the Spec Says", _track("Order Completed", kinds)
    numbers = {"revenue": -0.0, "total": 1e308, "count": 9_007_199_254_740_993, "tiny": 5e-324}
    yield "hostile/numbers", "Numbers Are Extreme", _track("Order Completed", numbers)
    yield (
        "hostile/no-context",
        "Context and Integrations Are Empty",
        _track("Signed Up", {}, context={}, integrations={}),
    )
    nested: Any = {"end": True}
    for _ in range(DEPTH):
        nested = {"in": nested}
    yield "hostile/deep", f"Properties Are {DEPTH} Levels Deep", _track("Signed Up", nested)


def _texts() -> Iterator[tuple[str, str, dict[str, Any]]]:
    odd = {"eMail": "User@Example.COM", "First_Name": "Ada", "LASTNAME": "Example", "plan Type": "Pro "}
    yield "hostile/casing", "Traits Have Odd Casing", {"type": "identify", **_USER, "traits": odd}
    yield "hostile/event-casing", "An Event Name Has Odd Casing and Blanks", _track("  oRDER   completed ")
    keys = {"a.b": 1, "$set": {"x": 1}, "__proto__": {"x": 1}, "constructor": "x", "": "empty", "0": "zero"}
    yield "hostile/keys", "Keys Mean Something to Databases and Languages", _track("Signed Up", keys)
    unicode = {
        "emoji": "\U0001f469\u200d\U0001f680\U0001f1ea\U0001f1fa",
        "right_to_left": "\u0645\u0631\u062d\u0628\u0627 \u202eabc",
        "combining": "e\u0301 \u00e9 Z\u0351\u036b",
        "control": "nul\u0000 tab\t line\n separator\u2028",
        "wide": "\u6f22\u5b57 \uff21",
    }
    yield "hostile/unicode", "Values Are Written in All Scripts", _track("\u00dcber\u00adschrift \U0001f680", unicode)
    markup = {"name": "<script>alert(1)</script>", "note": "'; DROP TABLE users; --", "link": "{{7*7}}"}
    yield "hostile/markup", "Values Look Like Code", _track("Signed Up", markup)
    yield "hostile/email-id", "A userId Is an E-Mail Address", {**_track("Signed Up"), "userId": "ada+1@example.com"}
    yield "hostile/number-id", "A userId Is Made of Digits", {**_track("Signed Up"), "userId": "0012345"}


def _sizes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "hostile/long-id", "A userId Has 1,000 Characters", {**_track("Signed Up"), "userId": "u" * 1_000}
    wide = {f"property_{number}": number for number in range(500)}
    yield "hostile/wide", "There Are 500 Properties", _track("Signed Up", wide)
    bare = len(orjson.dumps(_track("Signed Up", {"text": ""})))
    yield "hostile/big", "A Call Has 31.9 KB", _track("Signed Up", {"text": "x" * (BIG_BYTES - bare)})


# -- idempotency ------------------------------------------------------------------------------------------------


def idempotency(results: Sequence[Mapping[str, Any]], kind: Kind) -> dict[str, str] | None:
    """Say whether a repeat can be known as one; None where none was sent."""
    by_name = {each["name"]: each for each in results}
    if FIRST not in by_name or SECOND not in by_name:
        return None
    verdict = _verdict(by_name[FIRST], by_name[SECOND], kind)
    return {"verdict": verdict, "words": IDEMPOTENCY[verdict]}


def _verdict(first: Mapping[str, Any], second: Mapping[str, Any], kind: Kind) -> str:
    if first["colour"] != "green":
        return "unknown"
    if second["colour"] != "green":
        return "refused"
    if not second["exchanges"]:
        return "unknown"
    if kind == "webhook":
        return "told"
    message_id = str(second["sent"]["messageId"])
    told = any(message_id in orjson.dumps(each["request"]).decode() for each in second["exchanges"])
    return "told" if told else "not-told"


IDEMPOTENCY: Final = {
    "told": "The repeat was taken, and its messageId went along: your service can know it as a repeat. Look whether "
    "it holds one order or two.",
    "not-told": "The repeat was taken, and no request of it carries the messageId: your service cannot know it as a "
    "repeat, and Segment delivers at least once. Send event.messageId along.",
    "refused": "The repeat was not taken as the first was: Segment shows it as an error. Answer a repeat as you "
    "answered the first.",
    "unknown": "Nothing was sent, or the first was not taken, so there is nothing to be said of its repeat.",
}
"""Verdicts on the event that came twice."""
