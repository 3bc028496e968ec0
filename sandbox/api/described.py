"""What every route takes and answers, in one table, of which `/_sandbox/openapi.json` is made.

A new route needs its row in `ROUTES`; a test says which one is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from sandbox.api.queries import LIMIT, LIMIT_MAX, ORDERS, SEQ_MAX
from sandbox.journal.arrivals import Kind
from sandbox.outcomes import DeliveryState

Schema: TypeAlias = Mapping[str, Any]

TEXT: Final[Schema] = {"type": "string"}
TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
WHOLE: Final[Schema] = {"type": "integer"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
ANY_OBJECT: Final[Schema] = {"type": "object"}
OBJECT_OR_NULL: Final[Schema] = {"type": ["object", "null"]}
OBJECTS: Final[Schema] = {"type": "array", "items": ANY_OBJECT}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}
NUMBERS: Final[Schema] = {"type": "array", "items": WHOLE}
SEQ: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": SEQ_MAX}


def shape(**fields: Schema) -> Schema:
    """Describe an answer: an object that has these fields."""
    return {"type": "object", "properties": fields, "required": list(fields)}


def order(*required: str, **fields: Schema) -> Schema:
    """Describe a body: an object of these fields and no others, some of them required."""
    closed: dict[str, Any] = {"type": "object", "properties": fields, "additionalProperties": False}
    return {**closed, "required": list(required)} if required else closed


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query."""

    name: str
    meaning: str
    schema: Schema = field(default_factory=lambda: TEXT)


@dataclass(frozen=True, slots=True)
class Described:
    """What one route does.

    Attributes:
        answer: the schema of what a 200 has; None where it is no JSON.
        body: the schema of the body, None where there is none; `body_needed` says that it cannot be left out.
        errors: the statuses of its errors, beside 403.
        media_type: of the answer.
    """

    summary: str
    answer: Schema | None
    query: tuple[Parameter, ...] = ()
    body: Schema | None = None
    body_needed: bool = False
    errors: tuple[int, ...] = ()
    media_type: str = "application/json"


_AFTER: Final = Parameter("after", "What came behind this sequence number.", SEQ)
_LIMIT: Final = Parameter(
    "limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}
)
_EITHER_WAY: Final = (
    _AFTER,
    Parameter("before", "What came ahead of this sequence number.", SEQ),
    Parameter("order", "What the list begins with.", {"enum": list(ORDERS), "default": ORDERS[0]}),
    _LIMIT,
)
_SOURCE: Final = Parameter("source", "The source's slug.")
_TYPE: Final = Parameter("type", "The type of call, such as `track`.")
_EVENT: Final = Parameter("event", "The name in a track call, of a page or of a screen.")
_USER: Final = Parameter("user", "The `userId`, or the `anonymousId` of a message without one.")
_DESTINATION: Final = Parameter("destination", "The destination's slug.")
_SENT_TO: Final = Parameter("sent_to", "The slug of a destination that a delivery went to.")
_STATE: Final = Parameter("state", "The delivery's state.", {"enum": list(DeliveryState)})
_REASON: Final = Parameter("reason", "The reason code.")
_SECRETS: Final = Parameter(
    "secrets", "Whether secrets are shown.", {"enum": ["masked", "shown"], "default": "masked"}
)
_WAIT: Final = (
    Parameter("kind", "What to wait for.", {"enum": list(Kind), "default": Kind.MESSAGE.value}),
    _AFTER,
    Parameter("count", "How many of them.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1}),
    Parameter("timeout", "How long, such as `5s`; at most 60 seconds.", {"type": "string", "default": "10s"}),
    Parameter("state", "The state, or several with commas between."),
    _SOURCE,
    _TYPE,
    _EVENT,
    _USER,
    Parameter("message", "The message's number.", SEQ),
    _REASON,
    Parameter("destination", "For deliveries: the destination's slug."),
    Parameter("delivery", "For deliveries: its number.", SEQ),
    _SECRETS,
)

_OF_MESSAGES: Final[Mapping[str, Schema]] = {
    "message": SEQ,
    "source": TEXT,
    "type": TEXT,
    "event": TEXT,
    "user": TEXT,
}
_OF_THEIR_DELIVERIES: Final[Mapping[str, Schema]] = {"sent_to": TEXT, "state": TEXT, "reason": TEXT}
_OF_DELIVERIES: Final[Mapping[str, Schema]] = {
    **_OF_MESSAGES,
    "delivery": SEQ,
    "destination": TEXT,
    "state": TEXT,
    "reason": TEXT,
}
_EDITS: Final[Mapping[str, Schema]] = {"destination": TEXT, "set": ANY_OBJECT, "unset": TEXTS}
_CLOCK: Final[Mapping[str, Schema]] = {"now": TEXT, "real": TEXT, "mode": TEXT}
_RECIPE: Final = shape(number=WHOLE, origin=TEXT, seen=WHOLE, struck=WHOLE, recipe=ANY_OBJECT)
_MESSAGE: Final[Mapping[str, Schema]] = {
    "seq": WHOLE,
    "source": TEXT_OR_NULL,
    "type": TEXT_OR_NULL,
    "event": TEXT_OR_NULL,
    "user_id": TEXT_OR_NULL,
    "received_at": TEXT,
    "state": TEXT,
    "reason": TEXT_OR_NULL,
    "replay_of": {"type": ["integer", "null"]},
    "message": {},
}
_DELIVERY: Final[Mapping[str, Schema]] = {
    "seq": WHOLE,
    "message_seq": WHOLE,
    "destination": TEXT,
    "state": TEXT,
    "reason": TEXT_OR_NULL,
    "delivery_code": TEXT_OR_NULL,
    "detail": TEXT_OR_NULL,
    "attempts": {},
    "next_attempt_at": TEXT_OR_NULL,
    "created_at": TEXT,
}


def _list_of(name: str, item: Schema = ANY_OBJECT) -> Schema:
    return shape(**{name: {"type": "array", "items": item}, "next": WHOLE})


_SETTINGS: Final = shape(
    component=TEXT, path=TEXT_OR_NULL, version=TEXT_OR_NULL, settings=OBJECTS, destinations=OBJECTS
)
_REPLAYED: Final = shape(replayed=WHOLE, messages=NUMBERS)

ROUTES: Final[Mapping[tuple[str, str], Described]] = {
    ("GET", "/openapi.json"): Described(
        "This description.",
        shape(openapi=TEXT, info=ANY_OBJECT, paths=ANY_OBJECT, security=OBJECTS, components=ANY_OBJECT),
    ),
    ("GET", "/health"): Described(
        "What runs, and what is wrong.",
        shape(
            status=TEXT,
            url=TEXT,
            tls=OBJECT_OR_NULL,
            mistakes=TEXTS,
            pending=WHOLE,
            reruns=WHOLE,
            under_way=WHOLE,
            full=BOOLEAN,
            seq=WHOLE,
            messages=ANY_OBJECT,
            deliveries=ANY_OBJECT,
        ),
    ),
    ("GET", "/workspace"): Described(
        "The sources, functions and destinations.",
        shape(
            slug=TEXT,
            name=TEXT,
            file=TEXT_OR_NULL,
            sources=OBJECTS,
            components=OBJECTS,
            functions=OBJECTS,
            destinations=OBJECTS,
        ),
    ),
    ("GET", "/snippet"): Described(
        "The snippet for web pages.", None, (_SOURCE,), errors=(404, 503), media_type="text/plain"
    ),
    ("GET", "/sdks"): Described(
        "The lines that point each SDK here.",
        shape(url=TEXT, tls=OBJECT_OR_NULL, source=TEXT, write_key=TEXT, sdks=OBJECTS),
        (_SOURCE,),
        errors=(404,),
    ),
    ("GET", "/doctor"): Described(
        "What has arrived from which SDK, and what looks wrong.",
        shape(well=BOOLEAN, url=TEXT, after=WHOLE, arrived=OBJECTS, findings=OBJECTS),
        (_AFTER,),
        errors=(400,),
    ),
    ("GET", "/changes"): Described(
        "What happened, in order.", _list_of("changes"), (_AFTER, _LIMIT, _SECRETS), errors=(400,)
    ),
    ("GET", "/stream"): Described(
        "The changes as they happen.", None, (_AFTER, _SECRETS), errors=(400,), media_type="text/event-stream"
    ),
    ("GET", "/wait"): Described(
        "Messages or deliveries that fit, as soon as so many are there. Other parameters are paths into the message.",
        _list_of("matches"),
        _WAIT,
        errors=(400, 408),
    ),
    ("GET", "/messages"): Described(
        "The messages.",
        _list_of("messages", shape(**_MESSAGE)),
        (*_EITHER_WAY, _TYPE, _EVENT, _SOURCE, _USER),
        errors=(400,),
    ),
    ("GET", "/messages/{seq}"): Described(
        "One message with its deliveries and their attempts.",
        shape(**_MESSAGE, path=TEXT_OR_NULL, received={"type": ["object", "null"]}, deliveries=OBJECTS),
        (_SECRETS,),
        errors=(400, 404),
    ),
    ("GET", "/deliveries"): Described(
        "The deliveries.",
        _list_of("deliveries", shape(**_DELIVERY)),
        (*_EITHER_WAY, _DESTINATION, _STATE, _REASON, _SECRETS),
        errors=(400,),
    ),
    ("GET", "/reasons"): Described(
        "How many deliveries have each reason.",
        shape(reasons=ANY_OBJECT),
        (_DESTINATION, _STATE),
        errors=(400,),
    ),
    ("GET", "/deliveries/{seq}"): Described(
        "One delivery with its attempts, exchanges and logs, and advice.",
        shape(**_DELIVERY, advice=OBJECTS),
        (_SECRETS,),
        errors=(400, 404),
    ),
    ("GET", "/refused"): Described(
        "What was turned away at the door.", _list_of("refused"), (_AFTER, _LIMIT), errors=(400,)
    ),
    ("GET", "/overview"): Described(
        "How far messages came, by step, reason and minute.",
        shape(**{"from": TEXT}, to=TEXT, steps=OBJECTS, attempts=OBJECTS, p95_ms={"type": ["integer", "null"]}),
        (
            Parameter("since", "How far back, such as `15m`; at most `4h`.", {"type": "string", "default": "1h"}),
            _DESTINATION,
            _SOURCE,
            _EVENT,
        ),
        errors=(400,),
    ),
    ("POST", "/send"): Described(
        "Send one event through a source.",
        shape(seq=WHOLE),
        body=order("event", event=ANY_OBJECT, source=TEXT_OR_NULL, keep_message_id=BOOLEAN),
        body_needed=True,
        errors=(400, 404, 429),
    ),
    ("POST", "/batch"): Described(
        "Send several events through a source, all of them or none.",
        shape(first=WHOLE, last=WHOLE, stopped=OBJECTS),
        body=order("events", events=OBJECTS, source=TEXT_OR_NULL),
        body_needed=True,
        errors=(400, 404, 429),
    ),
    ("POST", "/tester"): Described(
        "Try one event at a destination or a component.",
        ANY_OBJECT,
        (_SECRETS,),
        body=order(
            "event",
            event=ANY_OBJECT,
            destination=TEXT_OR_NULL,
            component=TEXT_OR_NULL,
            settings=OBJECT_OR_NULL,
        ),
        body_needed=True,
        errors=(400, 404),
    ),
    ("POST", "/suite"): Described(
        "Run the Test Suite against a component.",
        ANY_OBJECT,
        (_SECRETS,),
        body=order(component=TEXT_OR_NULL, settings=OBJECT_OR_NULL, suite=TEXT_OR_NULL),
        errors=(400, 404),
    ),
    ("GET", "/components/{slug}/code"): Described(
        "A function's code, how it loads, and what the lint finds in it.",
        shape(
            component=TEXT,
            path=TEXT,
            version=TEXT,
            text=TEXT,
            state=TEXT,
            error=TEXT_OR_NULL,
            error_line={"type": ["integer", "null"]},
            findings=OBJECTS,
        ),
        errors=(404, 409, 413),
    ),
    ("PUT", "/components/{slug}/code"): Described(
        "Write a function's code to the partner's file.",
        shape(component=TEXT, path=TEXT, version=TEXT),
        body=order("text", "version", text=TEXT, version=TEXT),
        body_needed=True,
        errors=(400, 404, 409, 413),
    ),
    ("GET", "/components/{slug}/settings"): Described(
        "The App's settings, and what the destinations of a component give.", _SETTINGS, errors=(404, 409)
    ),
    ("PUT", "/components/{slug}/settings"): Described(
        "Write settings and values to the partner's workspace file.",
        _SETTINGS,
        body=order("version", "settings", version=TEXT, settings=OBJECTS, values=ANY_OBJECT),
        body_needed=True,
        errors=(400, 404, 409),
    ),
    ("POST", "/destinations/{slug}/{verb}"): Described(
        "Hold a destination's deliveries back (pause), or let them go on (resume).",
        shape(destination=TEXT, paused=BOOLEAN),
        errors=(404,),
    ),
    ("POST", "/retry"): Described(
        "Try deliveries again at once.",
        shape(retried=WHOLE),
        body=order(**_OF_DELIVERIES),
        body_needed=True,
        errors=(400,),
    ),
    ("POST", "/deliveries/{seq}/retry"): Described(
        "Try one delivery again.", shape(retried=WHOLE), errors=(400, 404)
    ),
    ("POST", "/reset"): Described(
        "Forget everything, or what belongs to a source.",
        shape(removed=WHOLE),
        body=order(source=TEXT),
        errors=(400, 404),
    ),
    ("GET", "/replay"): Described(
        "How many stored messages would be sent again.",
        shape(count=WHOLE),
        (_SOURCE, _TYPE, _EVENT, _USER, _SENT_TO, _STATE, _REASON),
        errors=(400,),
    ),
    ("POST", "/replay"): Described(
        "Send stored messages again.",
        _REPLAYED,
        body=order(**_OF_MESSAGES, **_OF_THEIR_DELIVERIES, **_EDITS),
        body_needed=True,
        errors=(400, 404),
    ),
    ("POST", "/messages/{seq}/replay"): Described(
        "Send one message again.", _REPLAYED, body=order(**_EDITS), errors=(400, 404)
    ),
    ("GET", "/clock"): Described("The sandbox's clock.", shape(**_CLOCK)),
    ("POST", "/clock"): Described(
        "Advance the clock, or set how it goes.",
        shape(**_CLOCK, settled=BOOLEAN),
        body=order(advance=TEXT, mode=TEXT),
        body_needed=True,
        errors=(400,),
    ),
    ("GET", "/faults"): Described(
        "The recipes for faults in effect.", shape(faults={"type": "array", "items": _RECIPE})
    ),
    ("POST", "/faults"): Described(
        "Put a recipe into effect.", _RECIPE, body=ANY_OBJECT, body_needed=True, errors=(400,)
    ),
    ("DELETE", "/faults"): Described("Take every recipe out.", shape(removed=WHOLE)),
    ("DELETE", "/faults/{number}"): Described("Take one recipe out.", shape(removed=WHOLE), errors=(404,)),
    ("GET", "/echo/{rest}"): Described("What came to the echo.", shape(received=OBJECTS)),
    ("*", "/echo/{rest}"): Described("Take whatever comes.", shape(received=BOOLEAN), body={}),
}
