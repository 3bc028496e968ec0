"""A webhook's request as the code of a source function gets it."""

import json
from typing import Any

import pytest

from sandbox.sources.function_request import BadRequestError, Incoming, request_json


def incoming(body: bytes, content_type: str | None = "application/json", **fields: Any) -> Incoming:
    """Make a request."""
    headers = () if content_type is None else (("content-type", content_type),)
    return Incoming(**{"headers": headers, "query": "", "body": body, "peer": "10.1.2.3", **fields})


def handed_over(*arguments: Any, **fields: Any) -> dict[str, Any]:
    """Read what the runtime gets."""
    handed: dict[str, Any] = json.loads(request_json(incoming(*arguments, **fields)))
    return handed


def test_the_keys_of_objects_are_sorted() -> None:
    """At every depth. Source: segment-docs, Source functions, FAQs."""
    body = handed_over(b'{"b": {"z": 1, "a": [{"d": 1, "c": 2}]}, "a": null}')["body"]
    assert body == '{"a":null,"b":{"a":[{"c":2,"d":1}],"z":1}}'


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        pytest.param("application/json", b"[1, 2]", [1, 2], id="array"),
        pytest.param("Application/JSON; charset=utf-8", b'"x"', "x", id="with-a-parameter"),
        pytest.param("application/json", b'"\\ud83d"', "\N{REPLACEMENT CHARACTER}", id="lone-surrogate"),
        pytest.param(
            "application/x-www-form-urlencoded",
            b"From=%2B1&Body=two+words&x=&x=2",
            {"Body": "two words", "From": "+1", "x": ["", "2"]},
            id="form",
        ),
    ],
)
def test_the_body_is_json_by_now(content_type: str, body: bytes, value: Any) -> None:
    """A form is an object of strings."""
    handed = handed_over(body, content_type)
    assert (json.loads(handed["body"]), handed["content_type"]) == (value, "application/json")


@pytest.mark.parametrize(
    ("content_type", "body", "sentence"),
    [
        pytest.param(None, b"{}", "Could not parse content-type: there is none", id="no-type"),
        pytest.param("json", b"{}", "Could not parse content-type: json", id="half-a-type"),
        pytest.param("text/plain", b"{}", "Unsupported content-type: text/plain", id="text"),
        pytest.param("multipart/form-data; boundary=x", b"", "Unsupported content-type", id="multipart"),
        pytest.param("application/json", b"", "Could not parse request body", id="nothing"),
        pytest.param("application/json", b"{", "Could not parse request body", id="broken-json"),
        pytest.param("application/json", b"[" * 500 + b"]" * 500, "Could not parse request body", id="too-deep"),
        pytest.param("application/json", b"NaN", "Could not parse request body", id="no-json"),
        pytest.param("application/x-www-form-urlencoded", b"\xff", "Could not parse request body", id="no-text"),
    ],
)
def test_what_source_functions_do_not_take_is_refused(content_type: str | None, body: bytes, sentence: str) -> None:
    """In Delivery Overview's words."""
    with pytest.raises(BadRequestError) as caught:
        request_json(incoming(body, content_type))
    assert str(caught.value).startswith(sentence)


def test_headers_are_written_as_go_writes_them() -> None:
    """Those of the connection are left out, those of Segment's load balancer are there."""
    sent = (("content-type", "application/json"), ("x-hub-SIGNATURE", "s"), ("Host", "h"), ("x-request-id", "mine"))
    headers = handed_over(b"{}", headers=sent)["headers"]
    assert headers[:3] == [["Content-Type", "application/json"], ["X-Hub-Signature", "s"], ["X-Request-Id", "mine"]]
    assert [name for name, _ in headers[3:]] == [
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
    ]
    assert ["X-Forwarded-For", "10.1.2.3"] in headers


@pytest.mark.parametrize(
    ("query", "url"),
    [
        pytest.param("", "https://fn.segmentapis.com/", id="none"),
        pytest.param("b=a%3D&name=J", "https://fn.segmentapis.com/?b=a%3D&name=J", id="token-and-more"),
    ],
)
def test_the_address_is_segments_with_the_query(query: str, url: str) -> None:
    """So that code that looks at it finds what it will find there."""
    assert handed_over(b"{}", query=query)["url"] == url
