"""The pixel: a call in the address of an image, and always the image."""

import base64
import json
import struct
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.sources.bodies import MalformedError
from sandbox.sources.pixel import GIF, call_of
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running

CALL = {"writeKey": WRITE_KEY, "userId": "user-1", "event": "Opened?>", "properties": {"subject": "ÿþ? hello"}}
ENCODED = base64.b64encode(json.dumps(CALL, ensure_ascii=False).encode()).decode()
URL_SAFE = ENCODED.translate(str.maketrans("+/", "-_"))


async def pixel(sandbox: Running, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    """Ask for the pixel; return status, content type and body."""
    async with sandbox.client.request(method, sandbox.url + path) as response:
        return response.status, response.content_type, await response.read()


def test_the_image_is_one_transparent_pixel() -> None:
    """Width and height are 1, and colour 0 is marked as transparent."""
    assert GIF[:6] == b"GIF89a"
    assert struct.unpack("<HH", GIF[6:10]) == (1, 1)
    assert GIF[19:23] == b"\x21\xf9\x04\x01"
    assert GIF[-1:] == b";"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ENCODED, id="base64"),
        pytest.param(ENCODED.rstrip("="), id="without padding"),
        pytest.param(URL_SAFE, id="for addresses"),
        pytest.param(URL_SAFE.rstrip("="), id="for addresses, without padding"),
        pytest.param(ENCODED.replace("+", " "), id="a plus that was not escaped"),
    ],
)
def test_base64_is_read_in_every_spelling(data: str) -> None:
    """26: whoever writes mails escapes as he can."""
    assert {"+", "/", "="} <= set(ENCODED)
    assert call_of({"data": data}) == CALL


@pytest.mark.parametrize(
    ("parameters", "call"),
    [
        pytest.param({"userId": "u", "event": "e"}, {"userId": "u", "event": "e"}, id="flat"),
        pytest.param(
            {"properties.a": "1", "properties.b.c": "2", "context.library.name": "amp"},
            {"properties": {"a": "1", "b": {"c": "2"}}, "context": {"library": {"name": "amp"}}},
            id="27 nested",
        ),
        pytest.param({}, {}, id="nothing"),
    ],
)
def test_dotted_parameters_are_fields(parameters: dict[str, str], call: dict[str, Any]) -> None:
    """Each dot leads into an object; the values stay strings."""
    assert call_of(parameters) == call


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"data": "%%%"}, id="no base64"),
        pytest.param({"data": "YQ"}, id="no JSON"),
        pytest.param({"data": "W10"}, id="no object"),
        pytest.param({"data": "é"}, id="no ASCII"),
        pytest.param({"a": "1", "a.b": "2"}, id="a value, then its fields"),
        pytest.param({"a.b": "2", "a": "1"}, id="fields, then a value"),
    ],
)
def test_what_is_no_call_is_told(parameters: dict[str, str]) -> None:
    """The journal shows the sentence."""
    with pytest.raises(MalformedError):
        call_of(parameters)


@pytest.mark.parametrize("kind", ["identify", "group", "alias", "page", "screen", "track"])
async def test_26_every_call_can_be_a_pixel(embedded: Running, kind: str) -> None:
    """The type follows from the path, with the prefix and without."""
    for prefix in ("/v1", ""):
        path = f"{prefix}/pixel/{kind}?data={quote(URL_SAFE.rstrip('='))}"
        assert await pixel(embedded, path) == (200, "image/gif", GIF)
    messages = await embedded.messages()
    assert [(each["type"], each["state"], each["source"]) for each in messages] == [(kind, "accepted", "website")] * 2
    assert messages[0]["message"]["properties"] == CALL["properties"]
    assert "writeKey" not in messages[0]["message"]


async def test_27_parameters_are_a_call(embedded: Running) -> None:
    """What an image in a mail says about its reader arrives as an event, with the reader's address."""
    query = f"writeKey={WRITE_KEY}&userId=user-1&event=Email%20Opened&properties.subject=Hello"
    assert await pixel(embedded, f"/v1/pixel/track?{query}") == (200, "image/gif", GIF)
    (message,) = await embedded.messages()
    assert message["event"] == "Email Opened"
    assert message["message"]["properties"] == {"subject": "Hello"}
    assert message["message"]["channel"] == "browser"
    assert message["message"]["context"]["ip"] == "127.0.0.1"


async def test_29_a_pixel_without_an_id_is_a_discard_and_an_image(embedded: Running) -> None:
    """Nobody can see more than the image; the journal has the reason."""
    assert await pixel(embedded, f"/v1/pixel/track?writeKey={WRITE_KEY}&event=e") == (200, "image/gif", GIF)
    (message,) = await embedded.messages()
    assert message["reason"] == "no_user_anon_id"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        pytest.param("?data=%25%25%25", "the parameter data is not base64", id="no base64"),
        pytest.param("?data=YQ", "malformed JSON", id="no JSON"),
        pytest.param("?userId=u", "no write key", id="no write key"),
        pytest.param("", "no write key", id="nothing"),
        pytest.param(f"?writeKey={WRITE_KEY}&userId=u&event=e&{'a.' * 500}b=1", "nested", id="too deep"),
    ],
)
async def test_a_refused_pixel_is_an_image_and_a_refusal(embedded: Running, query: str, words: str) -> None:
    """The answer is 200 and the image; why nothing came of it stands in the journal."""
    assert await pixel(embedded, f"/v1/pixel/track{query}") == (200, "image/gif", GIF)
    (refused,) = (await embedded.get("/refused"))["refused"]
    assert words in refused["message"]
    assert (refused["status"], refused["path"]) == (200, "/v1/pixel/track")
    assert WRITE_KEY not in json.dumps(refused)


async def test_a_pixel_is_asked_for_with_get(embedded: Running) -> None:
    """A POST is refused in JSON, and HEAD leaves no event."""
    query = f"?writeKey={WRITE_KEY}&userId=u&event=e"
    assert (await pixel(embedded, f"/v1/pixel/track{query}", "POST"))[:2] == (405, "application/json")
    assert (await pixel(embedded, f"/v1/pixel/track{query}", "HEAD"))[0] == 405
    assert await embedded.messages() == []


async def test_the_pixel_of_another_origin_can_be_read(embedded: Running) -> None:
    """A page may fetch it as well as show it."""
    url = f"{embedded.url}/v1/pixel/page?writeKey={WRITE_KEY}&userId=u"
    async with embedded.client.get(url, headers={"Origin": "http://localhost:3000"}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        assert response.headers["Cache-Control"] == "no-store"
