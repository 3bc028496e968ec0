"""Why a delivery went wrong, and the cure: each rule reads what the attempts showed and knows one mistake. No I/O.

What is judged is the last attempt that ended. An exchange that a fault struck says nothing about the service.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin, urlsplit

import orjson

from sandbox.encodings import EncodingError, undone
from sandbox.outcomes import STILL_OPEN, DeliveryState

NEIGHBOURS: Final = 10
"""Newest other deliveries of the same destination that went well, looked at where a service refused a key."""

_BODY_READ_BYTES: Final = 1024 * 1024
_QUOTED_CHARACTERS: Final = 100
_REFUSES_KEY: Final = (401, 403)
_NOT_OF_THE_SERVICE: Final = ("sandbox_held", "sandbox_blocked")

View: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[["Case"], "tuple[str, str] | None"]
"""Returns cause and cure; None where the rule has nothing to say."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What probably went wrong, and what to do.

    Attributes:
        id: the rule, for programs.
        page: where more about it stands.
    """

    id: str
    cause: str
    cure: str
    page: str


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule goes by.

    Attributes:
        attempt: the last one that ended, as the API shows it.
        sent: the exchanges of all attempts up to it, oldest first, without those that a fault struck.
        last: the last exchange of the attempt; None where there is none, or a fault struck it.
        neighbours: other deliveries of the destination that went well: `seq`, `type`, `event`, `exchanges`.
    """

    attempt: View
    sent: Sequence[View]
    last: View | None
    neighbours: Sequence[View] = ()

    @property
    def delivered(self) -> bool:
        """Whether the attempt went well, as far as Segment can tell."""
        return bool(self.attempt["outcome"] == DeliveryState.DELIVERED)

    @property
    def thrown(self) -> View | None:
        """The error that the function threw."""
        return self.attempt.get("error")

    @property
    def status(self) -> int | None:
        """The status of the last answer."""
        return _status(self.last) if self.last else None

    @property
    def response(self) -> View:
        """The last answer; empty where there is none."""
        return (self.last.get("response") if self.last else None) or {}

    @property
    def url(self) -> str:
        """Where the last request went."""
        return str(self.last["request"]["url"]) if self.last else ""

    @property
    def webhook(self) -> bool:
        """Whether Segment itself sent the last request, and no function."""
        return self.last is not None and _is_webhook(self.last)

    def failed_with(self, *codes: str) -> View | None:
        """Return the error of the last exchange, where it ended with one of these codes and the attempt failed."""
        error: View | None = None if self.delivered or self.last is None else self.last.get("error")
        return error if error and error["code"].startswith(codes) else None


def advice_on(delivery: View, neighbours: Callable[[], Sequence[View]]) -> list[dict[str, str]]:
    """Say what is known about a delivery, given as the API shows it with secrets in sight, likely causes first.

    Args:
        delivery: with its attempts.
        neighbours: returns other deliveries of the same destination; called only where a rule goes by them.
    """
    ended = [each for each in delivery["attempts"] if each["outcome"] not in ("started", "cut_off")]
    if not ended or delivery["reason"] in _NOT_OF_THE_SERVICE:
        return []
    case = _case(ended, neighbours)
    found = [(name, said) for name, rule in RULES.items() if (said := rule(case)) is not None]
    return [asdict(Advice(name, cause, cure, f"docs/advice.md#{name}")) for name, (cause, cure) in found]


def _case(attempts: Sequence[View], neighbours: Callable[[], Sequence[View]]) -> Case:
    attempt = attempts[-1]
    exchanges = attempt.get("exchanges") or []
    last = exchanges[-1] if exchanges and not _struck(exchanges[-1]) else None
    sent = [each for made in attempts for each in made.get("exchanges") or [] if not _struck(each)]
    by_neighbours = last is not None and _status(last) in _REFUSES_KEY
    return Case(attempt, sent, last, neighbours() if by_neighbours else ())


# -- the sandbox's own doing -------------------------------------------------------------------------------------


def fault_struck(case: Case) -> tuple[str, str] | None:
    """A fault made the request fail."""
    struck = [each["fault"] for each in case.attempt.get("exchanges") or [] if _struck(each)]
    if case.delivered or not struck:
        return None
    cause = f"Fault {struck[-1]} struck the request, so that this says nothing about the service."
    return cause, "`segment-sandbox faults list` shows the fault, `segment-sandbox faults clear` takes it out."


# -- no answer ---------------------------------------------------------------------------------------------------


def connection_refused(case: Case) -> tuple[str, str] | None:
    """Nothing listens."""
    if not case.failed_with("ECONNREFUSED"):
        return None
    cure = "Start the service, or mend the port. It may listen on ::1 alone: then write localhost for 127.0.0.1."
    return f"Nothing listens at {_origin(case.last)}.", cure


def host_unknown(case: Case) -> tuple[str, str] | None:
    """The name is not found."""
    if not case.failed_with("ENOTFOUND", "EAI_"):
        return None
    cure = "Look for a slip in the name, or for a name that is known on another network or in a container only."
    return f"The name in {_origin(case.last)} is not found.", cure


def tls_failed(case: Case) -> tuple[str, str] | None:
    """TLS does not come about, or the certificate is not trusted."""
    error = case.failed_with("EPROTO", "CERT_", "DEPTH_ZERO_", "SELF_SIGNED_", "UNABLE_TO_", "ERR_TLS_")
    if not error:
        return None
    cause = f"TLS with {_origin(case.last)} failed: {error['message']}."
    if error["code"] == "EPROTO":
        return cause, "See whether the port speaks TLS at all; plain HTTP to this machine is written http://."
    cure = (
        "Segment needs a certificate of a public authority, for this name, that is in date, served with the "
        "certificates between. While developing, use http:// on this machine."
    )
    return cause, cure


def hung_up(case: Case) -> tuple[str, str] | None:
    """The connection broke before the answer was complete."""
    if not case.failed_with("ECONNRESET", "EPIPE"):
        return None
    cure = (
        "See the service's log: it probably crashed on this message, or something before it cut the connection. "
        "Send it again with `segment-sandbox retry`."
    )
    return f"{_origin(case.last)} ended the connection before its answer was complete.", cure


def late_answer(case: Case) -> tuple[str, str] | None:
    """A webhook's answer did not come before the deadline."""
    if not case.webhook or not case.failed_with("ECONNABORTED"):
        return None
    cure = (
        "Put the message into a queue, answer 202 at once, and work afterwards. The message may have been stored all "
        "the same, and comes again: know it by its messageId."
    )
    return f"The endpoint had not answered after {_took(case.last)}, and Segment gave up.", cure


def function_late(case: Case) -> tuple[str, str] | None:
    """A function did not end within its limit."""
    if case.webhook or case.delivered or case.thrown or case.attempt["code"] != "ETIMEDOUT":
        return None
    waited = f" The last request, to {_origin(case.last)}, took {_took(case.last)}." if case.last else ""
    cure = "Make one request in place of many, side by side with Promise.all; and see that every promise settles."
    return f"The function did not end within its limit.{waited}", cure


# -- an answer that Segment takes for a failure ------------------------------------------------------------------


def redirect(case: Case) -> tuple[str, str] | None:
    """A webhook answers with another address."""
    if not case.webhook or case.status not in range(300, 400):
        return None
    location = _header(case.response, "Location")
    there = urljoin(case.url, location) if location else "nowhere"
    cure = "Give the address that answers by itself as the endpoint: https, with or without the slash at its end."
    return f"The endpoint answers {case.status} and points to {there}; Segment does not follow.", cure


def wrong_path(case: Case) -> tuple[str, str] | None:
    """A webhook's path is not that of the service."""
    if not case.webhook or case.status not in (404, 405):
        return None
    cure = (
        "Compare the component's endpoint with the route that the service has; Segment sends POST and nothing else."
    )
    return f"The service answers {case.status} to POST {case.url}: it has no such route.", cure


def basic_auth(case: Case) -> tuple[str, str] | None:
    """A webhook refuses the key that comes as Basic."""
    if not case.webhook or case.status not in _REFUSES_KEY or _accepted(case):
        return None
    if case.last is None or not _basic(case.last).endswith(":"):
        return None
    hints = f"{_header(case.response, 'WWW-Authenticate') or ''} {_text(case.response)}".lower()
    asked = " Its answer speaks of Bearer." if "bearer" in hints else ""
    cause = (
        f"The endpoint answered {case.status} to the key as Segment sends it: as the user of `Authorization: Basic`, "
        f"with an empty password.{asked}"
    )
    cure = (
        "Undo the base64 behind `Basic `, and take what stands before the colon for the key; who looks for `Bearer`, "
        "for the bare key, or for a password finds none. If the service does so, it does not know this apiKey."
    )
    return cause, cure


def unauthorized_at_times(case: Case) -> tuple[str, str] | None:
    """A service refuses credentials that it takes from other deliveries."""
    accepted = _accepted(case) if case.status in _REFUSES_KEY else None
    if not accepted or case.delivered:
        return None
    name = " ".join(filter(None, (accepted["type"], accepted["event"])))
    cause = (
        f"The service answered {case.status} to credentials that it took from delivery {accepted['seq']} ({name}): "
        "the way in which they are sent is right."
    )
    cure = (
        "If all are refused from here on, the key has expired or was revoked. Else the service asks for more than "
        "the key: a permission for this type of call, a route of its own, an instance that does not know the key."
    )
    return cause, cure


def no_retry_after(case: Case) -> tuple[str, str] | None:
    """A webhook wants less, and does not say when it wants more."""
    if not case.webhook or case.status != 429:  # noqa: PLR2004 - a status
        return None
    if _header(case.response, "Retry-After"):
        return None
    cure = "Answer with `Retry-After`, in seconds: no attempt is made before. Ten attempts within four hours are all."
    return "The service answered 429 without saying how long to wait, so the schedule of retries decides.", cure


def retry_not_asked(case: Case) -> tuple[str, str] | None:
    """A function's service was busy or down, and the function threw an error that is final."""
    passing = case.status == 429 or case.status in range(500, 600)  # noqa: PLR2004 - a status
    if case.webhook or not passing or not case.thrown or case.thrown["name"] == "RetryError":
        return None
    if case.attempt["outcome"] != DeliveryState.DISCARDED:
        return None
    cause = (
        f"{_origin(case.last)} answered {case.status}, which may pass; but the function threw {case.thrown['name']}, "
        "after which Segment does not try again."
    )
    return cause, "Throw `new RetryError(…)` where the status is 429 or 5xx."


# -- an answer that Segment takes for a success ------------------------------------------------------------------


def error_in_answer(case: Case) -> tuple[str, str] | None:
    """The status is that of success, and the body tells of an error."""
    if not case.delivered or case.status not in range(200, 300):
        return None
    told = _told_error(_object(case.response))
    if told is None:
        return None
    cause = (
        f"The service answered {case.status}, and its body tells of an error: {told}. Segment takes it for delivered."
    )
    if case.webhook:
        return (
            cause,
            "Answer with the status: 400 where the message is wrong, 401 the key, 500 where a retry may help.",
        )
    return (
        cause,
        "Read the body in the function too, and throw ValidationError, or RetryError where a retry may help.",
    )


def page_in_answer(case: Case) -> tuple[str, str] | None:
    """A web page answered for the endpoint."""
    if not case.delivered or not case.webhook or case.last is None or not _is_page(case.last):
        return None
    cause = f"A web page answered {case.status}: probably a login, or a front end that answers whatever is asked."
    return cause, "See whether the endpoint is the service's own route; an answer to Segment needs no body at all."


def status_not_checked(case: Case) -> tuple[str, str] | None:
    """A function returned although its last request was refused."""
    if not case.delivered or case.webhook or case.status not in range(400, 600):
        return None
    cause = f"{_origin(case.last)} answered {case.status}, and the function returned as if all were well."
    cure = "fetch does not throw on a status: look at `response.ok`, and throw where it is false."
    return cause, cure


# -- the function ------------------------------------------------------------------------------------------------


def page_as_json(case: Case) -> tuple[str, str] | None:
    """A function read a web page as JSON."""
    if case.last is None or case.thrown is None or not _begins_like_a_page(case.last):
        return None
    if "json" not in str(case.thrown["message"]).lower():
        return None
    cause = f"{_origin(case.last)} answered {case.status} with a page, and the function read it as JSON."
    return cause, "Look at `response.ok` before `response.json()`; an error page is mostly HTML, or XML."


def not_awaited(case: Case) -> tuple[str, str] | None:
    """A handler returned before its promise had settled."""
    runs = (case.attempt, case.attempt.get("insert") or {})
    opened = [words for run in runs for words in run.get("warnings") or [] if STILL_OPEN in words]
    if not opened:
        return None
    what = opened[0].split(STILL_OPEN)[0].strip()
    cause = f"The handler returned before its work was done: {what[0].lower()}{what[1:]} was still open."
    cure = (
        "Put `await` before every call that returns a promise, and Promise.all around those that are made in a loop."
    )
    return cause, cure


# -- repeats -----------------------------------------------------------------------------------------------------


def repeat_refused(case: Case) -> tuple[str, str] | None:
    """The service has the message already, and calls that an error."""
    if case.delivered or case.last is None or case.status != 409:  # noqa: PLR2004 - a status
        return None
    if not any(_same(each, case.last) for each in case.sent if each is not case.last):
        return None
    cause = "The service answered 409 to what was sent before: it has the message already, from an earlier attempt."
    return cause, "Answer 200 to a messageId that is there already: it is what Segment wants, and so is no error."


def stored_twice(case: Case) -> tuple[str, str] | None:
    """The service made two things of one message."""
    taken = [each for each in case.sent if _is_webhook(each) and _status(each) in range(200, 300)]
    if case.last is None or not case.delivered or not case.webhook:
        return None
    if not any(_same(each, case.last) and _made_another(each, case.last) for each in taken if each is not case.last):
        return None
    cause = "The message came twice, and by its answers the service stored it twice."
    cure = (
        "Keep the messageId with what is stored, under a unique index, and answer 200 to one that is there already: "
        "Segment sends a message again whenever it did not see the answer."
    )
    return cause, cure


RULES: Final[Mapping[str, Rule]] = {
    rule.__name__: rule
    for rule in (
        fault_struck,
        connection_refused,
        host_unknown,
        tls_failed,
        hung_up,
        late_answer,
        function_late,
        redirect,
        wrong_path,
        basic_auth,
        unauthorized_at_times,
        no_retry_after,
        retry_not_asked,
        error_in_answer,
        page_in_answer,
        status_not_checked,
        page_as_json,
        not_awaited,
        repeat_refused,
        stored_twice,
    )
}
"""By id, in the order in which advice is given; docs/advice.md has a section for each."""


# -- reading exchanges -------------------------------------------------------------------------------------------


def _struck(exchange: View) -> bool:
    return exchange.get("fault") is not None


def _is_webhook(exchange: View) -> bool:
    return _header(exchange["request"], "X-Segment-Settings") is not None


def _status(exchange: View) -> int | None:
    response = exchange.get("response")
    return response["status"] if response else None


def _header(part: View, name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in part.get("headers", ()) if key.lower() == wanted), None)


def _origin(exchange: View | None) -> str:
    """Name scheme, host and port; the path may have a secret in it, and is of no help."""
    parts = urlsplit(exchange["request"]["url"]) if exchange else None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts else "the service"


def _took(exchange: View | None) -> str:
    return f"{exchange['duration_ms'] / 1000:.1f} s" if exchange else "a while"


def _text(part: View) -> str:
    """Read a body as text, undone where it is compressed; empty where that cannot be."""
    if "body" in part:
        return str(part["body"])
    try:
        body = base64.b64decode(part.get("body_base64", ""))
        return undone(body, _header(part, "Content-Encoding") or "", _BODY_READ_BYTES).decode()
    except (EncodingError, ValueError):
        return ""


def _object(part: View) -> Mapping[str, Any]:
    """Read a body as a JSON object; empty where it is none."""
    try:
        value = orjson.loads(_text(part))
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _told_error(body: Mapping[str, Any]) -> str | None:
    """Quote what says in a body that it went wrong."""
    told = {name: value for name, value in body.items() if _tells_error(name.lower(), value)}
    if not told:
        return None
    text = orjson.dumps(told).decode()
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}…"


def _tells_error(name: str, value: Any) -> bool:
    match name:
        case "error" | "errors":
            return value is True or (bool(value) and isinstance(value, str | list | dict))
        case "success" | "ok":
            return value is False
        case "status" | "result":
            return isinstance(value, str) and value.lower() in ("error", "fail", "failed", "failure")
        case _:
            return False


def _is_page(exchange: View) -> bool:
    return _text(exchange["response"]).lstrip()[:15].lower().startswith(("<!doctype html", "<html"))


def _begins_like_a_page(exchange: View) -> bool:
    response = exchange.get("response")
    return response is not None and _text(response).lstrip("\ufeff \t\r\n").startswith("<")


def _basic(exchange: View) -> str:
    """Return user and password of Basic authorization, with the colon between; empty where there is none."""
    scheme, _, encoded = (_header(exchange["request"], "Authorization") or "").partition(" ")
    try:
        return base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        return ""


def _accepted(case: Case) -> View | None:
    """Return another delivery in which the service took the same credentials."""
    sent = _header(case.last["request"], "Authorization") if case.last else None
    if sent is None:
        return None
    origin = _origin(case.last)
    return next(
        (each for each in case.neighbours if any(_took_it(one, sent, origin) for one in each["exchanges"])), None
    )


def _took_it(exchange: View, authorization: str, origin: str) -> bool:
    return (
        not _struck(exchange)
        and _status(exchange) in range(200, 300)
        and _header(exchange["request"], "Authorization") == authorization
        and _origin(exchange) == origin
    )


def _same(one: View, other: View) -> bool:
    """Say whether two requests bring the same message: by its messageId, else byte by byte."""
    first, second = one["request"], other["request"]
    if (first["method"], first["url"]) != (second["method"], second["url"]) or first["method"] == "GET":
        return False
    if _is_webhook(one):
        return (_object(first).get("messageId") or 0) == _object(second).get("messageId")
    return bool(_text(first) and _text(first) == _text(second))


def _made_another(one: View, other: View) -> bool:
    """Say whether two answers speak of two things: other ids, or 201 twice without the same body."""
    first, second = one["response"], other["response"]
    ids, other_ids = _ids(_object(first)), _ids(_object(second))
    if ids or other_ids:
        return bool(ids.keys() == other_ids.keys() and ids != other_ids)
    created = first["status"] == second["status"] == 201  # noqa: PLR2004 - a status
    return created and not (_text(first) and _text(first) == _text(second))


def _ids(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name.lower() in ("id", "_id", "uuid")}
