"""The sandbox's own API."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.api.stream import ARRAY_BYTES
from tests.conftest import Running, running, write_workspace

TRACK = {"type": "track", "userId": "user-1", "event": "Signed Up"}


async def test_health_says_what_is_pending_and_wrong(embedded: Running) -> None:
    """200 once everything is loaded."""
    health = await embedded.get("/health")
    assert (health["status"], health["mistakes"], health["pending"]) == ("ok", [], 0)


async def test_the_workspace_lists_sources_and_destinations(embedded: Running) -> None:
    """What the tools and the page begin with."""
    workspace = await embedded.get("/workspace")
    assert [source["slug"] for source in workspace["sources"]] == ["website"]
    assert [(each["slug"], each["kind"], each["state"]) for each in workspace["destinations"]] == [
        ("function", "function", "ready"),
        ("webhook", "webhook", "ready"),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", [1, 2, 3], id="all"),
        pytest.param("?type=identify", [2], id="type"),
        pytest.param("?event=Signed+Up", [1], id="event"),
        pytest.param("?user=u2", [2, 3], id="user"),
        pytest.param("?source=website&type=track", [1, 3], id="two filters"),
        pytest.param("?after=1&limit=1", [2], id="a page"),
        pytest.param("?event=' OR 1=1 --", [], id="no SQL"),
        pytest.param("?before=3", [1, 2], id="before a number"),
        pytest.param("?order=oldest&after=1&before=3", [2], id="between two numbers"),
        pytest.param("?order=newest", [3, 2, 1], id="newest first"),
        pytest.param("?order=newest&limit=2", [3, 2], id="the newest page"),
        pytest.param("?order=newest&limit=2&before=2", [1], id="the page behind it"),
        pytest.param("?order=newest&type=track&before=3", [1], id="newest first with a filter"),
        pytest.param("?order=newest&before=1", [], id="nothing is older"),
    ],
)
async def test_messages_are_filtered_and_paged(embedded: Running, query: str, found: list[int]) -> None:
    """By type, event, source, user and sequence number."""
    items = [
        {"type": "track", "event": "Signed Up", "userId": "u1"},
        {"type": "identify", "userId": "u2"},
        {"type": "track", "event": "Left", "userId": "u2"},
    ]
    await embedded.call("/v1/batch", {"batch": items})
    answer = await embedded.get(f"/messages{query}")
    assert [message["seq"] for message in answer["messages"]] == found
    assert answer["next"] == (found[-1] if found else 0)


async def test_deliveries_are_counted_by_reason(embedded: Running) -> None:
    """The most frequent first, and each finds its own in the list."""
    for event, status in (("Left", 410), ("Signed Up", 400)):
        fault = {"toward": "partner", "destination": "webhook", "event": event, "status": status}
        await embedded.client.post(f"{embedded.url}/_sandbox/faults", json=fault)
    for event in ("Left", "Signed Up", "Signed Up", "Opened"):
        await embedded.call("/v1/track", {"userId": "u", "event": event})
    await embedded.settled()
    assert list((await embedded.get("/reasons"))["reasons"].items()) == [("400", 2), ("410", 1)]
    assert (await embedded.get("/reasons?destination=function&state=discarded"))["reasons"] == {}
    (found,) = (await embedded.get("/deliveries?reason=410"))["deliveries"]
    assert (found["destination"], found["reason"]) == ("webhook", "410")
    assert (await embedded.get("/reasons?reason=410"))["error"]["code"] == "bad_query"
    assert "state=lost is wrong" in (await embedded.get("/reasons?state=lost"))["error"]["message"]


async def test_a_message_shows_its_deliveries_and_their_attempts(embedded: Running) -> None:
    """One answer tells the story; the deliveries lists tell it by destination."""
    await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.settled()
    message = await embedded.get("/messages/1")
    assert [(each["destination"], each["state"]) for each in message["deliveries"]] == [
        ("function", "delivered"),
        ("webhook", "delivered"),
    ]
    exchange = message["deliveries"][1]["attempts"][0]["exchanges"][0]
    assert exchange["response"]["status"] == 200
    listed = (await embedded.get("/deliveries?destination=webhook&state=delivered"))["deliveries"]
    assert [(each["message_seq"], each["attempts"]) for each in listed] == [(1, 1)]
    assert (await embedded.get(f"/deliveries/{listed[0]['seq']}"))["attempts"][0]["number"] == 1


async def test_a_message_shows_the_call_as_it_came(embedded: Running) -> None:
    """And what was called; what a batch or a path says for its messages is no part of them. A replay is no call."""
    call = {"userId": "u", "event": "e", "timestamp": "2026-01-02T03:04:05+01:00", "context": {"locale": "de"}}
    await embedded.call("/v1/track", call)
    await embedded.call("/v1/b", {"batch": [{**call, "type": "track"}, 7], "context": {"app": {"name": "x"}}})
    first, second, third = [await embedded.get(f"/messages/{each['seq']}") for each in await embedded.messages()]
    assert (first["path"], first["received"]) == ("/v1/track", call)
    assert (second["path"], second["received"]) == ("/v1/b", {**call, "type": "track"})
    assert second["message"]["context"] == {"app": {"name": "x"}, "locale": "de", "ip": "127.0.0.1"}
    assert (third["path"], third["received"]) == ("/v1/b", None)
    event = {**call, "type": "track"}
    for path, order in (("send", {"event": event}), ("batch", {"events": [event]})):
        async with embedded.client.post(f"{embedded.url}/_sandbox/{path}", json=order) as answer:
            assert answer.status == 200
        sent = await embedded.get(f"/messages/{(await embedded.messages())[-1]['seq']}")
        assert (sent["path"], sent["received"]) == (f"/_sandbox/{path}", event)
    async with embedded.client.post(f"{embedded.url}/_sandbox/messages/1/replay") as answer:
        replay = (await answer.json())["messages"][0]
    replayed = await embedded.get(f"/messages/{replay}")
    assert (replayed["path"], replayed["received"]) == (None, None)


async def test_a_nul_in_a_text_ends_nothing(embedded: Running) -> None:
    """What stands behind it tells messages apart; the message itself has it as it came."""
    calls = [{"userId": "u\0", "event": f"e\0{each}", "messageId": f"m\0{each}"} for each in (1, 2, 2)]
    for call in calls:
        assert (await embedded.call("/v1/track", {**call, "integrations": {"x\0y": True}})).status == 200
    messages = await embedded.messages()
    assert [each["state"] for each in messages] == ["accepted", "accepted", "duplicate"]
    assert [each["event"] for each in messages] == ["e\ufffd1", "e\ufffd2", "e\ufffd2"]
    assert [each["message"]["event"] for each in messages] == [call["event"] for call in calls]
    unknown = (await embedded.get("/deliveries?reason=UNKNOWN_INTEGRATION"))["deliveries"]
    assert [each["destination"] for each in unknown] == ["x\ufffdy"] * 2


async def test_the_stream_gathers_changes_when_asked(embedded: Running) -> None:
    """An array for all that happened, its last number as the id; it goes on behind it."""
    await embedded.call("/v1/track", {"userId": "u", "event": "Gathered"})
    await embedded.settled()
    changes = (await embedded.get("/changes"))["changes"]
    async with embedded.client.get(embedded.url + "/_sandbox/stream?gather=1&after=0") as stream:
        lines = [await stream.content.readline() for _ in range(5)]
    assert lines[2:4] == [b"id: %d\n" % changes[-1]["seq"], b"event: changes\n"]
    assert json.loads(lines[4].removeprefix(b"data: ")) == changes


async def test_gathered_changes_come_in_readable_pieces(embedded: Running) -> None:
    """However long their names: in order, each once, the number of the last one beside each piece."""
    names = [f"{number} " + "n" * 30_000 for number in range(8)]
    for name in names:
        await embedded.call("/v1/track", {"userId": "user-1", "event": name})
    pieces: list[list[dict[str, Any]]] = []
    seen: list[str] = []
    last = 0
    async with embedded.client.get(embedded.url + "/_sandbox/stream?gather=1&after=0") as stream:
        while len(seen) < len(names):
            line = await stream.content.readline()
            if line.startswith(b"id: "):
                last = int(line[4:])
            elif line.startswith(b"data: "):
                pieces.append(json.loads(line[6:]))
                assert pieces[-1][-1]["seq"] == last
                seen += [each["event"] for each in pieces[-1] if each["kind"] == "message"]
    assert seen == names
    assert len(pieces) > 1
    assert max(sum(len(json.dumps(each)) for each in piece) for piece in pieces) <= ARRAY_BYTES + 1_000


async def test_the_stream_goes_on_where_a_watcher_stopped(embedded: Running) -> None:
    """Server-sent events with the sequence number as their id, none missed and none twice."""
    for _ in range(3):
        await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.settled()
    expected = [change["seq"] for change in (await embedded.get("/changes?after=2"))["changes"]]
    url = embedded.url + "/_sandbox/stream"
    seen: list[int] = []
    async with embedded.client.get(url, headers={"Last-Event-ID": "2"}) as stream:
        async for line in stream.content:
            if line.startswith(b"data: "):
                seen.append(json.loads(line[6:])["seq"])
            if len(seen) == len(expected):
                break
    assert seen == expected


async def test_sending_gives_a_new_message_id_unless_told_otherwise(embedded: Running) -> None:
    """A sample can be sent again and again."""
    event = {"type": "track", "userId": "u", "event": "e", "messageId": "mine"}
    for keep in (False, True, True):
        await _post(embedded, "/send", {"event": event, "keep_message_id": keep})
    messages = await embedded.messages()
    assert [message["state"] for message in messages] == ["accepted", "accepted", "duplicate"]
    assert messages[0]["message"]["messageId"] != "mine"


async def test_a_delete_event_can_be_sent(embedded: Running) -> None:
    """21: no SDK can; its arrays are passed on as they are."""
    event = {"type": "delete", "userId": "u", "context": [], "integrations": []}
    await _post(embedded, "/send", {"event": event})
    await embedded.settled()
    (received,) = [
        each
        for each in (await embedded.get("/echo/webhook"))["received"]
        if json.loads(each["body"])["type"] == "delete"
    ]
    body = json.loads(received["body"])
    assert (body["context"], body["integrations"]) == ([], [])


async def test_a_destination_can_be_held_back(embedded: Running) -> None:
    """Its deliveries wait, the others go on, and nothing is lost."""
    await _post(embedded, "/destinations/webhook/pause", {})
    await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.change(lambda change: change.get("destination") == "function" and change["state"] == "delivered")
    assert embedded.journal.pending == 1
    await _post(embedded, "/destinations/webhook/resume", {})
    await embedded.settled()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        pytest.param("GET", "/nothing", None, 404, "not_found", id="unknown path"),
        pytest.param("POST", "/health", None, 405, "method_not_allowed", id="wrong method"),
        pytest.param("GET", "/messages/99", None, 404, "not_found", id="no such message"),
        pytest.param("GET", "/messages/x", None, 404, "not_found", id="no number"),
        pytest.param("GET", "/deliveries/99", None, 404, "not_found", id="no such delivery"),
        pytest.param("GET", "/messages?limit=0&after=-1", None, 400, "bad_query", id="bad numbers"),
        pytest.param("GET", "/messages?evnt=x", None, 400, "bad_query", id="a slip"),
        pytest.param("GET", "/stream?after=x", None, 400, "bad_query", id="no number for the stream"),
        pytest.param("POST", "/send", b"{bad", 400, "bad_request", id="no JSON"),
        pytest.param("POST", "/send", b"{}", 400, "bad_request", id="no event"),
        pytest.param("POST", "/send", b'{"event":{},"source":7,"x":1}', 400, "bad_request", id="several mistakes"),
        pytest.param("POST", "/send", b'{"event":{},"source":"no"}', 404, "no_such_source", id="no such source"),
        pytest.param("POST", "/batch", b'{"events":[]}', 400, "bad_request", id="an empty batch"),
        pytest.param("POST", "/batch", b'{"events":[1,{}],"source":7}', 400, "bad_request", id="no events"),
        pytest.param(
            "POST", "/batch", b'{"events":[{"a":"' + b"x" * 32_768 + b'"}]}', 400, "bad_request", id="large"
        ),
        pytest.param("POST", "/batch", b'{"events":[{}' + b",{}" * 2_500 + b"]}", 400, "bad_request", id="too many"),
        pytest.param("POST", "/batch", b'{"events":[{}]}' + b" " * 515_000, 400, "bad_request", id="a large batch"),
        pytest.param(
            "POST",
            "/batch",
            b'{"events":[' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"]}",
            400,
            "too_deep",
            id="too deep",
        ),
        pytest.param(
            "POST", "/batch", b'{"events":[{}],"source":"no"}', 404, "no_such_source", id="batch, no source"
        ),
        pytest.param("POST", "/destinations/no/pause", b"", 404, "not_found", id="no such destination"),
        pytest.param("GET", "/messages/1/x", None, 404, "not_found", id="too long a path"),
    ],
)
async def test_every_error_has_one_shape(
    embedded: Running, method: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    """A code for programs, a sentence and a hint for people."""
    async with embedded.client.request(method, f"{embedded.url}/_sandbox{path}", data=body) as response:
        assert response.status == status
        error = (await response.json())["error"]
    assert error["code"] == code
    assert set(error) == {"code", "message", "hint"}
    assert error["message"]


@pytest.mark.parametrize(
    ("path", "order"),
    [
        pytest.param("/send", {"event": TRACK}, id="one"),
        pytest.param("/batch", {"events": [TRACK]}, id="several"),
    ],
)
async def test_nothing_more_is_sent_while_too_much_is_pending(tmp_path: Path, path: str, order: Any) -> None:
    """As sources turn requests away."""
    file = write_workspace(tmp_path, "http://127.0.0.1:9/")
    file.write_text(f"{file.read_text()}\n[journal]\npending = 1\n")
    async with running(tmp_path) as sandbox:
        await _post(sandbox, "/destinations/crm/pause", None)
        assert await _post(sandbox, path, order)
        async with sandbox.client.post(f"{sandbox.url}/_sandbox{path}", json=order) as response:
            error = (await response.json())["error"]
            assert (response.status, error["code"]) == (429, "too_many_requests")
        assert len(await sandbox.messages()) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("?order=newest", [3, 2], id="newest first"),
        pytest.param("?order=newest&limit=1", [3], id="the newest page"),
        pytest.param("?order=newest&limit=1&before=3", [2], id="the page behind it"),
        pytest.param("?order=newest&destination=function", [2], id="of a destination"),
        pytest.param("?order=newest&state=delivered&destination=webhook", [3], id="of a destination in a state"),
        pytest.param("?order=newest&state=discarded", [], id="of a state that none is in"),
        pytest.param("?before=3", [2], id="before a number"),
    ],
)
async def test_deliveries_are_filtered_and_paged(embedded: Running, query: str, expected: list[int]) -> None:
    """By destination, state and sequence number, from either end."""
    await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.settled()
    answer = await embedded.get(f"/deliveries{query}")
    assert [delivery["seq"] for delivery in answer["deliveries"]] == expected
    assert answer["next"] == (expected[-1] if expected else 0)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(
            "/messages?limit=5000&evnt=x",
            ["limit=5000 is wrong: a whole number, 1 to 1000, is expected.", "Did you mean event?"],
            id="a number and a slip",
        ),
        pytest.param(
            "/messages?order=down&before=x&after=-1",
            [
                "order=down is wrong: oldest or newest is expected.",
                "before=x is wrong: a whole number, 0 or more, is expected.",
                "after=-1 is wrong: a whole number, 0 or more, is expected.",
            ],
            id="the order and both ends",
        ),
        pytest.param(
            "/deliveries?ordr=newest&state=gone&secrets=all&before=",
            [
                "Did you mean order?",
                "state=gone is wrong: pending, awaiting_retry, delivered, discarded, filtered or stopped",
                "secrets=all is wrong: shown or masked is expected.",
                "before= is wrong: a whole number, 0 or more, is expected.",
            ],
            id="of deliveries",
        ),
        pytest.param("/refused?order=newest", ["order is not a parameter of /_sandbox/refused."], id="one way only"),
    ],
)
async def test_all_mistakes_of_a_query_come_at_once(embedded: Running, path: str, expected: list[str]) -> None:
    """With what was probably meant."""
    error = (await embedded.get(path))["error"]
    assert error["code"] == "bad_query"
    assert [sentence for sentence in expected if sentence not in error["message"]] == []


@pytest.mark.parametrize("path", ["/_sandbox/health", "/_sandbox/stream", "/"])
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param({"Host": "evil.example"}, "foreign_host", id="a foreign host"),
        pytest.param({"Origin": "http://localhost:3000"}, "foreign_origin", id="another port of this machine"),
        pytest.param({"Origin": "null"}, "foreign_origin", id="a file"),
    ],
)
async def test_other_pages_are_kept_out(embedded: Running, path: str, headers: dict[str, str], code: str) -> None:
    """A web page elsewhere must not read the journal nor drive the sandbox."""
    async with embedded.client.get(embedded.url + path, headers=headers) as response:
        assert response.status == 403
        assert (await response.json())["error"]["code"] == code


@pytest.mark.parametrize("charset", ["", "; charset=utf-16", "; charset=no-such-one"])
async def test_the_echo_takes_whatever_it_gets(embedded: Running, charset: str) -> None:
    """Bytes that are no text are shown as far as they can be."""
    headers = {"Content-Type": f"application/octet-stream{charset}"}
    async with embedded.client.put(f"{embedded.url}/_sandbox/echo/any", data=b"a\xffb", headers=headers) as response:
        assert response.status == 200
    (received,) = (await embedded.get("/echo/any"))["received"]
    assert (received["method"], received["body"]) == ("PUT", "a\ufffdb")


async def test_the_tracking_api_takes_any_host(embedded: Running) -> None:
    """SDKs in containers and emulators know this machine by other names."""
    body = {"userId": "u", "event": "e"}
    assert (await embedded.call("/v1/track", body, headers={"Host": "10.0.2.2:8484"})).status == 200


async def _post(embedded: Running, path: str, body: Any) -> Any:
    async with embedded.client.post(f"{embedded.url}/_sandbox{path}", json=body) as response:
        assert response.status == 200
        return await response.json()
