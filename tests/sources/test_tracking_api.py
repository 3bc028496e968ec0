"""The Tracking API: what is taken in, what is turned away, and the answers."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.sources import bodies
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, basic, destination, running, write_workspace

OK = {"success": True}


def track(**fields: Any) -> dict[str, Any]:
    """Make a valid track call."""
    return {"userId": "user-1", "event": "Signed Up", **fields}


def padded(size: int, **fields: Any) -> bytes:
    """Make a track call of exactly so many bytes."""
    empty = json.dumps(track(properties={"p": ""}, **fields))
    return json.dumps(track(properties={"p": "x" * (size - len(empty))}, **fields)).encode()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *[pytest.param(f"/v1/{kind}", kind, id=kind) for kind in ("track", "identify", "page", "screen", "group")],
        pytest.param("/v1/alias", "alias", id="alias"),
        *[pytest.param(f"/v1/{kind[0]}", kind, id=kind[0]) for kind in ("track", "identify", "page", "screen")],
        pytest.param("/v1/g", "group", id="g"),
        pytest.param("/v1/a", "alias", id="a"),
    ],
)
async def test_every_call_is_taken_in_under_its_path(embedded: Running, path: str, kind: str) -> None:
    """1, 13, 14, 15: a body without a type takes it from the path."""
    response = await embedded.call(path, track())
    assert (response.status, await response.json()) == (200, OK)
    (message,) = await embedded.messages()
    assert (message["type"], message["state"], message["source"]) == (kind, "accepted", "website")


@pytest.mark.parametrize(
    ("authorization", "body"),
    [
        pytest.param(basic(WRITE_KEY), track(), id="1 Basic with the colon"),
        pytest.param("Basic c2FuZGJveFdlYnNpdGVXcml0ZUtleTAwMDAwMDAwMDE=", track(), id="3 Basic without the colon"),
        pytest.param(None, track(writeKey=WRITE_KEY), id="2 in the body"),
        pytest.param("Basic !!!", track(writeKey=WRITE_KEY), id="Basic that is none"),
        pytest.param(basic(WRITE_KEY), track(writeKey="another"), id="Basic wins over the body"),
    ],
)
async def test_a_write_key_is_found_wherever_an_sdk_puts_it(
    embedded: Running, authorization: str | None, body: dict[str, Any]
) -> None:
    """In the Basic user with and without colon, or in the body."""
    headers = {"Authorization": authorization} if authorization else {}
    async with embedded.client.post(embedded.url + "/v1/track", json=body, headers=headers) as response:
        assert response.status == 200
    assert [message["source"] for message in await embedded.messages()] == ["website"]


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        pytest.param({"type": "track", **track(), "writeKey": "f" * 32}, True, id="another in the body"),
        pytest.param(
            {"batch": [{"type": "track", **track(), "writeKey": "f" * 32}]}, True, id="another in the first message"
        ),
        pytest.param({"type": "track", **track(), "writeKey": WRITE_KEY}, False, id="the same"),
        pytest.param(track(), False, id="none in the body"),
    ],
)
async def test_two_write_keys_are_noted(embedded: Running, body: dict[str, Any], noted: bool) -> None:
    """The header's counts, and neither is shown."""
    assert (await embedded.call("/v1/batch" if "batch" in body else "/v1/track", body)).status == 200
    assert [message["source"] for message in await embedded.messages()] == ["website"]
    notes = [each for each in await embedded.journal.read.changes(0, 100) if each["kind"] == "two_keys"]
    assert len(notes) == noted
    assert WRITE_KEY not in json.dumps(notes)
    assert not noted or "…ffff" in notes[0]["detail"]


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        pytest.param(None, "send it as the Basic user or as writeKey", id="no header"),
        pytest.param(
            f"Basic {base64.b64encode(b':' + WRITE_KEY.encode()).decode()}", "password stays empty", id="password"
        ),
        pytest.param("Basic !key!:", "no base64", id="not encoded"),
        pytest.param(WRITE_KEY, "the Authorization header is not", id="the key alone"),
        pytest.param("Basic", "the Authorization header is not", id="nothing behind it"),
        pytest.param(basic(""), "send it as the Basic user or as writeKey", id="empty"),
    ],
)
async def test_a_call_without_a_key_says_where_one_belongs(
    embedded: Running, authorization: str | None, words: str
) -> None:
    """The key itself is not repeated."""
    headers = {} if authorization is None else {"Authorization": authorization}
    async with embedded.client.post(f"{embedded.url}/v1/track", json=track(), headers=headers) as response:
        message = (await response.json())["message"]
    assert (response.status, words in message, WRITE_KEY in message) == (400, True, False)


async def test_an_unknown_write_key_gets_200_and_is_shown(embedded: Running) -> None:
    """10: as in production the client sees success; here the loss is seen."""
    response = await embedded.call("/v1/track", track(), key="f" * 32)
    assert (response.status, await response.json()) == (200, OK)
    (message,) = await embedded.messages()
    assert (message["source"], message["state"], message["reason"]) == (None, "failed_on_ingest", "project_not_found")
    assert "write key" in message["remedy"]


@pytest.mark.parametrize(
    ("key", "shown"),
    [pytest.param("abcdefghijklmnop1234", "…1234", id="plausible"), pytest.param("abc123", "…", id="9 short")],
)
async def test_a_strict_workspace_turns_unknown_keys_away(tmp_path: Path, key: str, shown: str) -> None:
    """9: what is silently lost in production is refused where the workspace says so, the key masked."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", top="strict = true")
    async with running(tmp_path) as strict:
        response = await strict.call("/v1/track", track(), key=key)
        assert response.status == 400
        assert (await response.json())["message"] == f"no source has the write key {shown}"
        assert await strict.messages() == []


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param(b"{bad", "unexpected character", id="33 no JSON"),
        pytest.param(b"[]", "an array", id="34 a list"),
        pytest.param(b'"x"', "a string", id="34 a string"),
        pytest.param(b"5", "a number", id="34 a number"),
        pytest.param(b"null", "null", id="34 null"),
        pytest.param(b"", "empty", id="35 nothing"),
        pytest.param(b"event=E&userId=u", "the body is a form; send JSON instead", id="a form"),
        pytest.param(b"event=Signed+Up\r\n", "the body is a form; send JSON instead", id="a form of one field"),
        pytest.param(
            b'--x\r\nContent-Disposition: form-data; name="event"\r\n\r\nE\r\n--x--\r\n',
            "the body is a form; send JSON instead",
            id="a form in parts",
        ),
        pytest.param(b"event", "unexpected character", id="a word"),
        pytest.param(b'{"a":NaN}', "", id="NaN"),
        pytest.param(b'{"a":"\xff"}', "UTF-8", id="not UTF-8"),
        pytest.param(b'{"a":' * 2_000 + b"1" + b"}" * 2_000, "depth", id="far too deep"),
        pytest.param(
            b'{"userId":"u","event":"e","properties":' + b'{"a":' * 400 + b"1" + b"}" * 401, "deep", id="deep"
        ),
    ],
)
async def test_what_is_no_json_object_is_refused_and_shown(embedded: Running, body: bytes, detail: str) -> None:
    """The answer is Segment's; what exactly was wrong stands in the journal."""
    response = await embedded.call("/v1/track", body)
    malformed = {"success": False, "message": "malformed JSON", "code": "invalid_request"}
    assert (response.status, await response.json()) == (400, malformed)
    (refused,) = (await embedded.get("/refused"))["refused"]
    assert refused["message"].startswith("malformed JSON: ")
    assert detail in refused["message"]


@pytest.mark.parametrize(
    ("size", "status"), [pytest.param(32_768, 200, id="37 32 KB"), pytest.param(32_769, 400, id="38 a byte more")]
)
async def test_a_single_call_may_have_32_kb(embedded: Running, size: int, status: int) -> None:
    """Beyond, the words are those of Segment's FAQ."""
    response = await embedded.call("/v1/track", padded(size))
    assert response.status == status
    assert status == 200 or "Exceed payload limit" in await response.text()


@pytest.mark.parametrize(
    ("sizes", "status"),
    [
        pytest.param([30_000] * 17, 200, id="510 KB"),
        pytest.param([30_000] * 18, 400, id="39 540 KB"),
        pytest.param([500, 40_000, 500], 400, id="41 one message of 40 KB"),
    ],
)
async def test_a_batch_may_have_500_kb_and_32_kb_a_message(embedded: Running, sizes: list[int], status: int) -> None:
    """Both limits answer 400."""
    items = b",".join(padded(size, type="track") for size in sizes)
    response = await embedded.call("/v1/batch", b'{"batch":[' + items + b"]}")
    assert response.status == status
    assert len(await embedded.messages()) == (len(sizes) if status == 200 else 0)


@pytest.mark.parametrize(
    ("path", "channel"),
    [
        pytest.param("/v1/batch", "server", id="documented"),
        pytest.param("/v1/import", "server", id="22 Ruby"),
        pytest.param("/v1/import/", "server", id="23 Java, with a slash at the end"),
        pytest.param("/v1/b", "mobile", id="19 client-side libraries"),
    ],
)
async def test_a_batch_is_taken_in_under_each_of_its_paths(embedded: Running, path: str, channel: str) -> None:
    """The path tells libraries for servers from those for clients."""
    response = await embedded.call(path, {"batch": [track(type="track")]})
    assert (response.status, await response.json()) == (200, OK)
    (message,) = await embedded.messages()
    assert message["message"]["channel"] == channel


async def test_a_body_beyond_all_measure_is_a_400_too(embedded: Running) -> None:
    """Never a 413, which one SDK retries."""
    response = await embedded.call("/v1/batch", b" " * 5_000_000)
    assert response.status == 400
    assert "Exceed payload limit" in await response.text()


@pytest.mark.parametrize(
    ("count", "state", "rows"),
    [
        pytest.param(0, "empty_batch", 1, id="45 empty"),
        pytest.param(2_500, None, 2_500, id="42 2,500"),
        pytest.param(2_501, "sandbox_batch_too_long", 1, id="43 one more"),
    ],
)
async def test_a_batch_holds_up_to_2500_messages(embedded: Running, count: int, state: str | None, rows: int) -> None:
    """An empty one and a longer one get 200, and are shown for what they are."""
    item = {"type": "track", "event": "e", "userId": "u"}
    response = await embedded.call("/v1/batch", json.dumps({"batch": [item] * count}, separators=(",", ":")))
    assert response.status == 200
    first, last = map(int, response.headers["X-Sandbox-Seq"].split("-"))
    assert last - first + 1 == rows
    shown = await embedded.get(f"/messages/{first}")
    assert shown["reason"] == state


async def test_a_batch_without_batch_is_an_empty_one(embedded: Running) -> None:
    """45: 200, and seen."""
    await embedded.call("/v1/batch", {"sentAt": "2026-01-01T00:00:00Z"})
    assert [message["reason"] for message in await embedded.messages()] == ["empty_batch"]


async def test_the_good_messages_of_a_batch_go_through(embedded: Running) -> None:
    """46, 47: each bad one has its own reason, and one receivedAt serves them all."""
    good = {"type": "track", "event": "Good", "userId": "u"}
    items = [good, {"type": "trck"}, {"userId": "u"}, 7, {**good, "userId": ""}, good]
    response = await embedded.call("/v1/batch", {"batch": items})
    assert response.headers["X-Sandbox-Seq"] == "1-6"
    messages = await embedded.messages()
    assert [message["reason"] for message in messages] == [
        None,
        "invalid_type",
        "missing_type",
        "sandbox_item_not_object",
        "id_not_string",
        None,
    ]
    assert len({message["received_at"] for message in messages}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content-Encoding": "gzip", "Content-Type": "application/json"}, id="gzip"),
        pytest.param({"Content-Encoding": "gzip"}, id="21 gzip without a content type"),
    ],
)
async def test_gzip_is_undone(embedded: Running, headers: dict[str, str]) -> None:
    """The limits and the parser see what was meant."""
    response = await embedded.call("/v1/track", gzip.compress(json.dumps(track()).encode()), headers=headers)
    assert response.status == 200
    assert [message["event"] for message in await embedded.messages()] == ["Signed Up"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"this was never gzip", id="no gzip"),
        pytest.param(gzip.compress(b'{"userId":"u","event":"e"}')[:-12], id="cut off"),
        pytest.param(b"\x1f\x8b\x08\x00garbage follows a good beginning", id="garbage"),
    ],
)
async def test_broken_gzip_is_refused_in_json(embedded: Running, body: bytes) -> None:
    """A client's mistake, never a fault of the server."""
    response = await embedded.call("/v1/track", body, headers={"Content-Encoding": "gzip"})
    assert response.status == 400
    assert (await response.json())["success"] is False


async def test_lone_surrogates_become_replacement_characters(embedded: Running) -> None:
    r"""JavaScript cuts emoji in half; the half is written as \ufffd."""
    response = await embedded.call(
        "/v1/track", rb'{"userId":"u","event":"half \ud83d of it","properties":{"ok":"\ud83d\ude00"}}'
    )
    assert response.status == 200
    (message,) = await embedded.messages()
    assert message["event"] == "half \N{REPLACEMENT CHARACTER} of it"
    assert message["message"]["properties"] == {"ok": "\N{GRINNING FACE}"}


async def test_no_key_anywhere_is_refused(embedded: Running) -> None:
    """11: the one thing about keys that Segment's edge checks."""
    async with embedded.client.post(embedded.url + "/v1/track", json=track()) as response:
        assert response.status == 400
        assert "write key" in (await response.json())["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/v1/track", 405, id="GET"),
        pytest.param("PUT", "/v1/batch", 405, id="PUT"),
        pytest.param("POST", "/v1/nothing", 404, id="unknown path"),
        pytest.param("GET", "/v1/", 404, id="no path"),
    ],
)
async def test_every_answer_is_a_json_object(embedded: Running, method: str, path: str, status: int) -> None:
    """One SDK sends again and again what is answered in anything else; and every refusal is seen."""
    async with embedded.client.request(method, embedded.url + path) as response:
        assert response.status == status
        assert (await response.json())["success"] is False
        assert "Date" in response.headers
    assert [refused["status"] for refused in (await embedded.get("/refused"))["refused"]] == [status]


async def test_a_browser_elsewhere_may_post(embedded: Running) -> None:
    """The preflight names what was asked for, and errors carry the origin too."""
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-retry-count",
    }
    async with embedded.client.options(embedded.url + "/v1/t", headers=asked) as preflight:
        assert preflight.status == 204
        assert preflight.headers["Access-Control-Allow-Headers"] == "authorization,x-retry-count"
    response = await embedded.call("/v1/t", b"{bad", headers={"Origin": "http://localhost:3000"})
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "X-Sandbox-Seq" in response.headers["Access-Control-Expose-Headers"]


async def test_a_disabled_source_takes_nothing_on(tmp_path: Path) -> None:
    """62: 200, and the reason is shown."""
    file = write_workspace(tmp_path, "http://127.0.0.1:9/")
    file.write_text(file.read_text().replace('slug = "website"\nwrite', 'slug = "website"\nenabled = false\nwrite'))
    async with running(tmp_path) as disabled:
        assert (await disabled.call("/v1/track", track())).status == 200
        assert [message["reason"] for message in await disabled.messages()] == ["source_disabled"]


async def test_a_full_sandbox_asks_to_wait(tmp_path: Path) -> None:
    """429 with Retry-After, and what was accepted stays."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", top="", destinations=destination("crm", "webhook"))
    async with running(tmp_path, keep=1) as small:
        small.sandbox.pause("crm", paused=True)
        answers = [await small.call("/v1/track", track()) for _ in range(12)]
        assert [answer.status for answer in answers] == [200] * 10 + [429] * 2
        assert answers[-1].headers["Retry-After"] == "1"
        assert len(await small.messages()) == 10


def test_a_clock_of_the_tests_moves_only_when_told() -> None:
    """What the tests of time stand on."""
    clock = ManualClock(5)
    clock.advance(2)
    assert clock.now_ms() == 2_005


def test_big_numbers_are_read_as_javascript_reads_them() -> None:
    """Beyond 64 bits a number is a double."""
    assert bodies.parse(b'{"a":123456789012345678901234567890}') == {"a": 1.2345678901234568e29}


@pytest.mark.parametrize("path", ["/api/track", "/", "/v2/batch"])
async def test_a_call_to_a_path_that_is_nobodys_is_seen(embedded: Running, path: str) -> None:
    """Who posts where nobody answers is an SDK with a wrong address: refused in Segment's shape, and shown."""
    response = await embedded.call(path, {"event": "Lost", "userId": "u"})
    assert response.status == 404
    assert (await response.json())["code"] == "not_found"
    (told,) = (await embedded.get("/refused"))["refused"]
    assert (told["method"], told["path"], told["code"]) == ("POST", path, "not_found")
