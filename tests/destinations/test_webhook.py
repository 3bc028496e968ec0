"""The subscription webhook contract, against a service on loopback and against a fake of the port."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import ManualClock
from sandbox.destinations.webhook import Webhook, attempt, authorization, outcome_of, settings_header
from sandbox.outbound import Outbound
from sandbox.outcomes import AwaitingRetry, Delivered, Discarded, Outcome
from sandbox.wire import Exchange, Headers, NetworkError, Request, Response
from tests.partner import Answer, Hang, HangUp, Partner, Reset, Script

BODY = b'{"type":"track","event":"Order Completed"}'
JSON: Headers = (("Content-Type", "application/json; charset=utf-8"),)


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with Partner() as service:
        yield service


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    async with Outbound(ManualClock(), offline=True) as client:
        yield client


@dataclass
class RecordingSender:
    """Answers every request alike and keeps them."""

    answer: Response | NetworkError = field(default_factory=lambda: response(200))
    sent: list[tuple[Request, float]] = field(default_factory=list)

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Keep the request and answer."""
        self.sent.append((request, timeout_s))
        return Exchange(request, self.answer, 0, 1.0)


def response(status: int, headers: Headers = (), body: bytes = b"", reason: str = "") -> Response:
    return Response(status, reason, headers, body)


def webhook(
    endpoint: str = "https://partner.example/segment",
    timeout_s: float = 10.0,
    **settings: object,
) -> Webhook:
    return Webhook(endpoint, {"apiKey": "segment", **settings}, timeout_s)


def discarded(outcome: Outcome) -> Discarded:
    assert isinstance(outcome, Discarded)
    return outcome


async def test_a_message_is_one_post_with_the_documented_headers(outbound: Outbound, partner: Partner) -> None:
    """The service receives method, headers, their order and values, and the body as the contract says."""
    record = await attempt(webhook(partner.url, customSettingOne="custom setting value"), BODY, outbound)
    assert record.outcome == Delivered(200)
    assert len(partner.received) == 1
    received = partner.received[0]
    assert (received.method, received.body) == ("POST", BODY)
    assert received.headers == (
        ("Host", f"127.0.0.1:{partner.port}"),
        ("Accept", "*/*"),
        ("Authorization", "Basic c2VnbWVudDo="),
        ("Cache-Control", "no-cache"),
        ("Connection", "Keep-Alive"),
        ("Content-Length", str(len(BODY))),
        ("Content-Type", "application/json"),
        ("User-Agent", "Segment.io/1.0"),
        (
            "X-Segment-Settings",
            "eyJjdXN0b21TZXR0aW5nT25lIjoiY3VzdG9tIHNldHRpbmcgdmFsdWUifQ==",
        ),
    )
    assert record.exchanges[0].request.headers == received.headers


def test_the_api_key_is_the_user_of_basic_authorization() -> None:
    """The password is empty, and the colon is there."""
    assert authorization("segment") == "Basic c2VnbWVudDo="


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(
            {"customSettingOne": "custom setting value"},
            "eyJjdXN0b21TZXR0aW5nT25lIjoiY3VzdG9tIHNldHRpbmcgdmFsdWUifQ==",
            id="documented",
        ),
        pytest.param({}, "e30=", id="none"),
        pytest.param({"apiKey": "secret-key"}, "e30=", id="only-api-key"),
        pytest.param({"apiKey": "secret-key", "endpoint": "https://x.example"}, "e30=", id="endpoint-left-out"),
        pytest.param({"a": True, "b": [1, "é"]}, "eyJhIjp0cnVlLCJiIjpbMSwiw6kiXX0=", id="compact-utf-8"),
    ],
)
def test_the_other_settings_travel_as_base64_of_json(settings: Mapping[str, object], expected: str) -> None:
    """All settings but apiKey, as one compact object."""
    assert settings_header(settings) == expected


JSON_VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.lists(st.text())


@given(st.dictionaries(st.text().filter(lambda key: key not in {"apiKey", "endpoint"}), JSON_VALUES))
def test_the_partner_can_read_back_the_settings(settings: dict[str, object]) -> None:
    """Decoding the header gives the settings, and never the key."""
    header = settings_header({**settings, "apiKey": "secret-key"})
    assert json.loads(b64decode(header)) == settings


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(response(200), Delivered(200), id="200"),
        pytest.param(response(202), Delivered(202), id="202"),
        pytest.param(response(204), Delivered(204), id="other-2xx"),
        pytest.param(
            response(302, (("Location", "/new"),), reason="Found"),
            Discarded(
                "302",
                "errors.discarded.302",
                "The endpoint answered 302 Found to /new; Segment follows no redirect.",
            ),
            id="3xx-is-not-followed",
        ),
        pytest.param(
            response(400, JSON, b'{"message":"Missing email address"}'),
            Discarded("400", "errors.discarded.400", "Missing email address"),
            id="400",
        ),
        pytest.param(
            response(401, JSON, b'{"message":"API token expired"}'),
            Discarded("401", "errors.discarded.401", "API token expired"),
            id="401",
        ),
        pytest.param(
            response(403, reason="Forbidden"),
            Discarded("403", "errors.discarded.403", "The endpoint answered 403 Forbidden."),
            id="403",
        ),
        pytest.param(
            response(422, reason="Unprocessable Entity"),
            Discarded("422", "errors.discarded.422", "The endpoint answered 422 Unprocessable Entity."),
            id="422",
        ),
        pytest.param(
            response(429, reason="Too Many Requests"),
            AwaitingRetry(
                "429",
                "errors.awaiting-retry.429",
                "The endpoint answered 429 Too Many Requests.",
            ),
            id="429",
        ),
        pytest.param(
            response(500),
            AwaitingRetry("500", "errors.awaiting-retry.5xx", "The endpoint answered 500."),
            id="500",
        ),
        pytest.param(
            response(501, reason="Not Implemented"),
            Discarded(
                "UNSUPPORTED_EVENT_TYPE",
                "errors.discarded.UNSUPPORTED_EVENT_TYPE",
                "The endpoint answered 501 Not Implemented: it does not take this type of call.",
            ),
            id="501",
        ),
        pytest.param(
            response(503, JSON, b'{"message":"Back at noon"}'),
            AwaitingRetry("503", "errors.awaiting-retry.5xx", "Back at noon"),
            id="503",
        ),
        pytest.param(
            response(505),
            Discarded("505", "errors.discarded.505", "The endpoint answered 505."),
            id="other-5xx",
        ),
        pytest.param(
            NetworkError("ECONNABORTED", "timeout of 10000ms exceeded"),
            AwaitingRetry(
                "ETIMEDOUT",
                "errors.awaiting-retry.ECONNABORTED",
                "timeout of 10000ms exceeded",
            ),
            id="deadline",
        ),
        pytest.param(
            NetworkError("ETIMEDOUT", "connect ETIMEDOUT 203.0.113.1:443"),
            AwaitingRetry(
                "ETIMEDOUT",
                "errors.awaiting-retry.ECONNABORTED",
                "connect ETIMEDOUT 203.0.113.1:443",
            ),
            id="connect-timeout",
        ),
        pytest.param(
            NetworkError("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9"),
            AwaitingRetry(
                "EREFUSED",
                "errors.awaiting-retry.ECONNREFUSED",
                "connect ECONNREFUSED 127.0.0.1:9",
            ),
            id="refused",
        ),
        pytest.param(
            NetworkError("ENOTFOUND", "getaddrinfo ENOTFOUND partner.example"),
            AwaitingRetry(
                "ENOTFOUND",
                "errors.awaiting-retry.ENOTFOUND",
                "getaddrinfo ENOTFOUND partner.example",
            ),
            id="not-found",
        ),
        pytest.param(
            NetworkError("SANDBOX_REFUSED", "No."),
            Discarded("sandbox_blocked", "errors.discarded.sandbox_blocked", "No."),
            id="refused-by-the-sandbox",
        ),
        pytest.param(
            NetworkError("SANDBOX_RESPONSE_TOO_LARGE", "Too long."),
            Discarded("INTERNAL", "errors.discarded.INTERNAL", "Too long."),
            id="response-too-long",
        ),
    ],
)
def test_each_answer_has_its_meaning(answer: Response | NetworkError, expected: Outcome) -> None:
    """Success, discard, unsupported or another try, as the contract has it."""
    assert outcome_of(answer) == expected


@given(st.integers(100, 599))
def test_every_status_has_exactly_one_outcome(status: int) -> None:
    """A status is delivered, or discarded in one form: awaiting a retry exactly when there would be one."""
    match outcome_of(response(status)):
        case Delivered(delivered):
            assert 200 <= delivered == status <= 299
        case Discarded() as outcome:
            assert outcome.code in {str(status), "UNSUPPORTED_EVENT_TYPE"}
            assert outcome.delivery_code.startswith("errors.discarded.")
            assert outcome.message
        case AwaitingRetry() as outcome:
            assert outcome.code == str(status)
            assert outcome.delivery_code.startswith("errors.awaiting-retry.")
            assert outcome.message
        case other:
            assert_never(other)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param((("Content-Type", "text/plain"),), b'{"message":"secret"}', id="other-type"),
        pytest.param((), b'{"message":"secret"}', id="no-type"),
        pytest.param(JSON, b'{"message":"secret"', id="broken"),
        pytest.param(JSON, b'["secret"]', id="no-object"),
        pytest.param(JSON, b'{"message":{"secret":1}}', id="no-text"),
        pytest.param(JSON, b'{"message":""}', id="empty-text"),
        pytest.param(JSON, b"", id="empty-body"),
        pytest.param(JSON, b"[" * 100_000, id="bottomless"),
        pytest.param(JSON, b"\xff\xfe", id="not-utf-8"),
    ],
)
def test_only_a_message_in_json_is_read(headers: Headers, body: bytes) -> None:
    """Whatever is not `{"message": "…"}` with the content type of JSON is passed over."""
    outcome = discarded(outcome_of(response(400, headers, body, "Bad Request")))
    assert outcome.message == "The endpoint answered 400 Bad Request."


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param("http://partner.example/segment", id="http"),
        pytest.param("http://localhost.partner.example/", id="only-begins-like-localhost"),
        pytest.param("http://10.0.0.5/", id="http-on-a-private-address"),
        pytest.param("ftp://localhost/", id="other-scheme"),
        pytest.param("localhost:9000", id="no-scheme"),
        pytest.param("http://[::1", id="broken"),
        pytest.param("https://", id="no-host"),
        pytest.param("https://partner.example:99999/", id="port-out-of-range"),
        pytest.param("", id="empty"),
    ],
)
async def test_an_endpoint_without_https_is_refused(endpoint: str) -> None:
    """Nothing is sent; the sentence names the endpoint and what to use."""
    sender = RecordingSender()
    record = await attempt(webhook(endpoint), BODY, sender)
    outcome = discarded(record.outcome)
    assert (outcome.code, outcome.delivery_code) == ("INVALID_SETTINGS", "errors.discarded.INVALID_SETTINGS")
    assert endpoint in outcome.message
    assert "https" in outcome.message
    assert not sender.sent


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param("https://partner.example/segment", id="https"),
        pytest.param("HTTPS://partner.example/segment", id="upper-case"),
        pytest.param("http://localhost:9000/", id="localhost"),
        pytest.param("http://127.0.0.1:9000/", id="loopback"),
        pytest.param("http://[::1]:9000/", id="loopback-v6"),
    ],
)
async def test_https_and_http_on_this_machine_are_called(endpoint: str) -> None:
    """The endpoint is called as written, with the webhook's own deadline."""
    sender = RecordingSender()
    await attempt(webhook(endpoint, timeout_s=7.5), BODY, sender)
    ((request, timeout_s),) = sender.sent
    assert (request.url, timeout_s) == (endpoint, 7.5)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="missing"),
        pytest.param({"apiKey": ""}, id="empty"),
        pytest.param({"apiKey": None}, id="null"),
        pytest.param({"apiKey": 12345678}, id="number"),
    ],
)
async def test_a_destination_without_an_api_key_is_not_called(settings: Mapping[str, object]) -> None:
    """Every component has an apiKey; without it, the settings are invalid."""
    sender = RecordingSender()
    record = await attempt(Webhook("https://partner.example/", settings), BODY, sender)
    outcome = discarded(record.outcome)
    assert outcome.code == "INVALID_SETTINGS"
    assert 'setting "apiKey" is required' in outcome.message
    assert not sender.sent


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param(Hang(), "ETIMEDOUT", id="sleeps-beyond-the-limit"),
        pytest.param(HangUp(), "ECONNRESET", id="hangs-up"),
        pytest.param(Reset(), "ECONNRESET", id="resets"),
    ],
)
async def test_a_service_that_fails_on_the_wire_is_tried_again(
    outbound: Outbound,
    partner: Partner,
    script: Script,
    code: str,
) -> None:
    """No status is a reason for another try."""
    partner.answer(script)
    record = await attempt(webhook(partner.url, timeout_s=0.05), BODY, outbound)
    assert isinstance(record.outcome, AwaitingRetry)
    assert record.outcome.code == code


async def test_a_key_that_is_turned_down_is_tried_once(outbound: Outbound, partner: Partner) -> None:
    """After 401, Segment does not try again, and shows the partner's own message."""
    partner.answer(Answer(401, JSON, b'{"message":"API token expired"}'))
    record = await attempt(webhook(partner.url), BODY, outbound)
    assert record.outcome == Discarded("401", "errors.discarded.401", "API token expired")
    assert len(partner.received) == 1


async def test_the_record_holds_the_exchange() -> None:
    """What was sent and what came back is shown; there is no console and no callback return."""
    sender = RecordingSender(response(503))
    record = await attempt(webhook(), BODY, sender)
    (exchange,) = record.exchanges
    assert exchange.outcome == sender.answer
    assert (record.logs, record.returned, record.error) == ((), None, None)
