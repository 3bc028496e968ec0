"""OAuth for sources: who gets a token, what it opens, and what everybody else is told."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import ManualClock
from sandbox.sources import Signer, Tokens
from sandbox.sources.oauth import FORM, NoTokenError, check
from sandbox.sources.tokens import LIFETIME_S, TOKENS_KEPT
from tests.conftest import Running, basic, running
from tests.keys import AUDIENCE, KID, assertion, claims, form, oauth_table, pair

TRACK = {"userId": "user-1", "event": "Signed Up"}
SERVER_KEY = "acmeServerWriteKey0000000000000b"
BOTH_KEY = "acmeBothWriteKey000000000000000c"
PLAIN_KEY = "acmePlainWriteKey00000000000000d"


def source(slug: str, write_key: str) -> str:
    """Write a source of a workspace file."""
    return f'[[sources]]\nslug = "{slug}"\nwrite_key = "{write_key}"\n'


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Running]:
    """Three sources: one enforces OAuth, one takes tokens as well, one knows nothing of it."""
    (tmp_path / "workspace.toml").write_text(
        source("server", SERVER_KEY)
        + oauth_table(client_id="app-1")
        + source("both", BOTH_KEY)
        + oauth_table(enforced=False)
        + source("plain", PLAIN_KEY)
    )
    async with running(tmp_path) as started:
        yield started


async def ask(running: Running, body: str, content_type: str = FORM) -> tuple[int, dict[str, Any]]:
    """Ask for a token; return the status and the answer."""
    async with running.client.post(
        running.url + "/token", data=body, headers={"Content-Type": content_type}
    ) as response:
        assert parsedate_to_datetime(response.headers["Date"]) is not None
        return response.status, await response.json()


async def token(running: Running, **changed: Any) -> str:
    """Get a token."""
    status, answer = await ask(running, form(assertion(**changed)))
    assert status == 200, answer
    found: str = answer["access_token"]
    return found


async def send(running: Running, authorization: str, key: str | None) -> tuple[int, dict[str, Any]]:
    """Send a call with this header and a write key in the body; return the status and the answer."""
    body = TRACK if key is None else {**TRACK, "writeKey": key}
    headers = {"Authorization": authorization} if authorization else {}
    async with running.client.post(running.url + "/v1/track", json=body, headers=headers) as response:
        return response.status, await response.json()


async def test_a_token_is_given_to_whoever_signs_with_a_known_key(project: Running) -> None:
    """The answer has the types that the SDKs insist on, and the journal says for which sources it is."""
    status, answer = await ask(project, form(assertion()))
    assert status == 200
    assert isinstance(answer.pop("access_token"), str)
    assert answer == {"token_type": "Bearer", "scope": "tracking_api:write", "expires_in": 86_400}
    changes = await project.journal.read.changes(0, 10)
    assert [(each["kind"], each["sources"]) for each in changes] == [("token", ["both", "server"])]


@pytest.mark.parametrize(
    "aud",
    [
        pytest.param("https://oauth2.segment.io", id="US"),
        pytest.param("https://oauth2.eu1.segmentapis.com", id="EU"),
        pytest.param("https://oauth2.segment.io/", id="with a slash"),
        pytest.param(None, id="the sandbox"),
    ],
)
async def test_an_assertion_may_be_meant_for_segment_or_for_the_sandbox(project: Running, aud: str | None) -> None:
    """The sandbox stands in for Segment's servers, and SDKs name whichever they were given."""
    assert await token(project, aud=aud or project.url)


async def test_iss_is_not_looked_at(project: Running) -> None:
    """The documents say the server's address, the SDKs send the client id."""
    assert await token(project, iss="https://oauth2.segment.io")
    assert await token(project, iss=None)


@pytest.mark.parametrize(
    ("signed", "status", "error", "words"),
    [
        pytest.param({"key": "other"}, 401, "invalid_client", "signature", id="125 bad signature"),
        pytest.param({"kid": "other"}, 401, "invalid_client", "kid", id="125 unknown kid"),
        pytest.param({"kid": None}, 401, "invalid_client", "kid", id="no kid"),
        pytest.param({"algorithm": "HS256"}, 401, "invalid_client", "RS256", id="another algorithm"),
        pytest.param({"aud": "https://example.com"}, 401, "invalid_client", "aud", id="meant for another"),
        pytest.param({"exp": 1_700_000_000}, 400, "invalid_request", "Token is expired", id="126 expired"),
        pytest.param(
            {"iat": 9_999_999_999}, 400, "invalid_request", "Token used before issued", id="126 from the future"
        ),
        *[
            pytest.param({name: None}, 400, "invalid_request", f'missing the "{name}" claim', id=f"without {name}")
            for name in ("sub", "aud", "iat", "exp", "jti")
        ],
        pytest.param({"exp": "soon"}, 400, "invalid_request", "no proper one", id="a time that is none"),
    ],
)
async def test_others_get_none(project: Running, signed: dict[str, Any], status: int, error: str, words: str) -> None:
    """125, 126: a sentence says why; the SDKs surface it, and Python asks again where only the time was wrong."""
    answered, answer = await ask(project, form(assertion(**signed)))
    assert (answered, answer["error"]) == (status, error)
    assert words in answer["error_description"]
    assert answer.keys() == {"error", "error_description"}
    (entry,) = (await project.get("/refused"))["refused"]
    assert (entry["status"], entry["path"], entry["code"], entry["excerpt"]) == (status, "/token", error, "")


async def test_the_words_about_time_are_exact(project: Running) -> None:
    """126: Python compares them letter by letter."""
    expired = await ask(project, form(assertion(exp=1_700_000_000)))
    assert expired == (400, {"error": "invalid_request", "error_description": "Token is expired"})
    early = await ask(project, form(assertion(iat=9_999_999_999)))
    assert early == (400, {"error": "invalid_request", "error_description": "Token used before issued"})


async def test_an_application_that_is_not_the_sources_gets_no_token_for_it(project: Running) -> None:
    """Where a source names no application, any that has the key will do."""
    given = await token(project, sub="app-2")
    assert (await send(project, f"Bearer {given}", BOTH_KEY))[0] == 200
    assert (await send(project, f"Bearer {given}", SERVER_KEY))[0] == 401


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param({"grant_type": "password"}, "unsupported_grant_type", id="grant type"),
        pytest.param({"client_assertion_type": "x"}, "invalid_request", id="assertion type"),
        pytest.param({"scope": "public_api:read_write"}, "invalid_scope", id="scope"),
        pytest.param({"client_assertion": "a.b.c"}, "invalid_request", id="no JWT"),
        pytest.param({"client_assertion": ""}, "invalid_request", id="no assertion"),
    ],
)
async def test_a_form_that_asks_for_something_else_is_refused(
    project: Running, changed: dict[str, str], error: str
) -> None:
    """400, in the words of the standard."""
    status, answer = await ask(project, form(assertion(), **changed))
    assert (status, answer["error"]) == (400, error)


async def test_127_another_content_type_is_refused(project: Running) -> None:
    """127: 415, in JSON."""
    status, answer = await ask(project, form(assertion()), content_type="application/json")
    assert (status, answer["error"]) == (415, "invalid_request")


async def test_other_methods_are_refused_in_json(project: Running) -> None:
    """405, as at the Tracking API."""
    async with project.client.get(project.url + "/token") as response:
        assert (response.status, (await response.json())["error"]) == (405, "invalid_request")


async def test_any_body_at_all_is_answered_in_json(project: Running) -> None:
    """Never a failure of the sandbox's own, whatever the bytes and the content type."""
    bodies = [b"", b"\xff\xfe", b"%zz=%&&=&;", b"grant_type", b"a=b&" * 20_000, form("\u00e9.\u00e9.\u00e9").encode()]
    for body in bodies:
        for content_type in (FORM, FORM + "; charset=utf-16", "", "x", "multipart/form-data"):
            async with project.client.post(
                project.url + "/token", data=io.BytesIO(body), headers={"Content-Type": content_type}
            ) as response:
                assert response.status in (400, 401, 415)
                assert (await response.json()).keys() == {"error", "error_description"}


async def test_a_token_opens_its_sources(project: Running) -> None:
    """With the write key in the body, which says which of them is meant."""
    given = await token(project)
    for key in (SERVER_KEY, BOTH_KEY):
        assert await send(project, f"Bearer {given}", key) == (200, {"success": True})
    assert [each["source"] for each in await project.messages()] == ["server", "both"]


@pytest.mark.parametrize(
    ("authorization", "key", "status", "words"),
    [
        pytest.param("Bearer {token}", None, 400, "no write key", id="5 a token and no write key"),
        pytest.param("Bearer unknown", SERVER_KEY, 401, "unknown or has expired", id="6 an unknown token"),
        pytest.param("Bearer unknown", None, 401, "unknown or has expired", id="6 and no write key"),
        pytest.param(
            f"Bearer {PLAIN_KEY}", None, 401, "send it as Basic: the write key as the user", id="a write key"
        ),
        pytest.param(
            basic(PLAIN_KEY).replace("Basic", "Bearer"), None, 401, "send it as Basic: ", id="a write key in base64"
        ),
        pytest.param("bearer ", SERVER_KEY, 401, "unknown or has expired", id="6 no token at all"),
        pytest.param("Bearer {token}", PLAIN_KEY, 401, "not for the source plain", id="a token for another source"),
        pytest.param(basic(SERVER_KEY), SERVER_KEY, 401, "enforces OAuth", id="7 Basic where OAuth is enforced"),
        pytest.param("", SERVER_KEY, 401, "enforces OAuth", id="7 no header where OAuth is enforced"),
    ],
)
async def test_who_comes_without_the_right_token_is_turned_away(
    project: Running, authorization: str, key: str | None, status: int, words: str
) -> None:
    """5, 6, 7: in JSON with `code` and `message`, which the SDKs read; nothing is taken in, and all is seen."""
    answered, answer = await send(project, authorization.format(token=await token(project)), key)
    assert answered == status
    assert (answer["success"], answer["code"]) == (False, "unauthorized" if status == 401 else "invalid_request")
    assert words in answer["message"]
    assert await project.messages() == []
    (entry,) = (await project.get("/refused"))["refused"]
    assert words in entry["message"]


@pytest.mark.parametrize(
    "key", [pytest.param(BOTH_KEY, id="takes both"), pytest.param(PLAIN_KEY, id="knows no OAuth")]
)
async def test_basic_opens_what_does_not_enforce_oauth(project: Running, key: str) -> None:
    """As it always did."""
    assert (await send(project, basic(key), None))[0] == 200


async def test_a_change_of_the_file_is_in_effect_at_once(project: Running) -> None:
    """Enforcement comes and goes with a save."""
    file = project.sandbox.workspace.file
    assert file is not None
    file.write_text(file.read_text().replace("enforced = true", "enforced = false"))
    await project.sandbox.on_change(frozenset({file}))
    assert (await send(project, basic(SERVER_KEY), None))[0] == 200


def test_a_token_expires_by_the_clock() -> None:
    """6: after a day it is as unknown as any other."""
    clock = ManualClock()
    tokens = Tokens(clock)
    given = tokens.issue(["server"])
    clock.advance(LIFETIME_S - 1)
    assert tokens.sources(given) == frozenset({"server"})
    clock.advance(1)
    assert tokens.sources(given) is None


def test_tokens_are_bounded() -> None:
    """The oldest is forgotten when there are too many."""
    tokens = Tokens(ManualClock())
    oldest = tokens.issue(["server"])
    newer = [tokens.issue(["server"]) for _ in range(TOKENS_KEPT)]
    assert tokens.sources(oldest) is None
    assert tokens.sources(newer[0]) == frozenset({"server"})


def test_a_kid_may_name_different_keys_at_different_sources() -> None:
    """The signature decides which is meant."""
    signers = [Signer("one", KID, pair(KID).public), Signer("two", KID, pair("other").public)]
    assert check(assertion(), signers, [AUDIENCE]) == {"one"}
    assert check(assertion(key="other"), signers, [AUDIENCE]) == {"two"}


@settings(deadline=None)
@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_nonsense_is_refused(text: str) -> None:
    """Whatever stands in the assertion's place, the answer is a refusal."""
    with pytest.raises(NoTokenError):
        check(text, [Signer("one", KID, pair(KID).public)], [AUDIENCE])


VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({})
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["sub", "aud", "iat", "exp", "nbf", "iss", "jti"]), VALUES))
def test_claims_of_any_kind_are_judged(changed: dict[str, Any]) -> None:
    """A well-signed assertion with odd claims gets a token or a refusal, and never an error of ours."""
    signed = jwt.PyJWS().encode(_dumped(claims() | changed), pair(KID).private, "RS256", {"kid": KID})
    with suppress(NoTokenError):
        assert check(signed, [Signer("one", KID, pair(KID).public)], [AUDIENCE]) == {"one"}


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()
