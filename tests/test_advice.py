"""Which mistake shows itself how, and what is said about it."""

import base64
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.advice import RULES, advice_on
from sandbox.destinations.webhook import authorization
from tests.conftest import destination, running, write_workspace
from tests.partner import Answer, Partner

MESSAGE = {"messageId": "m-1", "type": "track", "event": "E"}
OPEN = (
    "A request to http://127.0.0.1:9 was still open when the handler returned: Segment may never finish it. Await it."
)
NOT_JSON = {
    "name": "FetchError",
    "message": "invalid json response body at https://api.test/ reason: Unexpected token <",
}


def answer(status: int, body: Any = "", **headers: str) -> dict[str, Any]:
    """Make an answer as an exchange shows it; what is no text is written as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    shown = [[name.replace("_", "-"), value] for name, value in headers.items()]
    return {"response": {"status": status, "reason": "", "headers": shown, "body": text}}


def failed(code: str, message: str = "no answer") -> dict[str, Any]:
    """Make what an exchange shows in place of an answer."""
    return {"error": {"code": code, "message": message}}


def hook(outcome: dict[str, Any], *, key: str = "k", fault: int | None = None, **message: Any) -> dict[str, Any]:
    """Make a webhook's exchange."""
    headers = [["Authorization", authorization(key)], ["X-Segment-Settings", "e30="]]
    body = json.dumps({**MESSAGE, **message})
    request = {"method": "POST", "url": "http://127.0.0.1:9/hook", "headers": headers, "body": body}
    return {"request": request, "duration_ms": 12.5, **({} if fault is None else {"fault": fault}), **outcome}


def fetch(outcome: dict[str, Any], *, key: str | None = None, body: str = "{}") -> dict[str, Any]:
    """Make the exchange of a function's fetch."""
    headers = [["authorization", f"Bearer {key}"]] if key else []
    request = {"method": "POST", "url": "https://api.test/v1/things", "headers": headers, "body": body}
    return {"request": request, "duration_ms": 12.5, **outcome}


def attempt(outcome: str, *exchanges: dict[str, Any], code: str = "", **fields: Any) -> dict[str, Any]:
    """Make an attempt."""
    return {"outcome": outcome, "code": code, "exchanges": list(exchanges), "error": None, "warnings": [], **fields}


def given(*attempts: dict[str, Any], neighbours: Sequence[Any] = (), reason: str | None = None) -> list[str]:
    """Return the ids of the advice on a delivery with these attempts."""
    told = advice_on({"reason": reason, "attempts": list(attempts)}, lambda: neighbours)
    assert all(each["page"] == f"docs/advice.md#{each['id']}" and each["cause"] and each["cure"] for each in told)
    return [each["id"] for each in told]


def neighbour(exchange: dict[str, Any]) -> dict[str, Any]:
    """Make another delivery that went well."""
    return {"seq": 7, "type": "identify", "event": None, "exchanges": [exchange]}


BAD = "discarded"
AGAIN = "awaiting_retry"
GOOD = "delivered"

CASES = [
    pytest.param(attempt(AGAIN, hook(failed("ECONNREFUSED"))), "connection_refused", id="refused"),
    pytest.param(attempt(AGAIN, hook(failed("ENOTFOUND"))), "host_unknown", id="no such name"),
    pytest.param(attempt(AGAIN, hook(failed("EAI_AGAIN"))), "host_unknown", id="no name server"),
    pytest.param(attempt(AGAIN, hook(failed("EPROTO"))), "tls_failed", id="no tls"),
    pytest.param(attempt(AGAIN, hook(failed("CERT_HAS_EXPIRED"))), "tls_failed", id="expired"),
    pytest.param(attempt(AGAIN, hook(failed("ECONNRESET"))), "hung_up", id="hung up"),
    pytest.param(attempt(AGAIN, hook(failed("ECONNABORTED")), code="ETIMEDOUT"), "late_answer", id="late"),
    pytest.param(attempt(AGAIN, code="ETIMEDOUT"), "function_late", id="function late"),
    pytest.param(attempt(AGAIN, fetch(answer(200)), code="ETIMEDOUT"), "function_late", id="late after a fetch"),
    pytest.param(attempt(BAD, hook(answer(301, Location="/hook/"))), "redirect", id="301"),
    pytest.param(attempt(BAD, hook(answer(302))), "redirect", id="302 to nowhere"),
    pytest.param(attempt(BAD, hook(answer(404))), "wrong_path", id="404"),
    pytest.param(attempt(BAD, hook(answer(405))), "wrong_path", id="405"),
    pytest.param(attempt(BAD, hook(answer(401))), "basic_auth", id="401"),
    pytest.param(attempt(BAD, hook(answer(403))), "basic_auth", id="403"),
    pytest.param(attempt(AGAIN, hook(answer(429))), "no_retry_after", id="429"),
    pytest.param(
        attempt(BAD, fetch(answer(503)), error={"name": "Error", "message": "down"}), "retry_not_asked", id="final"
    ),
    pytest.param(attempt(GOOD, hook(answer(200, {"error": "no"}))), "error_in_answer", id="error"),
    pytest.param(attempt(GOOD, hook(answer(200, {"errors": [{"m": 1}]}))), "error_in_answer", id="errors"),
    pytest.param(attempt(GOOD, fetch(answer(200, {"success": False}))), "error_in_answer", id="success is false"),
    pytest.param(attempt(GOOD, hook(answer(200, {"status": "Failed"}))), "error_in_answer", id="status"),
    pytest.param(attempt(GOOD, hook(answer(200, "\n<!DOCTYPE html><p>"))), "page_in_answer", id="page"),
    pytest.param(attempt(GOOD, fetch(answer(404))), "status_not_checked", id="not checked"),
    pytest.param(attempt(BAD, fetch(answer(404, "<html>")), error=NOT_JSON), "page_as_json", id="page as JSON"),
    pytest.param(attempt(GOOD, warnings=[OPEN]), "not_awaited", id="not awaited"),
    pytest.param(attempt(GOOD, insert={"warnings": [OPEN]}), "not_awaited", id="not awaited before"),
    pytest.param(attempt(AGAIN, hook(answer(503), fault=3)), "fault_struck", id="fault"),
]


@pytest.mark.parametrize(("last", "expected"), CASES)
def test_a_mistake_has_its_advice(last: dict[str, Any], expected: str) -> None:
    """And no other, whatever came before."""
    assert given(last) == [expected]
    assert given(attempt(AGAIN, hook(answer(500))), last) == [expected]


def test_every_rule_is_tried() -> None:
    """By the table, or by a test of its own below."""
    others = {"unauthorized_at_times", "repeat_refused", "stored_twice"}
    assert {case.values[1] for case in CASES} | others == set(RULES)


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(attempt(GOOD, hook(answer(200, "OK"))), id="ok"),
        pytest.param(attempt(GOOD, hook(answer(200, {"error": None, "errors": [], "ok": True}))), id="no error"),
        pytest.param(attempt(GOOD, hook(answer(200, {"status": "ok", "errors": 0}))), id="none counted"),
        pytest.param(attempt(GOOD, hook(answer(200, "[" * 5_000))), id="deep"),
        pytest.param(attempt(AGAIN, hook(answer(429, Retry_After="3"))), id="429 with Retry-After"),
        pytest.param(attempt(AGAIN, hook(answer(500))), id="500"),
        pytest.param(attempt(BAD, hook(answer(400, {"message": "no"}))), id="400"),
        pytest.param(attempt(GOOD, hook(answer(200, {"error": "no"}), fault=1)), id="delayed by a fault"),
        pytest.param(attempt(GOOD, fetch(answer(404)), fetch(answer(201))), id="looked up, then made"),
        pytest.param(attempt(GOOD, fetch(failed("ECONNREFUSED"))), id="caught"),
        pytest.param(
            attempt(AGAIN, fetch(answer(503)), error={"name": "RetryError", "message": "down"}),
            id="asked for a retry",
        ),
        pytest.param(attempt("started"), id="under way"),
        pytest.param({"outcome": "cut_off"}, id="cut off"),
        pytest.param({"outcome": "delivered", "code": "200"}, id="without a record"),
    ],
)
def test_where_nothing_is_known_there_is_no_advice(last: dict[str, Any]) -> None:
    """Least of all a wrong one."""
    assert given(last) == []


def test_what_the_sandbox_refuses_or_holds_back_has_its_reason_alone() -> None:
    """The reason says what to do."""
    assert given(attempt(BAD, hook(failed("SANDBOX_REFUSED"))), reason="sandbox_blocked") == []
    assert given(attempt(AGAIN), reason="sandbox_held") == []
    assert given() == []


@pytest.mark.parametrize(
    ("exchange", "near", "expected"),
    [
        pytest.param(hook(answer(401)), hook(answer(200)), "unauthorized_at_times", id="taken from another"),
        pytest.param(hook(answer(401)), hook(answer(200), key="other"), "basic_auth", id="another key was taken"),
        pytest.param(hook(answer(401)), hook(answer(200), fault=1), "basic_auth", id="taken by a fault"),
        pytest.param(hook(answer(401)), hook(answer(401)), "basic_auth", id="refused there too"),
        pytest.param(
            fetch(answer(403), key="k"), fetch(answer(200), key="k"), "unauthorized_at_times", id="of a function"
        ),
    ],
)
def test_credentials_that_are_taken_at_times_are_sent_rightly(
    exchange: dict[str, Any], near: dict[str, Any], expected: str
) -> None:
    """So the way of sending them is not blamed."""
    assert given(attempt(BAD, exchange), neighbours=[neighbour(near)]) == [expected]


def test_other_deliveries_are_looked_up_only_for_a_refused_key() -> None:
    """They cost a query."""
    asked: list[int] = []

    def neighbours() -> list[Any]:
        asked.append(1)
        return []

    for status in (200, 400, 401):
        advice_on({"reason": None, "attempts": [attempt(BAD, hook(answer(status)))]}, neighbours)
    assert len(asked) == 1


def test_an_answer_that_speaks_of_bearer_is_evidence() -> None:
    """In the header that asks for it, or in the body."""
    for told in (answer(401, WWW_Authenticate="Bearer"), answer(401, {"message": "bearer token missing"})):
        (advice,) = advice_on({"reason": None, "attempts": [attempt(BAD, hook(told))]}, list)
        assert "speaks of Bearer" in advice["cause"]


LATE = attempt(AGAIN, hook(failed("ECONNABORTED")), code="ETIMEDOUT")


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        pytest.param([LATE, attempt(BAD, hook(answer(409)))], ["repeat_refused"], id="after a late answer"),
        pytest.param([attempt(BAD, hook(answer(200)), hook(answer(409)))], ["repeat_refused"], id="in one attempt"),
        pytest.param([attempt(BAD, hook(answer(409)))], [], id="the first time"),
        pytest.param([attempt(AGAIN, hook(answer(503), fault=1)), attempt(BAD, hook(answer(409)))], [], id="struck"),
        pytest.param([attempt(BAD, hook(answer(200), messageId="m-2"), hook(answer(409)))], [], id="another message"),
        pytest.param(
            [attempt(AGAIN, fetch(answer(500))), attempt(BAD, fetch(answer(409)))], ["repeat_refused"], id="function"
        ),
        pytest.param(
            [attempt(AGAIN, fetch(answer(500))), attempt(BAD, fetch(answer(409), body="[]"))], [], id="other body"
        ),
        pytest.param(
            [attempt(GOOD, hook(answer(200, {"id": 1})), hook(answer(200, {"id": 2})))],
            ["stored_twice"],
            id="two ids",
        ),
        pytest.param([attempt(GOOD, hook(answer(201, {"id": 1})), hook(answer(201, {"id": 1})))], [], id="one id"),
        pytest.param([attempt(GOOD, hook(answer(201)), hook(answer(201)))], ["stored_twice"], id="made twice"),
        pytest.param([attempt(GOOD, hook(answer(201)), hook(answer(200)))], [], id="made once"),
        pytest.param([attempt(GOOD, hook(answer(200)), hook(answer(200)))], [], id="taken twice"),
        pytest.param(
            [attempt(GOOD, hook(answer(201))), attempt(GOOD, hook(answer(201)))], ["stored_twice"], id="retry"
        ),
    ],
)
def test_a_message_that_comes_again_is_to_be_stored_once(attempts: list[Any], expected: list[str]) -> None:
    """What is blamed was seen: the same message, and an answer that tells."""
    assert given(*attempts) == expected


def test_a_compressed_answer_is_read() -> None:
    """It is kept as it came."""
    exchange = fetch(answer(200, Content_Encoding="gzip"))
    response = exchange["response"]
    del response["body"]
    response["body_base64"] = base64.b64encode(gzip.compress(b'{"error": "no"}')).decode()
    assert given(attempt(GOOD, exchange)) == ["error_in_answer"]
    response["body_base64"] = base64.b64encode(b"\x1f\x8b broken").decode()
    assert given(attempt(GOOD, exchange)) == []


async def test_a_running_sandbox_advises_and_keeps_the_secret(tmp_path: Path) -> None:
    """A service that reads Bearer, then tells the key in its errors, in delivery and story alike."""
    async with Partner(
        Answer(401), Answer(200, (), b'{"error": "local-api-key is unknown"}'), Answer(401)
    ) as partner:
        write_workspace(tmp_path, partner.url, destinations=destination("crm", "webhook"))
        async with running(tmp_path) as sandbox:
            for name in ("One", "Two", "Three"):
                await sandbox.call("/v1/track", {"userId": "u", "event": name})
                await sandbox.settled()
            deliveries = (await sandbox.get("/deliveries"))["deliveries"]
            told = [(await sandbox.get(f"/deliveries/{each['seq']}"))["advice"] for each in deliveries]
            story = await sandbox.get(f"/messages/{deliveries[1]['message_seq']}")
            waited = await sandbox.get("/wait?kind=delivery")
    assert [[each["id"] for each in advice] for advice in told] == [
        ["unauthorized_at_times"],
        ["error_in_answer"],
        ["unauthorized_at_times"],
    ]
    assert f"delivery {deliveries[1]['seq']} (track Two)" in told[2][0]["cause"]
    assert "•••• is unknown" in told[1][0]["cause"]
    assert story["deliveries"][0]["advice"] == told[1]
    assert waited["matches"][0]["advice"] == told[0]
