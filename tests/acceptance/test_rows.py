"""The facts about what comes in, as conformance rows: what is sent, what is answered, and what becomes of it.

Each test says its number, here at the beginning of its name or id. Rows that need an SDK, a browser or a file of
its own are tests elsewhere under their numbers; the last test proves that none is missing.
"""

import ast
import base64
import gzip
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.calls import Span
from sandbox.clock import ManualClock, SandboxClock
from sandbox.faults import Recipe
from sandbox.journal import Journal
from sandbox.messages import parse_time
from sandbox.pipeline import Intake, Pipeline
from sandbox.sources import Tokens, TrackingApi
from sandbox.spec import BATCH_MAX_BYTES, DEDUPLICATION_WINDOW_MS
from tests.conftest import Running, basic, destination, running
from tests.keys import assertion, form, oauth_table

ROWS: Final = (
    *(
        1,
        2,
        3,
        5,
        6,
        7,
        9,
        10,
        11,
        13,
        14,
        15,
        17,
        18,
        19,
        21,
        22,
        23,
        25,
        26,
        27,
        29,
        30,
        31,
        33,
        34,
        35,
        37,
        38,
        39,
    ),
    *(41, 42, 43, 45, 46, 47, 49, 50, 51, 53, 54, 55, 57, 58, 59, 61, 62, 63, 65, 66, 67, 69, 70, 71, 73, 74, 75),
    *(77, 78, 79, 81, 82, 83, 111, 113, 114, 115, 117, 118, 122, 123, 125, 126, 127),
)
"""The rows about what comes in; the others are rows of docs/fidelity.md."""

OK: Final = (200, {"success": True})
MALFORMED: Final = {"success": False, "message": "malformed JSON", "code": "invalid_request"}
WEBSITE: Final = "acmeWebsiteWriteKey000000000000a"
SHOP: Final = "acmeShopWriteKey000000000000000b"
CLOSED: Final = "acmeClosedWriteKey0000000000000c"
SECURE: Final = "acmeSecureWriteKey0000000000000d"
UNKNOWN: Final = "f" * 32
TRACK: Final = {"type": "track", "userId": "user-1", "event": "Signed Up"}
ELSEWHERE: Final = "http://localhost:3000"
GIF: Final = b"GIF89a\x01\x00\x01\x00"
ANALYTICS_JS: Final = {"library": {"name": "analytics.js", "version": "next-1.84.3"}}


def source(slug: str, write_key: str, more: str = "") -> str:
    """Write a source of a workspace file."""
    return f'[[sources]]\nslug = "{slug}"\nwrite_key = "{write_key}"\n{more}\n'


def write(folder: Path, app: str = "Mixpanel", top: str = "") -> None:
    """Write a workspace whose App has a name that integrations objects know, connected to the website."""
    sources = (
        source("website", WEBSITE),
        source("shop", SHOP),
        source("closed", CLOSED, "enabled = false"),
        source("secure", SECURE, oauth_table()),
    )
    (folder / "workspace.toml").write_text(
        f'[workspace]\nslug = "acme"\n{top}\n{"".join(sources)}[app]\nname = "{app}"\n'
        f'[app.components.webhook]\nendpoint = "http://127.0.0.1:9/"\n{destination("crm", "webhook")}'
    )


@pytest.fixture(scope="module")
async def rows(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One sandbox for all rows: each looks at its own messages, by the numbers in the answer."""
    folder = tmp_path_factory.mktemp("rows")
    write(folder)
    async with running(folder) as started:
        yield started


@dataclass(frozen=True, slots=True)
class Came:
    """An answer, and what was written down for it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    messages: tuple[dict[str, Any], ...]

    @property
    def answer(self) -> tuple[int, Any]:
        """Status and JSON."""
        return self.status, json.loads(self.body)

    @property
    def fates(self) -> list[str | None]:
        """Why each message stopped; None for one that is accepted."""
        return [each["reason"] for each in self.messages]


async def send(
    sandbox: Running,
    path: str,
    body: Any = None,
    *,
    key: str | None = WEBSITE,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> Came:
    """Send one request, with a Basic key unless told otherwise, and look up what came of it."""
    data = body if body is None or isinstance(body, bytes | str) else json.dumps(body)
    sent = {**({} if key is None else {"Authorization": basic(key)}), **(headers or {})}
    async with sandbox.client.request(
        method, sandbox.url + path, data=data, headers=sent, skip_auto_headers=["Content-Type"]
    ) as response:
        content = await response.read()
    numbers = response.headers.get("X-Sandbox-Seq")
    messages = await _messages(sandbox, numbers) if numbers else []
    return Came(response.status, response.headers, content, tuple(messages))


async def _messages(sandbox: Running, numbers: str) -> list[dict[str, Any]]:
    first, last = map(int, numbers.split("-"))
    found = await sandbox.get(f"/messages?after={first - 1}&limit={min(last - first + 1, 1_000)}")
    return [each for each in found["messages"] if each["seq"] <= last]


def without(*names: str, **changed: Any) -> dict[str, Any]:
    """Make a track call that lacks these fields, or has others."""
    return {name: value for name, value in (TRACK | changed).items() if name not in names}


# -- keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"Authorization": basic(WEBSITE)}, TRACK, id="1 Basic with the colon"),
        pytest.param({}, {**TRACK, "writeKey": WEBSITE}, id="2 in the body"),
        pytest.param(
            {"Authorization": f"Basic {base64.b64encode(WEBSITE.encode()).decode()}"}, TRACK, id="3 without colon"
        ),
    ],
)
async def test_a_write_key_opens_its_source(rows: Running, headers: dict[str, str], body: dict[str, Any]) -> None:
    """Wherever it stands."""
    came = await send(rows, "/v1/track", body, key=None, headers=headers)
    assert came.answer == OK
    assert [(each["source"], each["type"], each["state"]) for each in came.messages] == [
        ("website", "track", "accepted")
    ]


async def test_5_a_token_without_a_write_key_is_refused(rows: Running) -> None:
    """5: the token does not say which of its sources is meant."""
    async with rows.client.post(
        f"{rows.url}/token",
        data=form(assertion()),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ) as response:
        token = (await response.json())["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    came = await send(rows, "/v1/track", TRACK, key=None, headers=bearer)
    assert (came.status, came.answer[1]["success"], came.messages) == (400, False, ())
    named = await send(rows, "/v1/track", {**TRACK, "writeKey": SECURE}, key=None, headers=bearer)
    assert (named.answer, named.fates) == (OK, [None])


@pytest.mark.parametrize(
    "authorization",
    [pytest.param("Bearer nobodys", id="6 unknown token"), pytest.param(basic(SECURE), id="7 OAuth is enforced")],
)
async def test_who_has_no_token_is_turned_away(rows: Running, authorization: str) -> None:
    """401 in JSON, on which an SDK drops its token."""
    body = {**TRACK, "writeKey": SECURE}
    came = await send(rows, "/v1/track", body, key=None, headers={"Authorization": authorization})
    assert (came.status, came.answer[1]["success"], came.messages) == (401, False, ())


async def test_9_a_strict_workspace_refuses_a_short_key(tmp_path: Path) -> None:
    """9: as Segment's edge does."""
    write(tmp_path, top="strict = true")
    async with running(tmp_path) as strict:
        came = await send(strict, "/v1/track", TRACK, key="abc123")
        assert (came.status, came.answer[1]["success"], came.messages) == (400, False, ())


async def test_10_an_unknown_key_is_answered_as_success(rows: Running) -> None:
    """10: and the loss is shown."""
    came = await send(rows, "/v1/track", TRACK, key=UNKNOWN)
    assert came.answer == OK
    assert [(each["source"], each["reason"]) for each in came.messages] == [(None, "project_not_found")]


async def test_11_no_key_anywhere_is_refused(rows: Running) -> None:
    """11: in JSON."""
    came = await send(rows, "/v1/track", TRACK, key=None)
    assert (came.status, came.answer[1]["success"], came.messages) == (400, False, ())


# -- paths -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        pytest.param("page", {"name": "Home", "category": "Docs"}, id="13"),
        pytest.param("screen", {"name": "Home"}, id="14"),
        pytest.param("group", {"groupId": "group-1"}, id="15"),
    ],
)
async def test_a_call_takes_its_type_from_the_path(rows: Running, kind: str, fields: dict[str, Any]) -> None:
    """Null as the type is none."""
    for body in ({"userId": "user-1", **fields}, {"type": None, "userId": "user-1", **fields}):
        came = await send(rows, f"/v1/{kind}", body)
        assert (came.answer, came.fates) == (OK, [None])
        assert came.messages[0]["message"].items() >= {"type": kind, **fields}.items()


async def test_17_analytics_js_posts_to_single_letters(rows: Running) -> None:
    """17: as text, from a page of another origin; channel and address are filled in."""
    sent = {"Origin": ELSEWHERE, "Content-Type": "text/plain"}
    for kind in ("track", "identify", "page", "screen", "group", "alias"):
        call = {**TRACK, "type": kind, "writeKey": WEBSITE, "context": ANALYTICS_JS}
        came = await send(rows, f"/v1/{kind[0]}", call, headers=sent)
        assert (came.answer, came.headers["Access-Control-Allow-Origin"]) == (OK, ELSEWHERE)
        message = came.messages[0]["message"]
        assert (message["type"], message["channel"], message["context"]["ip"]) == (kind, "browser", "127.0.0.1")


@pytest.mark.parametrize(
    ("batch", "channel"),
    [
        pytest.param({"batch": [{**TRACK, "writeKey": WEBSITE, "context": ANALYTICS_JS}] * 2}, "browser", id="18"),
        pytest.param({"batch": [TRACK] * 2, "writeKey": WEBSITE}, "mobile", id="19"),
    ],
)
async def test_client_side_batches_carry_their_key_inside(rows: Running, batch: Any, channel: str) -> None:
    """In each message, or in the envelope alone."""
    came = await send(rows, "/v1/b", batch, key=None, headers={"Origin": ELSEWHERE})
    assert (came.answer, came.headers["Access-Control-Allow-Origin"]) == (OK, ELSEWHERE)
    assert came.fates == [None, None]
    assert {each["message"]["channel"] for each in came.messages} == {channel}


@pytest.mark.parametrize(
    ("path", "compressed"),
    [
        pytest.param("/v1/b", True, id="21 C#, gzip without a content type"),
        pytest.param("/v1/import", False, id="22 Ruby"),
        pytest.param("/v1/import/", False, id="23 Java, with a slash at the end"),
    ],
)
async def test_a_batch_comes_as_its_sdk_sends_it(rows: Running, path: str, *, compressed: bool) -> None:
    """One request, one JSON answer with a boolean `success`, one message."""
    body = json.dumps({"batch": [TRACK], "writeKey": WEBSITE}).encode()
    headers = {"Content-Encoding": "gzip"} if compressed else {}
    came = await send(rows, path, gzip.compress(body) if compressed else body, headers=headers)
    assert (came.answer, came.fates) == (OK, [None])
    assert came.headers["Content-Type"] == "application/json"


async def test_25_metrics_of_an_sdk_are_forgotten(rows: Running) -> None:
    """25: nothing is written down."""
    seq = rows.journal.seq
    came = await send(rows, "/v1/m", {"series": [{"type": "Counter", "metric": "m", "value": 1}]}, key=None)
    assert came.answer == OK
    assert "X-Sandbox-Seq" not in came.headers
    assert (await rows.get(f"/messages?after={seq}"))["messages"] == []
    assert (await rows.get(f"/refused?after={seq}"))["refused"] == []


@pytest.mark.parametrize(
    ("query", "fate"),
    [
        pytest.param(
            "data="
            + base64.urlsafe_b64encode(json.dumps({**TRACK, "writeKey": WEBSITE}).encode()).decode().rstrip("="),
            None,
            id="26 base64 without padding",
        ),
        pytest.param(f"writeKey={WEBSITE}&userId=u&event=e&properties.subject=x", None, id="27 dotted"),
        pytest.param(f"writeKey={WEBSITE}&event=e", "no_user_anon_id", id="29 no id"),
    ],
)
async def test_the_pixel_is_always_an_image(rows: Running, query: str, fate: str | None) -> None:
    """And its message is seen."""
    came = await send(rows, f"/v1/pixel/track?{query}", key=None, method="GET")
    assert (came.status, came.headers["Content-Type"], came.body[:10]) == (200, "image/gif", GIF)
    assert came.fates == [fate]
    if "subject" in query:
        assert came.messages[0]["message"]["properties"] == {"subject": "x"}


async def test_30_a_preflight_names_what_it_allows(rows: Running) -> None:
    """30: for the library's retries, too."""
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Headers": "authorization,x-retry-count"}
    came = await send(rows, "/v1/t", key=None, method="OPTIONS", headers=asked)
    assert came.status in (200, 204)
    assert came.headers["Access-Control-Allow-Headers"] == "authorization,x-retry-count"
    assert came.headers["Access-Control-Allow-Origin"] == ELSEWHERE


async def test_31_a_beacon_is_text(rows: Running) -> None:
    """31: and the browser cannot give it a header of its own."""
    headers = {"Origin": ELSEWHERE, "Content-Type": "text/plain;charset=UTF-8"}
    came = await send(rows, "/v1/t", {**TRACK, "writeKey": WEBSITE}, key=None, headers=headers)
    assert (came.answer, came.fates) == (OK, [None])
    assert came.headers["Access-Control-Allow-Credentials"] == "true"


# -- bodies and limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{bad", id="33"),
        pytest.param(b"[]", id="34 a list"),
        pytest.param(b'"x"', id="34 a string"),
        pytest.param(b"5", id="34 a number"),
        pytest.param(b"", id="35 nothing"),
    ],
)
async def test_what_is_no_object_is_malformed(rows: Running, body: bytes) -> None:
    """At a path for calls and at one for batches."""
    for path in ("/v1/track", "/v1/batch"):
        came = await send(rows, path, body)
        assert (came.answer, came.messages) == ((400, MALFORMED), ())


def padded(size: int, fields: Mapping[str, Any] = TRACK) -> str:
    """Write a call of exactly so many bytes."""
    empty = json.dumps({**fields, "properties": {"p": ""}})
    return json.dumps({**fields, "properties": {"p": "x" * (size - len(empty))}})


async def test_37_a_call_may_have_32_kb(rows: Running) -> None:
    """37: to the byte."""
    came = await send(rows, "/v1/track", padded(32_768))
    assert (came.answer, came.fates) == (OK, [None])


async def test_38_a_call_may_have_no_more(rows: Running) -> None:
    """38: in the words of Segment's FAQ."""
    came = await send(rows, "/v1/track", padded(32_769))
    assert (came.status, came.messages) == (400, ())
    assert "Exceed payload limit" in came.answer[1]["message"]


async def test_39_a_batch_may_have_500_kb(rows: Running) -> None:
    """39: with the slack that an SDK's own limit needs for the envelope; beyond, nothing of it is taken in."""
    body = json.dumps({"batch": [TRACK] * 100})
    came = await send(rows, "/v1/batch", body.ljust(BATCH_MAX_BYTES))
    assert (came.answer, came.fates) == (OK, [None] * 100)
    came = await send(rows, "/v1/batch", body.ljust(BATCH_MAX_BYTES + 1))
    assert (came.status, came.answer[1]["success"], came.messages) == (400, False, ())


async def test_41_a_batch_with_one_call_too_large_is_refused(rows: Running) -> None:
    """41: the literal reading."""
    came = await send(rows, "/v1/batch", f'{{"batch":[{padded(500)},{padded(40_960)},{padded(500)}]}}')
    assert (came.status, came.messages) == (400, ())
    assert "Exceed payload limit" in came.answer[1]["message"]


@pytest.mark.parametrize(
    ("count", "taken", "fate"),
    [
        pytest.param(2_500, 2_500, None, id="42"),
        pytest.param(2_501, 1, "sandbox_batch_too_long", id="43"),
    ],
)
async def test_a_batch_may_have_2500_messages(rows: Running, count: int, taken: int, fate: str | None) -> None:
    """One more is answered as success all the same, and all of it rejected."""
    body = json.dumps({"batch": [TRACK] * count}, separators=(",", ":"))
    came = await send(rows, "/v1/batch", body, key=SHOP)  # which delivers them to nobody
    first, last = map(int, came.headers["X-Sandbox-Seq"].split("-"))
    assert (came.answer, last - first + 1, set(came.fates)) == (OK, taken, {fate})


GOOD: Final = {"type": "track", "userId": "u", "event": "Good"}


@pytest.mark.parametrize(
    ("batch", "fates"),
    [
        pytest.param({"sentAt": "2026-01-02T03:04:05Z"}, ["empty_batch"], id="45"),
        pytest.param({"batch": [GOOD, without("type"), GOOD]}, [None, "missing_type", None], id="46 no type"),
        pytest.param({"batch": [without(type="trck"), GOOD]}, ["invalid_type", None], id="46 unknown type"),
        pytest.param(
            {"batch": [GOOD, without("userId"), GOOD, without("event")]},
            [None, "no_user_anon_id", None, "event_not_defined"],
            id="47",
        ),
    ],
)
async def test_the_good_messages_of_a_batch_go_on(rows: Running, batch: Any, fates: list[str | None]) -> None:
    """Each bad one stops under a code of its own, where Segment has one for all."""
    came = await send(rows, "/v1/batch", batch)
    assert (came.answer, came.fates) == (OK, fates)


# -- validation ------------------------------------------------------------------------------------------

PAGE: Final = {"type": "page", "userId": "user-1"}


@pytest.mark.parametrize(
    ("call", "fate"),
    [
        pytest.param(without("userId"), "no_user_anon_id", id="49"),
        pytest.param(without(userId=""), "id_not_string", id="50 empty"),
        pytest.param(without(userId=5), "id_not_string", id="50 a number"),
        pytest.param(without(userId=None, anonymousId="a"), None, id="51 Python's shape"),
        pytest.param(without(event=7), "event_not_string", id="53 a number"),
        pytest.param(without(event={}), "event_not_string", id="53 an object"),
        pytest.param(without(event=""), "event_not_defined", id="54"),
        pytest.param(without(properties="x"), "properties_not_object", id="55 a string"),
        pytest.param(without(properties=[]), "properties_not_object", id="55 a list"),
        pytest.param({**PAGE, "name": ""}, "name_not_string", id="57 empty"),
        pytest.param({**PAGE, "name": 5}, "name_not_string", id="57 a number"),
        pytest.param({**PAGE, "name": "Home", "category": 5}, "category_not_string", id="58"),
        pytest.param(PAGE, None, id="59"),
        pytest.param({"type": "alias", "userId": "user-1"}, None, id="61"),
        pytest.param(
            without(event="Segment Consent Preference Updated"), "consent_categorypreferences_should_exist", id="63"
        ),
    ],
)
async def test_a_call_is_judged_as_at_segment(rows: Running, call: dict[str, Any], fate: str | None) -> None:
    """By itself and in a batch; the answer is success either way."""
    came = await send(rows, f"/v1/{call['type']}", call)
    assert (came.answer, came.fates) == (OK, [fate])
    came = await send(rows, "/v1/batch", {"batch": [call]})
    assert (came.answer, came.fates) == (OK, [fate])


async def test_62_a_source_that_is_off_takes_nothing(rows: Running) -> None:
    """62: and the answer is success."""
    came = await send(rows, "/v1/track", TRACK, key=CLOSED)
    assert (came.answer, came.fates) == (OK, ["source_disabled"])


# -- stamping and repeats --------------------------------------------------------------------------------


async def test_65_a_message_without_an_id_gets_one(rows: Running) -> None:
    """65: another one each time."""
    ids = [(await send(rows, "/v1/track", TRACK)).messages[0]["message"]["messageId"] for _ in range(2)]
    assert all(ids)
    assert len(set(ids)) == 2


async def test_66_a_repeat_is_one_at_every_source(rows: Running) -> None:
    """66: the id alone counts."""
    call = {**TRACK, "messageId": "row-66"}
    first, second = await send(rows, "/v1/track", call), await send(rows, "/v1/track", call, key=SHOP)
    assert (first.answer, second.answer) == (OK, OK)
    assert [each.messages[0]["state"] for each in (first, second)] == ["accepted", "duplicate"]


@asynccontextmanager
async def by_the_clock(folder: Path, clock: ManualClock) -> AsyncIterator[tuple[TestClient[Any, Any], Journal]]:
    """Serve the Tracking API by a clock that only the test moves."""
    journal = Journal(
        folder, SandboxClock(machine=clock), keep=100, pending_limit=1_000, seen_for_ms=DEDUPLICATION_WINDOW_MS
    )
    tracking = TrackingApi(Pipeline(journal), journal, clock, Tokens(clock))
    tracking.use({WEBSITE: Intake("website", enabled=True, project_id="p123456789")}, strict=False)
    application = web.Application()
    application.add_routes(tracking.routes())
    try:
        async with TestClient(TestServer(application)) as client:
            yield client, journal
    finally:
        await journal.close()


async def stamped(client: TestClient[Any, Any], journal: Journal, call: Mapping[str, Any]) -> dict[str, Any]:
    """Send a call and return its message, with what became of it."""
    response = await client.post("/v1/track", json=call, headers={"Authorization": basic(WEBSITE)})
    assert (response.status, await response.json()) == OK
    shown = (await journal.read.messages(0, 100, {}))[-1]
    found: dict[str, Any] = orjson.loads(orjson.dumps(shown))
    return found


async def test_67_after_a_day_an_id_is_free_again(tmp_path: Path) -> None:
    """67: to the millisecond, by the sandbox's clock."""
    clock = ManualClock()
    call = {**TRACK, "messageId": "row-67"}
    states = []
    async with by_the_clock(tmp_path, clock) as (client, journal):
        for seconds in (0, 86_400, 0.001):
            clock.advance(seconds)
            states.append((await stamped(client, journal, call))["state"])
    assert states == ["accepted", "duplicate", "accepted"]


@pytest.mark.parametrize(
    ("original", "sent", "received", "timestamp"),
    [
        pytest.param(
            *("2015-12-12T19:11:01.152Z", "2015-12-12T19:11:01.169Z"),
            *("2015-12-12T19:11:01.266Z", "2015-12-12T19:11:01.249Z"),
            id="69 the documented example",
        ),
        pytest.param(
            *("2018-03-06T06:33:31.593Z", "2018-03-06T06:33:32.900Z"),
            *("2018-03-06T06:33:36.745Z", "2018-03-06T06:33:35.438Z"),
            id="70 the one of a public issue",
        ),
        pytest.param(None, None, "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z", id="71 neither"),
    ],
)
async def test_the_timestamp_makes_up_for_the_clients_clock(
    tmp_path: Path, original: str | None, sent: str | None, received: str, timestamp: str
) -> None:
    """By what lies between sending and receiving."""
    clock = ManualClock(parse_time(received) or 0)
    times = {"timestamp": original, "sentAt": sent}
    call = {**TRACK, **{name: value for name, value in times.items() if value is not None}}
    async with by_the_clock(tmp_path, clock) as (client, journal):
        message = (await stamped(client, journal, call))["message"]
    assert (message["timestamp"], message["receivedAt"]) == (timestamp, received)


async def test_73_the_envelope_says_when_a_batch_was_sent(rows: Running) -> None:
    """73: for every message that does not say it itself; all of them were received at once."""
    made, sent = "2026-01-02T03:04:00.000Z", "2026-01-02T03:04:05.000Z"
    came = await send(rows, "/v1/batch", {"batch": [{**TRACK, "timestamp": made}] * 2, "sentAt": sent})
    messages = [each["message"] for each in came.messages]
    assert {each["sentAt"] for each in messages} == {sent}
    (received,) = {each["receivedAt"] for each in messages}
    assert [parse_time(each["timestamp"]) for each in messages] == [(parse_time(received) or 0) - 5_000] * 2


@pytest.mark.parametrize(
    ("context", "ip"),
    [pytest.param({}, None, id="74"), pytest.param({"direct": True}, "127.0.0.1", id="75")],
)
async def test_a_servers_address_is_added_where_it_is_asked_for(rows: Running, context: Any, ip: str | None) -> None:
    """It is no user's, else."""
    for path, body in (
        ("/v1/track", {**TRACK, "context": context}),
        ("/v1/batch", {"batch": [TRACK], "context": context}),
    ):
        came = await send(rows, path, body)
        assert came.messages[0]["message"].get("context", {}).get("ip") == ip


# -- integrations object ---------------------------------------------------------------------------------

OFF: Final = ("crm", "FILTERED_BY_INTEGRATIONS_OBJECT")
ON: Final = ("crm", None)


async def planned(sandbox: Running, integrations: Any) -> list[tuple[str, str | None]]:
    """Send a call with an integrations object; return who was to get it, and why not, apart from how that ended."""
    call = TRACK if integrations is None else {**TRACK, "integrations": integrations}
    came = await send(sandbox, "/v1/track", call)
    assert (came.answer, came.fates) == (OK, [None])
    deliveries = (await sandbox.get(f"/messages/{came.messages[0]['seq']}"))["deliveries"]
    return [(each["destination"], each["reason"] if each["state"] == "filtered" else None) for each in deliveries]


@pytest.mark.parametrize(
    ("integrations", "expected"),
    [
        pytest.param({"All": False}, [OFF], id="77"),
        pytest.param({"all": False, "Mixpanel": True}, [ON], id="78 Go's spelling"),
        pytest.param(
            {"All": False, "mixpanel": True},
            [OFF, ("mixpanel", "UNKNOWN_INTEGRATION")],
            id="79 names have their case",
        ),
        pytest.param({"Mixpanel": None}, [ON], id="81"),
        pytest.param({"Nope": True}, [ON, ("Nope", "UNKNOWN_INTEGRATION")], id="83"),
    ],
)
async def test_the_integrations_object_decides(rows: Running, integrations: Any, expected: list[Any]) -> None:
    """Whom a message goes to; every name that is on, and that nobody has, is noted."""
    assert await planned(rows, integrations) == expected


async def test_82_salesforce_is_off_unless_it_is_named(tmp_path: Path) -> None:
    """82: `All` does not name it."""
    write(tmp_path, app="Salesforce")
    async with running(tmp_path) as sandbox:
        assert await planned(sandbox, None) == [OFF]
        assert await planned(sandbox, {"All": True}) == [OFF]
        assert await planned(sandbox, {"Salesforce": True}) == [ON]


async def test_what_the_client_has_delivered_is_not_delivered_again(rows: Running) -> None:
    """As analytics.js says in `_metadata`; the names that it leaves to Segment are delivered."""
    for metadata, reason in (
        ({"bundled": ["Mixpanel"]}, "MESSAGE_SENT_CLIENT_SIDE"),
        ({"unbundled": ["Mixpanel"]}, None),
    ):
        came = await send(rows, "/v1/t", {**TRACK, "_metadata": metadata})
        (delivery,) = (await rows.get(f"/messages/{came.messages[0]['seq']}"))["deliveries"]
        assert (delivery["reason"] if delivery["state"] == "filtered" else None) == reason


# -- faults and answers ----------------------------------------------------------------------------------


async def test_114_go_gives_up_after_ten_times_400(tmp_path: Path) -> None:
    """114: it takes a refusal for something that passes; a recipe gives it ten, and then the batch is lost."""
    write(tmp_path)
    body = {"batch": [TRACK], "messageId": "m-1", "sentAt": "2026-01-02T03:04:05.678901234Z", "context": {}}
    async with running(tmp_path) as sandbox:
        sandbox.sandbox._parts.faults.add(Recipe(path="/v1/batch", status=400, calls=Span(1, 10)))
        tries = [await send(sandbox, "/v1/batch", body) for _ in range(10)]
        assert {(each.status, each.answer[1]["success"]) for each in tries} == {(400, False)}
        assert await sandbox.messages() == []
        assert (await send(sandbox, "/v1/batch", body)).answer == OK


async def test_115_a_success_is_a_json_object(rows: Running) -> None:
    """115: Ruby sends again what is answered in anything else."""
    for path in ("/v1/track", "/v1/batch", "/v1/import", "/v1/import/", "/v1/b", "/v1/t", "/v1/m"):
        came = await send(rows, path, {**TRACK, "batch": [TRACK]})
        assert (came.answer, came.headers["Content-Type"]) == (OK, "application/json")


# -- none is missing -------------------------------------------------------------------------------------

TESTS: Final = Path(__file__).parents[1]
NUMBERED: Final = {"test_rows.py", "test_analytics_js.py"}
"""Where an id that begins with a number names a row."""


def numbers() -> Iterator[str]:
    """Find the numbers of rows: `test_30_…` anywhere in the tests, and at the beginning of ids."""
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name.removeprefix("test_").partition("_")[0]
            elif isinstance(node, ast.keyword) and node.arg == "id" and file.name in NUMBERED:
                yield ast.literal_eval(node.value).partition(" ")[0]


def test_every_row_has_its_test() -> None:
    """None is forgotten."""
    assert {str(row) for row in ROWS} <= set(numbers())
