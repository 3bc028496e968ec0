"""`fetch` is Segment's node-fetch 2.6.0; each hop goes through the sender. As measured in Node 20."""

import asyncio
import gzip
import json
import zlib
from typing import Any

import pytest

from sandbox.runtime import FunctionRuntime
from sandbox.wire import NetworkError, Request, Response

API = "https://api.test/x"


def headers_of(request: Request) -> dict[str, str]:
    return dict(request.headers)


def redirect(status: int) -> Response:
    return Response(status, "Moved", (("Location", "/y"),), b"")


async def test_fetch_sends_node_fetchs_own_headers(value: Any, sender: Any, response: Any) -> None:
    """A plain GET carries the four headers that node-fetch adds, in its order."""
    sender.answers[API] = response("{}")
    await value(f"await fetch('{API}')")
    assert sender.requests == [
        Request(
            "GET",
            API,
            (
                ("Accept", "*/*"),
                ("User-Agent", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"),
                ("Accept-Encoding", "gzip,deflate"),
                ("Connection", "close"),
            ),
        )
    ]


@pytest.mark.parametrize(
    ("init", "body", "content_type"),
    [
        pytest.param("'text'", b"text", "text/plain;charset=UTF-8", id="string"),
        pytest.param("''", b"", "text/plain;charset=UTF-8", id="empty string"),
        pytest.param(
            "new URLSearchParams({ a: '1 2' })",
            b"a=1+2",
            "application/x-www-form-urlencoded;charset=UTF-8",
            id="form",
        ),
        pytest.param("Buffer.from('raw')", b"raw", None, id="Buffer"),
        pytest.param("({ a: 1 })", b"[object Object]", "text/plain;charset=UTF-8", id="object by mistake"),
        pytest.param("[1, 2]", b"1,2", "text/plain;charset=UTF-8", id="array by mistake"),
        pytest.param("null", b"", None, id="null"),
        pytest.param("'é€😀'", "é€😀".encode(), "text/plain;charset=UTF-8", id="not ASCII"),
    ],
)
async def test_bodies_are_sent_as_node_fetch_sends_them(
    value: Any, sender: Any, init: str, body: bytes, content_type: str | None
) -> None:
    """The body decides about bytes and content type."""
    await value(f"await fetch('{API}', {{ method: 'post', body: {init} }}).catch(() => {{}})")
    (request,) = sender.requests
    assert (request.method, request.body) == ("POST", body)
    assert headers_of(request).get("Content-Type") == content_type
    assert headers_of(request)["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    ("init", "name", "sent"),
    [
        pytest.param("{ headers: { 'X-Custom-CASE': 'v' } }", "X-Custom-CASE", "v", id="case is kept"),
        pytest.param("{ headers: { 'X-A': undefined } }", "X-A", "undefined", id="undefined"),
        pytest.param("{ headers: { 'X-A': 7 } }", "X-A", "7", id="number"),
        pytest.param("{ headers: new Headers({ 'X-A': 'v' }) }", "X-A", "v", id="Headers"),
        pytest.param(
            "{ headers: { Authorization: 'Basic ' + btoa('a:b') } }", "Authorization", "Basic YTpi", id="btoa"
        ),
    ],
)
async def test_headers_are_sent_as_given(value: Any, sender: Any, init: str, name: str, sent: str) -> None:
    """The partner's headers keep their case and become text."""
    await value(f"await fetch('{API}', {init}).catch(() => {{}})")
    assert headers_of(sender.requests[0])[name] == sent


async def test_credentials_in_the_address_become_a_header(value: Any, sender: Any) -> None:
    """`https://user:password@host` is sent as Basic authentication."""
    await value("await fetch('https://user:pass@api.test/x').catch(() => {})")
    assert sender.requests[0].url == API
    assert headers_of(sender.requests[0])["Authorization"] == "Basic dXNlcjpwYXNz"


async def test_a_url_object_and_a_request_object_are_taken(value: Any, sender: Any) -> None:
    """What fetch takes besides text."""
    await value(
        "await fetch(new URL('https://api.test:8443/x?q=1')).catch(() => {});"
        f"await fetch(new Request('{API}', {{ method: 'DELETE' }})).catch(() => {{}})"
    )
    assert [(request.method, request.url) for request in sender.requests] == [
        ("GET", "https://api.test:8443/x?q=1"),
        ("DELETE", API),
    ]


async def test_a_response_has_node_fetchs_members(value: Any, sender: Any, response: Any) -> None:
    """Status, headers and the ways to read a body."""
    sender.answers[API] = response('{"a":"é"}', 503, "Service Unavailable", X_A="v")
    assert await value(
        f"const r = await fetch('{API}');"
        "return [r.ok, r.status, r.statusText, r.url, r.redirected, r.headers.get('x-a'),"
        " await r.clone().json(), await r.clone().text(), (await r.clone().buffer()).length,"
        " (await r.arrayBuffer()).byteLength, r.bodyUsed]"
    ) == [False, 503, "Service Unavailable", API, False, "v", {"a": "é"}, '{"a":"é"}', 10, 10, True]


async def test_a_binary_body_arrives_as_it_is(value: Any, sender: Any, response: Any) -> None:
    """Every byte value survives the way into JavaScript."""
    sender.answers[API] = response(bytes(range(256)))
    assert await value(f"return [...await (await fetch('{API}')).buffer()]") == list(range(256))


async def test_a_large_body_arrives_whole(value: Any, sender: Any, response: Any) -> None:
    """A body far beyond the size of the bridge's buffer is sent and received whole."""
    sender.answers[API] = response(b"x" * 3_000_000)
    body = "'é'.repeat(1_000_000)"
    assert (
        await value(f"return (await (await fetch('{API}', {{ method: 'POST', body: {body} }})).text()).length")
        == 3_000_000
    )
    assert sender.requests[0].body == "é".encode() * 1_000_000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("gzip", gzip.compress(b"hello " * 50_000), id="gzip"),
        pytest.param("deflate", zlib.compress(b"hello " * 50_000), id="deflate"),
        pytest.param("deflate", zlib.compress(b"hello " * 50_000, wbits=-15), id="raw deflate"),
        pytest.param("x-gzip", gzip.compress(b"hello " * 25_000) * 2, id="two members"),
    ],
)
async def test_compressed_bodies_are_decoded(
    value: Any, sender: Any, response: Any, encoding: str, body: bytes
) -> None:
    """node-fetch decodes gzip and deflate."""
    sender.answers[API] = response(body, content_encoding=encoding)
    assert await value(f"return (await (await fetch('{API}')).text()).length") == 300_000


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param(
            "await fetch('/relative')",
            ["TypeError", "Only absolute URLs are supported", None, None],
            id="relative",
        ),
        pytest.param("await fetch('')", ["TypeError", "Only absolute URLs are supported", None, None], id="empty"),
        pytest.param(
            "await fetch(settings.none)",
            ["TypeError", "Only absolute URLs are supported", None, None],
            id="undefined",
        ),
        pytest.param(
            "await fetch('ftp://x/')",
            ["TypeError", "Only HTTP(S) protocols are supported", None, None],
            id="scheme",
        ),
        pytest.param(
            "await fetch('https://api.test/x', { body: 'b' })",
            ["TypeError", "Request with GET/HEAD method cannot have body", None, None],
            id="GET with body",
        ),
        pytest.param(
            "await fetch('https://api.test/x', { headers: { 'X-A': 'a\\nb' } })",
            ["TypeError", "a\nb is not a legal HTTP header value", None, None],
            id="newline in header",
        ),
        pytest.param(
            "await fetch('https://nowhere.test/')",
            [
                "FetchError",
                "request to https://nowhere.test/ failed, reason: getaddrinfo ENOTFOUND nowhere.test",
                "system",
                "ENOTFOUND",
            ],
            id="ENOTFOUND",
        ),
        pytest.param(
            "await fetch('https://refused.test/')",
            [
                "FetchError",
                "request to https://refused.test/ failed, reason: connect ECONNREFUSED 127.0.0.1:9",
                "system",
                "ECONNREFUSED",
            ],
            id="ECONNREFUSED",
        ),
        pytest.param(
            "await (await fetch('https://html.test/')).json()",
            [
                "FetchError",
                (
                    "invalid json response body at https://html.test/ reason: "
                    "Unexpected token '<', \"<html>\" is not valid JSON"
                ),
                "invalid-json",
                None,
            ],
            id="no JSON",
        ),
        pytest.param(
            "await (await fetch('https://empty.test/')).json()",
            [
                "FetchError",
                "invalid json response body at https://empty.test/ reason: Unexpected end of JSON input",
                "invalid-json",
                None,
            ],
            id="empty JSON",
        ),
        pytest.param(
            "const r = await fetch('https://html.test/'); await r.text(); await r.text()",
            ["TypeError", "body used already for: https://html.test/", None, None],
            id="second read",
        ),
        pytest.param(
            "await fetch('https://held.test/', { timeout: 20 })",
            ["FetchError", "network timeout at: https://held.test/", "request-timeout", None],
            id="timeout",
        ),
        pytest.param(
            "await (await fetch('https://html.test/', { size: 3 })).text()",
            ["FetchError", "content size at https://html.test/ over limit: 3", "max-size", None],
            id="size",
        ),
        pytest.param(
            "await (await fetch('https://badgzip.test/')).text()",
            [
                "FetchError",
                "Invalid response body while trying to fetch https://badgzip.test/: incorrect header check",
                "system",
                "Z_DATA_ERROR",
            ],
            id="broken gzip",
        ),
        pytest.param(
            "await fetch('https://loop.test/')",
            ["FetchError", "maximum redirect reached at: https://loop.test/", "max-redirect", None],
            id="redirect loop",
        ),
        pytest.param(
            "await fetch('https://loop.test/', { redirect: 'error' })",
            ["FetchError", "redirect mode is set to error: https://loop.test/", "no-redirect", None],
            id="redirect: error",
        ),
    ],
)
async def test_failures_are_node_fetchs_errors(
    value: Any, sender: Any, response: Any, code: str, error: list[str | None]
) -> None:
    """Name, message, type and code of each failure are those of node-fetch in Node 20."""
    sender.answers |= {
        "https://refused.test/": NetworkError("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9"),
        "https://html.test/": response("<html>"),
        "https://empty.test/": response(""),
        "https://badgzip.test/": response("no gzip at all", content_encoding="gzip"),
        "https://loop.test/": response(status=302, Location="https://loop.test/"),
    }
    sender.held["https://held.test/"] = asyncio.Event()
    caught = await value(
        f"try {{ {code} }} catch (e) {{ return [e.name, e.message, e.type ?? null, e.code ?? null] }}"
    )
    assert caught == error


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        pytest.param(301, "POST", ("GET", b""), id="301 turns POST into GET"),
        pytest.param(302, "POST", ("GET", b""), id="302 turns POST into GET"),
        pytest.param(303, "PUT", ("GET", b""), id="303 is always GET"),
        pytest.param(307, "POST", ("POST", b"b"), id="307 repeats"),
        pytest.param(308, "POST", ("POST", b"b"), id="308 repeats"),
    ],
)
async def test_redirects_are_followed_hop_by_hop(
    run: Any, sender: Any, *, status: int, method: str, then: tuple[str, bytes]
) -> None:
    """Each hop is a request of its own, and is recorded."""
    sender.answers |= {API: redirect(status), "https://api.test/y": Response(200, "OK", (), b"end")}
    invocation = await run(
        f"async function onTrack() {{ const r = await fetch('{API}', {{ method: '{method}', body: 'b',"
        " headers: { Authorization: 'a' } }); return [r.status, r.url, r.redirected] }"
    )
    assert json.loads(invocation.ending.value_json) == [200, "https://api.test/y", True]
    first, second = (exchange.request for exchange in invocation.exchanges)
    assert (first.method, first.url) == (method, API)
    assert second.url == "https://api.test/y"
    assert (second.method, second.body) == then
    assert headers_of(second)["Authorization"] == "a"


async def test_redirects_can_be_left_to_the_function(value: Any, sender: Any, response: Any) -> None:
    """`redirect: 'manual'` gives the redirect itself."""
    sender.answers[API] = response(status=302, Location="https://api.test/y")
    got = await value(
        f"const r = await fetch('{API}', {{ redirect: 'manual' }}); return [r.status, r.headers.get('location')]"
    )
    assert got == [302, "https://api.test/y"]


async def test_several_requests_run_at_once(value: Any, sender: Any, response: Any) -> None:
    """Requests of one event do not wait for each other; each answer finds its request."""
    sender.answers |= {f"https://api.test/{n}": response(str(n)) for n in range(20)}
    sent = "Promise.all([...Array(20).keys()].map((n) => fetch('https://api.test/' + n).then((r) => r.json())))"
    assert await value(f"return {sent}") == list(range(20))


async def test_requests_beyond_the_limit_fail_with_a_sentence(value: Any, sender: Any, response: Any) -> None:
    """A function that sends without end is told so."""
    sender.answers[API] = response("1")
    message = await value(
        f"try {{ for (;;) await Promise.all([...Array(200)].map(() => fetch('{API}'))) }}"
        " catch (e) { return e.message }"
    )
    assert message == f"request to {API} failed, reason: the function sent more than 1,000 requests for one event"
    assert len(sender.requests) == 1_000


@pytest.mark.parametrize(
    "request_code",
    [
        pytest.param(f"fetch('{API}?q=' + 'x'.repeat(400_000))", id="address"),
        pytest.param(f"fetch('{API}', {{ headers: {{ a: 'x'.repeat(400_000) }} }})", id="header"),
    ],
)
async def test_a_request_with_a_giant_head_fails_with_a_sentence(value: Any, sender: Any, request_code: str) -> None:
    """No server takes such a request; the function is told so and goes on."""
    message = await value(f"try {{ await {request_code} }} catch (e) {{ return e.message }}")
    assert message.endswith("the address and the headers of the request are longer than 256 KB")
    assert sender.requests == []


async def test_a_request_that_outlives_its_event_is_given_up(run: Any, sender: Any, runtime: FunctionRuntime) -> None:
    """What an event leaves under way shows up neither in it nor in the next one."""
    sender.held[API] = asyncio.Event()
    source = (
        "let n = 0; const pause = () => new Promise((done) => setTimeout(done, 30));"
        f"async function onTrack() {{ if (n++ === 0) fetch('{API}').then(() => console.log('late'));"
        " await pause() }"
    )
    second = await run(source, {"type": "track"}, {"type": "track"})
    assert (second.logs, second.exchanges) == ((), ())


async def test_error_fields_survive_to_the_outcome(run: Any, sender: Any) -> None:
    """A FetchError that nothing catches shows type, code and errno."""
    ending = (await run("async function onTrack() { await fetch('https://nowhere.test/') }")).ending
    assert ending.name == "FetchError"
    assert ending.properties == {"type": "system", "errno": "ENOTFOUND", "code": "ENOTFOUND"}
