"""Secrets are masked in what the API shows, in whatever spelling they stand there, and shown when asked for."""

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.api.masks import LEAST_CHARACTERS, MASK, Masks
from sandbox.destinations.webhook import authorization, settings_header
from tests.conftest import Running, running
from tests.partner import Answer, Partner

KEY = 'k/+"é-12345'


def base64(text: str) -> str:
    """Write a text in base64."""
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"the key is {KEY}.", f"the key is {MASK}.", id="plain"),
        pytest.param(json.dumps({"key": KEY}), f'{{"key": "{MASK}"}}', id="in JSON"),
        pytest.param(json.dumps({"key": KEY}, ensure_ascii=False), f'{{"key": "{MASK}"}}', id="in JSON, as it is"),
        pytest.param(json.dumps(KEY).replace("/", "\\/"), f'"{MASK}"', id="in PHP's JSON"),
        pytest.param(json.dumps(json.dumps(KEY)), f'"\\"{MASK}\\""', id="in JSON in JSON"),
        pytest.param(
            f"https://a.example/?key={quote(KEY, '')}&b", f"https://a.example/?key={MASK}&b", id="in a query"
        ),
        pytest.param(f"a=1&key={quote_plus(KEY).lower()}", f"a=1&key={MASK}", id="in a form, in lower case"),
        pytest.param(authorization(KEY), f"Basic {MASK}", id="Basic without password"),
        pytest.param(f"Basic {base64(f'a:{KEY}')}", f"Basic {MASK}", id="as password"),
        pytest.param(f"x {base64(f'ab{KEY}cd')} y", f"x {MASK} y", id="in base64 with other things"),
        pytest.param(urlsafe_b64encode(f"?{KEY}".encode()).decode(), MASK, id="in the base64 of addresses"),
        pytest.param("nothing of it", "nothing of it", id="nothing"),
        pytest.param("c2VnbWVudDo=", "c2VnbWVudDo=", id="another base64"),
    ],
)
def test_a_secret_is_found_in_every_spelling(text: str, expected: str) -> None:
    """And nothing else of the text is changed, but for the base64 that it is part of."""
    assert Masks([KEY]).text(text) == expected


def test_the_settings_header_keeps_what_is_no_secret() -> None:
    """It is written anew, with masked values."""
    header = settings_header({"apiKey": "x", "region": "eu", "token": KEY, "pin": 12345, "all": [KEY, "b"]})
    masked = Masks([KEY, "12345"]).text(header)
    assert json.loads(b64decode(masked)) == {"region": "eu", "token": MASK, "pin": MASK, "all": [MASK, "b"]}


def test_a_short_value_is_not_masked() -> None:
    """It would stand in every second word."""
    assert Masks(["a" * (LEAST_CHARACTERS - 1)]).text("aaa") == "aaa"


def test_a_secret_that_begins_with_another_is_masked_whole() -> None:
    """The longer one goes first."""
    assert Masks(["abcd", "abcdefgh"]).text("abcdefgh abcd") == f"{MASK} {MASK}"


def test_what_names_an_entry_stays() -> None:
    """A slug that is like a secret is shown, or the entry could not be found."""
    view = {"seq": 1, "destination": "secret", "state": "secret", "detail": "secret", "attempts": 1, "message": 1234}
    assert Masks(["secret", "1234"]).view(view) == {**view, "detail": MASK}


ANY = st.characters(codec="utf-8", exclude_characters=MASK)
SECRETS = st.sets(st.text(ANY, min_size=LEAST_CHARACTERS, max_size=20), min_size=1, max_size=3)
AROUND = st.text(ANY, max_size=5)
ENCODINGS: list[Callable[[str], str]] = [
    str,
    json.dumps,
    lambda text: json.dumps(text, ensure_ascii=False),
    lambda text: quote(text, ""),
    base64,
    authorization,
    lambda text: settings_header({"token": text}),
]


@given(SECRETS, st.data())
def test_no_secret_is_left_in_a_view(secrets: set[str], data: st.DataObject) -> None:
    """Wherever in an attempt it stands, and however it is written: what is there, and what it says in base64."""
    written = [
        data.draw(AROUND) + encoding(data.draw(AROUND) + secret + data.draw(AROUND))
        for secret in sorted(secrets)
        for encoding in data.draw(st.lists(st.sampled_from(ENCODINGS), min_size=1, max_size=3))
    ]
    text = " | ".join(written)
    run = {
        "exchanges": [
            {
                "request": {"method": "POST", "url": text, "headers": [["A", text]], "body": text},
                "response": {"status": 200, "headers": [["B", text]], "body_base64": base64(text)},
            }
        ],
        "logs": [{"level": "log", "text": text}],
        "returned": text,
        "error": {"name": text, "message": text, text: {"deep": [text]}},
        "warnings": [text],
    }
    view = Masks(secrets).view(
        {"message": {text: text}, "deliveries": [{"detail": text, "attempts": [{**run, "insert": run}]}]}
    )
    for shown in texts(view):
        assert not [secret for secret in secrets if secret in shown]


def texts(value: Any) -> list[str]:
    """Give all texts in a view; the fields' own names are the sandbox's, those of others are masked."""
    match value:
        case str():
            return [value]
        case list():
            return [text for each in value for text in texts(each)]
        case dict():
            return [text for each in value.values() for text in texts(each)]
        case _:
            return []


WORKSPACE = """
[workspace]
slug = "acme"

[[sources]]
slug = "website"
write_key = "sandboxWebsiteWriteKey0000000001"

[app]
name = "Acme CRM"

[[app.settings]]
label = "Token"
sensitive = true

[[app.settings]]
label = "Region"

[app.components.webhook]
endpoint = "ENDPOINT"

[app.components.function]
code = "function.js"

[[destinations]]
slug = "hook"
component = "webhook"
source = "website"
enabled = true
settings = { apiKey = "the-api-key", token = "the-token", region = "eu-west" }

[[destinations]]
slug = "code"
component = "function"
source = "website"
enabled = true
settings = { apiKey = "other-api-key", token = "other-token", region = "eu-west" }

[[functions]]
slug = "incoming"
kind = "source"
source = "website"
code = "incoming.js"
settings = { apiKey = "incoming-api-key" }
"""
FUNCTION = """
async function onTrack(event, settings) {
  console.log(settings);
  await fetch('ENDPOINT?key=' + settings.apiKey, {
    method: 'POST',
    headers: { authorization: 'Basic ' + btoa('user:' + settings.token) },
    body: JSON.stringify({ settings }),
  });
  throw new Error('not with ' + settings.apiKey);
}
"""
INCOMING = "async function onRequest(request, settings) { console.log(settings.apiKey) }"
ALL = ("the-api-key", "the-token", "other-api-key", "other-token", "incoming-api-key")


@pytest.fixture
async def delivered(tmp_path: Path) -> AsyncIterator[Running]:
    """A sandbox whose components have sent and logged all that is secret."""
    answer = Answer(400, (("Content-Type", "application/json"),), b'{"message": "no account has the-api-key"}')
    (tmp_path / "incoming.js").write_text(INCOMING)
    async with Partner(otherwise=answer) as partner:
        (tmp_path / "workspace.toml").write_text(WORKSPACE.replace("ENDPOINT", partner.url))
        (tmp_path / "function.js").write_text(FUNCTION.replace("ENDPOINT", partner.url))
        async with running(tmp_path) as sandbox:
            yield await used(sandbox)


async def used(sandbox: Running) -> Running:
    """Send an event, and run the source function."""
    await sandbox.call("/v1/track", {"userId": "u", "event": "Bought", "properties": {"leak": "the-token"}})
    async with sandbox.client.post(f"{sandbox.url}/functions/incoming", json={}) as response:
        assert response.status == 200
    await sandbox.settled()
    return sandbox


@pytest.mark.parametrize(
    "path",
    ["/messages/1", "/deliveries/2", "/deliveries/3", "/deliveries", "/changes", "/wait?kind=delivery&count=2"],
)
async def test_views_show_no_secret(delivered: Running, path: str) -> None:
    """Neither those of the App's settings nor the keys of functions; what is no secret is shown."""
    shown = json.dumps(await delivered.get(path), ensure_ascii=False)
    assert not [secret for secret in ALL if secret in shown or base64(f"{secret}:") in shown]
    assert MASK in shown


async def test_the_wire_is_shown_when_asked_for(delivered: Running) -> None:
    """The journal keeps what went over it."""
    wire = await sent(delivered, "/deliveries/2?secrets=shown")
    assert wire["Authorization"] == authorization("the-api-key")
    assert json.loads(b64decode(wire["X-Segment-Settings"])) == {"token": "the-token", "region": "eu-west"}
    masked = await sent(delivered, "/deliveries/2")
    assert masked["Authorization"] == f"Basic {MASK}"
    assert json.loads(b64decode(masked["X-Segment-Settings"])) == {"token": MASK, "region": "eu-west"}


async def sent(sandbox: Running, path: str) -> dict[str, str]:
    """Give the headers of a delivery's first request."""
    return dict((await sandbox.get(path))["attempts"][0]["exchanges"][0]["request"]["headers"])


async def test_the_stream_shows_no_secret(delivered: Running) -> None:
    """Until it is asked to."""
    for query, expected in (("", False), ("&secrets=shown", True)):
        seen = []
        async with delivered.client.get(f"{delivered.url}/_sandbox/stream?after=0{query}") as stream:
            async for line in stream.content:
                seen.append(line.decode())
                if '"kind":"invocation"' in seen[-1]:
                    break
        assert ("incoming-api-key" in "".join(seen)) is expected


async def test_secrets_of_an_earlier_file_stay_masked(delivered: Running, tmp_path: Path) -> None:
    """They are in the journal still."""
    file = tmp_path / "workspace.toml"
    file.write_text(file.read_text().replace('"the-api-key"', '"a-new-api-key"'))
    await delivered.sandbox.on_change(frozenset({file}))
    assert "the-api-key" not in json.dumps(await delivered.get("/deliveries/2"))


@pytest.mark.parametrize("path", ["/messages/1", "/deliveries/2", "/changes", "/wait", "/stream"])
async def test_another_word_is_refused(embedded: Running, path: str) -> None:
    """With those that are known."""
    error = (await embedded.get(f"{path}?secrets=all"))["error"]
    assert (error["code"], error["message"]) == ("bad_query", "secrets=all is wrong: shown or masked is expected.")
