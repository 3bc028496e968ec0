"""Whatever comes in, in whatever dress and wherever: an answer that an SDK can read, and never a failure of ours."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from yarl import URL

from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, basic, running, write_workspace

AT_ONCE: Final = 8
"""Requests of one example, sent side by side: the client's and the server's waits overlap."""

NAMES: Final = (
    *("type", "event", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "originalTimestamp"),
    *("context", "integrations", "properties", "traits", "name", "category", "groupId", "previousId"),
    *("batch", "writeKey", "_metadata", "channel", "version"),
)
VALUES: Final[st.SearchStrategy[Any]] = st.sampled_from(
    [
        *(None, True, 0, -1, 1.5, 2**64, 1e400, float("nan"), "", " ", "x", "\0", "\ud800", "é" * 200, [], {}, [[]]),
        *(
            "track",
            "page",
            "delete",
            "2026-01-02T03:04:05.678Z",
            "9999-12-31T23:59:59+14:00",
            "0001-01-01",
            WRITE_KEY,
        ),
        *({"ip": None, "direct": True}, {"direct": True}, {"library": []}, {"device": {"advertisingId": 1}}),
        *({"consent": {"categoryPreferences": []}}, {"All": None}, {"all": {}}, {"Nope": True}, {"bundled": [[], 1]}),
        *("Segment Consent Preference Updated", {"bundled": "x"}, {"": ""}, [None, 1, "x", {}, {"batch": []}]),
    ]
)
JSON: Final = st.recursive(
    VALUES | st.text(max_size=5) | st.floats() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)
CALLS: Final = st.dictionaries(st.sampled_from(NAMES), VALUES | JSON, max_size=8)
TEXTS: Final = st.one_of(
    CALLS.map(json.dumps),
    st.lists(CALLS | JSON, max_size=4).map(lambda items: json.dumps({"batch": items})),
    JSON.map(json.dumps),
    st.integers(200, 3_000).map(
        lambda deep: '{"userId":"u","event":"e","properties":' + '{"a":' * deep + "1" + "}" * deep
    ),
    st.text(max_size=30),
)


def cut(data: bytes, share: float) -> bytes:
    """Keep the beginning."""
    return data[: round(len(data) * share)]


PLAIN: Final = TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=100)
WHOLE: Final = (
    PLAIN | PLAIN.map(gzip.compress) | PLAIN.map(zlib.compress) | PLAIN.map(lambda it: gzip.compress(it) * 2)
)
BODIES: Final = WHOLE | st.builds(cut, WHOLE, st.floats(0, 1))

KNOWN: Final = (
    *(f"/v1/{path}" for path in ("track", "identify", "page", "screen", "group", "alias", *"tipsga")),
    *("/v1/batch", "/v1/import", "/v1/import/", "/v1/b", "/b", "/batch", "/v1/m", "/token", "/v1/pixel/track"),
    *(
        "/v1/",
        "/v1/nothing",
        "/v1/projects/x/settings",
        "/analytics.js/v1/x/analytics.min.js",
        "/next-integrations/x",
    ),
)
ESCAPED: Final = st.one_of(
    st.text(max_size=12).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")),
    st.binary(max_size=6).map(quote),
    st.sampled_from(["..", ".", "//", "%2F..%2F", "%00", "%ff", "a" * 2_000]),
)
PATHS: Final = st.sampled_from(KNOWN) | st.builds("{}/{}".format, st.sampled_from(("", *KNOWN)), ESCAPED)
QUERIES: Final = st.just("") | st.one_of(
    ESCAPED, st.builds("data={}".format, ESCAPED), st.builds("{0}.a={0}&{0}=1".format, ESCAPED)
)
VALUES_OF_HEADERS: Final = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.strip)
HEADERS: Final = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": st.sampled_from([basic(WRITE_KEY), "Basic", "Basic !", "Bearer x", "Bearer", basic("")])
        | VALUES_OF_HEADERS,
        "Content-Type": st.sampled_from(["text/plain", "application/json;charset=nothing", "///"])
        | VALUES_OF_HEADERS,
        "Content-Encoding": st.sampled_from(["gzip", "deflate", "br", "identity", "GZIP", ""]) | VALUES_OF_HEADERS,
        "Origin": st.sampled_from(["null", "http://localhost:3000"]) | VALUES_OF_HEADERS,
        "User-Agent": VALUES_OF_HEADERS,
        "X-Retry-Count": VALUES_OF_HEADERS,
        "Access-Control-Request-Headers": VALUES_OF_HEADERS,
    },
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


METHODS: Final = st.sampled_from(["POST"] * 8 + ["GET", "OPTIONS", "PUT", "HEAD", "NONSENSE"])
REQUESTS: Final = st.builds(Sent, METHODS, PATHS, QUERIES, HEADERS, BODIES)


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One sandbox for all examples, whose source has no destination."""
    folder = tmp_path_factory.mktemp("any")
    file = write_workspace(folder, "http://127.0.0.1:9/")
    file.write_text(file.read_text().replace("enabled = true", "enabled = false"))
    async with running(folder) as started:
        yield started


async def answer(server: Running, sent: Sent) -> tuple[int, str, bytes]:
    """Send a request as it stands; return status, content type and body."""
    url = URL(f"{server.url}{sent.path}{sent.query and '?' + sent.query}", encoded=True)
    async with server.client.request(
        sent.method, url, data=sent.body, headers=sent.headers, allow_redirects=False, auto_decompress=False
    ) as response:
        return response.status, response.content_type, await response.read()


def is_fit(sent: Sent, status: int, content_type: str, body: bytes) -> bool:
    """Tell whether an SDK can make something of an answer: no failure, and a POST gets an object or a script."""
    if status >= 500:
        return False
    if sent.method != "POST" or content_type == "text/javascript":
        return True
    return isinstance(json.loads(body), dict)


@settings(max_examples=300, phases=[Phase.generate])  # the one request that is shown is small already
@given(st.lists(REQUESTS, min_size=AT_ONCE, max_size=AT_ONCE))
async def test_no_request_makes_the_server_fail(server: Running, requests: list[Sent]) -> None:
    """Bodies, encodings, headers, methods and paths of every kind."""
    answers: list[Any] = await asyncio.gather(*[answer(server, sent) for sent in requests])
    assert [each for each in zip(requests, answers, strict=True) if not is_fit(each[0], *each[1])] == []


async def test_the_server_works_as_ever_afterwards(server: Running) -> None:
    """What came in can be read, and the next call is taken in."""
    response = await server.call("/v1/track", {"userId": "u", "event": "e"})
    assert (response.status, await response.json()) == (200, {"success": True})
    assert (await server.get("/health"))["status"] == "ok"
    assert (await server.messages())[:1]
    assert "refused" in await server.get("/refused?limit=1000")
