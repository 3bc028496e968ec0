"""Expectations: comparing, masking, keeping."""

import base64
import json
from typing import Any

import pytest

from sandbox.devcenter.expectations import Observer

HOME = "http://127.0.0.1:8484"
ID = "0b2d6a2e-8d4c-4a0e-9f1b-3c5d7e9f1a2b"
OBSERVER = Observer(HOME, ("secret-key",))


def result(body: str = '{"id":1}', url: str = "https://partner.example/v1", **fields: Any) -> dict[str, Any]:
    """Make a result with one request, as the API shows it."""
    request = {
        "method": "POST",
        "url": url,
        "headers": [["Accept", "*/*"], ["Host", "partner.example"]],
        "body": body,
    }
    return {
        "sent": {"messageId": "m-1", "timestamp": "2019-05-31T23:27:37.000Z"},
        "colour": "green",
        "code": "200",
        "rule": "delivered",
        "outcome": {"state": "delivered", "reason": None, "delivery_code": None},
        "exchanges": [{"request": request}],
        **fields,
    }


def request(**parts: Any) -> dict[str, Any]:
    """Make an expectation of one request."""
    return {"requests": [parts]}


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        pytest.param({}, "{}", id="nothing"),
        pytest.param(request(body={"id": "{{uuid}}"}), f'{{"id":"{ID}"}}', id="uuid"),
        pytest.param(request(body={"at": "{{timestamp}}"}), '{"at":"2026-01-02T03:04:05.678Z"}', id="time"),
        pytest.param(request(body={"at": "{{timestamp}}"}), '{"at":1767323045678}', id="time as milliseconds"),
        pytest.param(request(body={"n": "{{number}}"}), '{"n":-1.5}', id="number"),
        pytest.param(request(body={"n": "{{any}}"}), '{"n":{"deep":[1]}}', id="anything"),
        pytest.param(request(body={"n": "a-{{string}}-z"}), '{"n":"a-b-z"}', id="within a text"),
        pytest.param(request(body={"n": "{{sandbox}}/x"}), f'{{"n":"{HOME}/x"}}', id="the sandbox"),
        pytest.param(request(body="plain {{any}}"), "plain text", id="no JSON"),
        pytest.param(request(headers={"ACCEPT": "*/*"}), "{}", id="headers by name alone"),
        pytest.param(request(method="POST", url="https://partner.example/{{any}}"), "{}", id="no word of the body"),
    ],
)
def test_what_fits_has_no_differences(expected: dict[str, Any], body: str) -> None:
    """Placeholders stand for what varies, and what is left out is free."""
    assert OBSERVER.differences(expected, result(body)) == []


@pytest.mark.parametrize(
    ("expected", "differences"),
    [
        pytest.param(
            request(body={"id": 2}), [{"path": "requests.0.body.id", "expected": 2, "seen": 1}], id="another value"
        ),
        pytest.param(
            request(body={"id": "1"}), [{"path": "requests.0.body.id", "expected": "1", "seen": 1}], id="another kind"
        ),
        pytest.param(
            request(body={"id": "{{uuid}}"}),
            [{"path": "requests.0.body.id", "expected": "{{uuid}}", "seen": 1}],
            id="no uuid",
        ),
        pytest.param(request(body={}), [{"path": "requests.0.body.id", "seen": 1}], id="a field too many"),
        pytest.param(
            request(body={"id": 1, "name": "x"}), [{"path": "requests.0.body.name", "expected": "x"}], id="too few"
        ),
        pytest.param(
            request(headers={"X-Key": "1"}), [{"path": "requests.0.headers.X-Key", "expected": "1"}], id="no header"
        ),
        pytest.param(
            {"outcome": {"code": "501"}}, [{"path": "outcome.code", "expected": "501", "seen": "200"}], id="outcome"
        ),
        pytest.param(
            {"requests": [{}, {"method": "PUT"}]},
            [{"path": "requests.1", "expected": {"method": "PUT"}}],
            id="missing",
        ),
    ],
)
def test_what_does_not_fit_is_named_field_by_field(expected: dict[str, Any], differences: list[Any]) -> None:
    """With the path to it."""
    assert OBSERVER.differences(expected, result()) == differences


def test_what_is_observed_holds_no_secret_and_nothing_that_varies() -> None:
    """Keys, the sandbox's address, ids and times that are not the event's; what is written fits what was seen."""
    encoded = base64.b64encode(b'{"token":"secret-key"}').decode()
    body = json.dumps(
        {
            "key": "x secret-key",
            "encoded": f"Basic {encoded}",
            "id": ID,
            "now": "2026-01-02T03:04:05Z",
            "then": "2019-05-31T23:27:37.000Z",
        }
    )
    seen = result(body, url=f"{HOME}/_sandbox/echo")
    observed = OBSERVER.observed(seen)
    assert observed == {
        "outcome": {"colour": "green", "code": "200", "rule": "delivered", "state": "delivered", "reason": None},
        "requests": [
            {
                "method": "POST",
                "url": "{{sandbox}}/_sandbox/echo",
                "headers": {"Accept": "*/*"},
                "body": {
                    "key": "x {{any}}",
                    "encoded": "Basic {{any}}",
                    "id": "{{uuid}}",
                    "now": "{{timestamp}}",
                    "then": "2019-05-31T23:27:37.000Z",
                },
            }
        ],
    }
    assert OBSERVER.differences(observed, seen) == []


def test_placeholders_of_an_earlier_expectation_are_kept_where_they_fit() -> None:
    """What the partner wrote by hand outlives an update."""
    before = {"a": "{{any}}", "b": "{{number}}", "c": ["x-{{string}}", 1], "gone": 1}
    assert OBSERVER.kept(before, {"a": {"new": 1}, "b": "text", "c": ["x-9", 2, 3], "d": 4}) == {
        "a": "{{any}}",
        "b": "text",
        "c": ["x-{{string}}", 2, 3],
        "d": 4,
    }
