"""Who may use the page and the API: by host, by origin and by password."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp.test_utils import make_mocked_request

from sandbox.access import ApiError, Guard
from sandbox.app import Options
from sandbox.password import GUESSES, Password
from tests.conftest import Running, basic, running

WORDS: Final = "correct horse battery"


def given(user: str, password: str) -> str:
    """Return Basic authorisation. Source: RFC 7617, section 2."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


RIGHT: Final = {"Authorization": given("anyone", WORDS)}
GUARDED: Final = (
    "/",
    "/debugger",
    "/page.js",
    "/_sandbox/health",
    "/_sandbox/stream",
    "/_sandbox/echo/webhook",
    "/no",
)


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[Running]:
    """A sandbox with a password, at another address of the loopback than the usual one."""
    async with running(tmp_path, host="127.0.0.2", password=Password.of(WORDS)) as started:
        yield started


@pytest.mark.parametrize("path", GUARDED)
async def test_page_and_api_ask_for_the_password(locked: Running, path: str) -> None:
    """In the words of HTTP, so that a browser asks its user; the answer says how a program gives it."""
    async with locked.client.get(locked.url + path) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith('Basic realm="segment-sandbox"')
        error = (await response.json())["error"]
    assert error["code"] == "password_needed"
    assert "SEGMENT_SANDBOX_PASSWORD" in error["hint"]


@pytest.mark.parametrize("path", [path for path in GUARDED if path not in ("/no", "/_sandbox/stream")])
async def test_with_the_password_they_answer(locked: Running, path: str) -> None:
    """Whatever the user is called."""
    async with locked.client.get(locked.url + path, headers=RIGHT) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        pytest.param(given("u", "wrong horse"), "wrong_password", id="another password"),
        pytest.param(given(WORDS, ""), "wrong_password", id="as the user"),
        pytest.param("Basic !", "password_needed", id="no Base64"),
        pytest.param("Basic /w==", "password_needed", id="no text"),
        pytest.param("Basic YQ==", "password_needed", id="no colon"),
        pytest.param(f"Bearer {WORDS}", "password_needed", id="another scheme"),
    ],
)
async def test_anything_else_is_refused(locked: Running, authorization: str, code: str) -> None:
    """Without a word of what was given."""
    async with locked.client.get(
        f"{locked.url}/_sandbox/health", headers={"Authorization": authorization}
    ) as response:
        text = await response.text()
        assert response.status == 401
    assert f'"{code}"' in text
    assert "horse" not in text


async def test_who_guesses_too_often_has_to_wait(locked: Running) -> None:
    """Then not even the right one is looked at, or guesses could be told by their answers."""
    wrong = {"Authorization": given("", "wrong horse")}
    for _ in range(GUESSES):
        async with locked.client.get(f"{locked.url}/_sandbox/health", headers=wrong) as response:
            assert response.status == 401
    async with locked.client.get(f"{locked.url}/_sandbox/health", headers=RIGHT) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "60"
        assert (await response.json())["error"]["code"] == "too_many_guesses"


async def test_sdks_and_webhooks_need_no_password(locked: Running) -> None:
    """They have write keys; the partner's stand-in takes what the sandbox delivers to it."""
    assert (await locked.call("/v1/track", {"userId": "u", "event": "e"})).status == 200
    await locked.settled()
    async with locked.client.get(f"{locked.url}/_sandbox/echo/webhook", headers=RIGHT) as response:
        (received,) = (await response.json())["received"]
    assert '"event":"e"' in received["body"].replace(" ", "")
    async with locked.client.get(f"{locked.url}/v1/projects/{'x' * 8}/settings") as response:
        assert response.status != 401


async def test_a_write_key_is_no_password(locked: Running) -> None:
    """Whoever may send events may not read them."""
    async with locked.client.get(
        f"{locked.url}/_sandbox/messages", headers={"Authorization": basic(WORDS)}
    ) as answer:
        assert answer.status == 401


async def test_the_password_does_not_let_foreign_pages_in(locked: Running) -> None:
    """A browser that knows it sends it along, whoever makes it ask."""
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        async with locked.client.get(f"{locked.url}/_sandbox/health", headers={**RIGHT, **headers}) as response:
            assert response.status == 403


async def test_the_address_of_a_connection_is_a_host_of_the_sandbox() -> None:
    """Where it listens at every address, a client in the network uses one of them; any other is foreign."""
    came_to = asyncio.Transport(extra={"sockname": ("192.0.2.7", 8484)})
    guard = Guard(("0.0.0.0",))
    guard.check(make_mocked_request("GET", "/", headers={"Host": "192.0.2.7:8484"}, transport=came_to))
    with pytest.raises(ApiError, match="foreign_host"):
        guard.check(make_mocked_request("GET", "/", headers={"Host": "192.0.2.8:8484"}, transport=came_to))


@pytest.mark.parametrize("option", ["host", "allow_hosts"])
async def test_names_are_the_same_in_any_case(tmp_path: Path, option: str) -> None:
    """A browser writes them small, whatever the options say."""
    named: dict[str, Any] = {"host": "LocalHost"} if option == "host" else {"allow_hosts": ("My-Box.Local",)}
    name = "localhost" if option == "host" else "my-box.local"
    async with (
        running(tmp_path, **named) as started,
        started.client.get(f"{started.url}/_sandbox/health", headers={"Host": name}) as response,
    ):
        assert response.status == 200


def test_how_a_sandbox_was_started_does_not_tell_the_password(tmp_path: Path) -> None:
    """Wherever the options are printed."""
    assert WORDS not in repr(Options(tmp_path, password=Password.of(WORDS)))


@pytest.mark.parametrize("path", ["/_sandbox/health", "/_sandbox/snippet", "/_sandbox/stream", "/_sandbox/no", "/no"])
async def test_no_answer_is_kept_guessed_at_or_embedded(embedded: Running, path: str) -> None:
    """What the API answers is for whoever asked, and is what it says it is."""
    async with embedded.client.get(embedded.url + path) as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/event/1", "/page.js", "/page.css", "/icon.svg"])
async def test_the_page_lets_nothing_in(embedded: Running, path: str) -> None:
    """No script but its own, no frame around it, no type that is guessed, nothing told to where a link leads."""
    async with embedded.client.get(embedded.url + path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= {*policy.split("; ")}
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("site", "mode", "dest", "status"),
    [
        pytest.param("cross-site", "no-cors", "image", 403, id="an image of another site"),
        pytest.param("same-site", "no-cors", "script", 403, id="a script of another port"),
        pytest.param("cross-site", "navigate", "iframe", 403, id="a frame"),
        pytest.param("cross-site", "navigate", "document", 200, id="a link"),
        pytest.param("same-origin", "cors", "empty", 200, id="the page itself"),
        pytest.param("none", "navigate", "document", 200, id="the address bar"),
    ],
)
async def test_other_pages_read_nothing_by_elements(
    embedded: Running, site: str, mode: str, dest: str, status: int
) -> None:
    """For which no browser sends an Origin, but what it is for."""
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    async with embedded.client.get(f"{embedded.url}/_sandbox/health", headers=headers) as response:
        assert response.status == status
