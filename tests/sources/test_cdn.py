"""The CDN: settings and analytics.js, and nothing in them that leads beyond this machine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.pipeline import UNKNOWN_SOURCE, Intake, Route
from sandbox.sources.cdn import BUILT, analytics_js, settings_of
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, destination, running, write_workspace

ELSEWHERE = "http://localhost:3000"
LIBRARY = f"/analytics.js/v1/{WRITE_KEY}/analytics.min.js"
SETTINGS = f"/v1/projects/{WRITE_KEY}/settings"
CHUNKS = sorted(path.name for path in (BUILT / "bundles").glob("*.js"))


async def ask(sandbox: Running, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Send a request without a body; return status, headers and text."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with sandbox.client.request(method, sandbox.url + path, headers=named) as response:
        return response.status, dict(response.headers), await response.text()


async def refusals(sandbox: Running) -> list[dict[str, Any]]:
    """Return what was turned away."""
    found: list[dict[str, Any]] = (await sandbox.get("/refused"))["refused"]
    return found


@pytest.mark.parametrize("path", [SETTINGS, SETTINGS.removeprefix("/v1")])
async def test_settings_lead_back_to_the_sandbox(embedded: Running, path: str) -> None:
    """To the very name under which it was asked, since an emulator's or a container's is another."""
    status, headers, text = await ask(embedded, path, Host="10.0.2.2:8484", Origin=ELSEWHERE)
    settings = json.loads(text)
    segment = settings["integrations"]["Segment.io"]
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, ELSEWHERE)
    assert headers["Content-Type"] == "application/json"
    assert (segment["apiKey"], segment["apiHost"], segment["protocol"]) == (WRITE_KEY, "10.0.2.2:8484/v1", "http")
    assert settings["metrics"] == {"sampleRate": 0}


def test_destinations_are_in_cloud_mode() -> None:
    """Each is named, once, as one that the page does not load; Segment.io stays what it is."""
    routes = (Route("a", ("Acme CRM", "acme-crm")), Route("b", ("Acme CRM",)), Route("c", ("Segment.io",)))
    settings = settings_of("key", Intake("website", enabled=True, project_id="p", routes=routes), "h:1", "https")
    assert settings["integrations"]["Acme CRM"] == {"bundlingStatus": "unbundled"}
    segment = settings["integrations"]["Segment.io"]
    assert segment["unbundledIntegrations"] == ["Acme CRM", "Segment.io"]
    assert (segment["apiHost"], segment["protocol"]) == ("h:1/v1", "https")


def test_a_source_that_nobody_has_has_no_destinations() -> None:
    """Its settings are the smallest with which analytics.js works."""
    assert list(settings_of("key", UNKNOWN_SOURCE, "h", "http")["integrations"]) == ["Segment.io"]


async def test_settings_name_only_enabled_destinations(tmp_path: Path) -> None:
    """As a page does not need to know of others."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "webhook", enabled=False))
    async with running(tmp_path) as disabled:
        assert list(json.loads((await ask(disabled, SETTINGS))[2])["integrations"]) == ["Segment.io"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/projects/{}/settings",
        "/projects/{}/settings",
        "/analytics.js/v1/{}/analytics.min.js",
        "/analytics.js/v1/{}/platform/analytics.min.js",
    ],
)
async def test_117_a_strict_workspace_does_not_serve_unknown_keys(tmp_path: Path, path: str) -> None:
    """404, in JSON or in a comment, for any origin to read, and written down without the key."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", top="strict = true")
    key = "abcdefghijklmnop1234"
    async with running(tmp_path) as strict:
        status, headers, text = await ask(strict, path.format(key), Origin=ELSEWHERE)
        (refused,) = await refusals(strict)
    assert (status, headers["Access-Control-Allow-Origin"]) == (404, ELSEWHERE)
    assert "no source has the write key …1234" in text
    assert (refused["status"], refused["path"]) == (404, path.format("…1234"))
    assert key not in json.dumps(refused) + text


async def test_an_unknown_key_is_served_where_it_would_be_lost_later(embedded: Running) -> None:
    """Then its events arrive, and are shown as those of no source."""
    status, _, text = await ask(embedded, "/v1/projects/nobody/settings")
    assert (status, json.loads(text)["integrations"]["Segment.io"]["apiKey"]) == (200, "nobody")
    assert await refusals(embedded) == []


@pytest.mark.parametrize("path", [LIBRARY, LIBRARY.replace("analytics.min", "platform/analytics.min")])
async def test_the_library_is_the_real_one_with_the_key_filled_in(embedded: Running, path: str) -> None:
    """And with one line before it, which tells it where it came from."""
    status, headers, text = await ask(embedded, path)
    prelude, library = text.split("\n", 1)
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert library == (BUILT / "standalone.js").read_text("utf-8").replace("__WRITE_KEY__", WRITE_KEY)
    assert WRITE_KEY in library
    assert f'"{embedded.url}"' in prelude
    assert "sourceMappingURL" not in text


def test_a_key_cannot_end_the_string_that_it_is_put_into() -> None:
    """Whatever stands in the address, it stays a string."""
    text = analytics_js(b'window.k="__WRITE_KEY__"', 'a";alert(1)//', 'http://"').decode()
    assert r'window.k="a\";alert(1)//"' in text
    assert r'"http://\""' in text


async def test_the_browser_asks_whether_the_library_changed(embedded: Running) -> None:
    """It has an ETag, and is not sent a second time."""
    _, headers, _ = await ask(embedded, LIBRARY)
    status, again, text = await ask(embedded, LIBRARY, If_None_Match=headers["Etag"])
    assert (status, text, again["Etag"]) == (304, "", headers["Etag"])
    assert headers["Cache-Control"] == "no-cache"
    assert (await ask(embedded, LIBRARY, If_None_Match='"older"'))[0] == 200


async def test_every_part_of_the_library_is_served(embedded: Running) -> None:
    """Under the name with its hash, for ever; and what the library names is there."""
    for name in CHUNKS:
        status, headers, text = await ask(embedded, f"/analytics-next/bundles/{name}", Origin=ELSEWHERE)
        assert (status, text) == (200, (BUILT / "bundles" / name).read_text("utf-8"))
        assert "immutable" in headers["Cache-Control"]
        assert headers["Access-Control-Allow-Origin"] == ELSEWHERE
    library = (BUILT / "standalone.js").read_text("utf-8")
    assert len(CHUNKS) > 5
    assert all(name.split(".")[2] in library for name in CHUNKS)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/analytics-next/bundles/old.bundle.0123.js", "load analytics.min.js from here", id="chunk"),
        pytest.param("/analytics-next/bundles/..%2Fstandalone.js", "load analytics.min.js", id="out of the folder"),
        pytest.param(f"/analytics.js/v1/{WRITE_KEY}/analytics.classic.js", "npm has no build", id="classic"),
        pytest.param("/analytics.js/v2/analytics.js", "nothing at this path", id="another path"),
    ],
)
async def test_a_script_that_is_not_there_says_why_in_a_comment(embedded: Running, path: str, words: str) -> None:
    """404, one line, which the browser's tools show; and the journal has it."""
    status, headers, text = await ask(embedded, path, Origin=ELSEWHERE)
    assert (status, headers["Content-Type"]) == (404, "text/javascript; charset=utf-8")
    assert re.fullmatch(r"// [^\n]+\n", text)
    assert words in text
    assert headers["Access-Control-Allow-Origin"] == ELSEWHERE
    (refused,) = await refusals(embedded)
    assert words in refused["message"]
    assert WRITE_KEY not in json.dumps(refused)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("actions/acme/0123abcd.js", id="action"),
        pytest.param("integrations/acme/2.1.0/acme.dynamic.js.gz", id="classic integration"),
        pytest.param("middleware/acme/latest/acme.js.gz", id="middleware"),
        pytest.param("", id="nothing named"),
    ],
)
async def test_a_device_mode_destination_is_a_404_in_json(embedded: Running, path: str) -> None:
    """For any origin to read, and written down; never a page in HTML."""
    status, headers, text = await ask(embedded, f"/next-integrations/{path}", Origin=ELSEWHERE)
    assert (status, headers["Content-Type"]) == (404, "application/json")
    answer = json.loads(text)
    assert (answer["success"], answer["code"]) == (False, "not_found")
    assert "no device-mode destinations" in answer["message"]
    assert headers["Access-Control-Allow-Origin"] == ELSEWHERE
    (refused,) = await refusals(embedded)
    assert (refused["path"], refused["message"]) == (f"/next-integrations/{path}", answer["message"])


@pytest.mark.parametrize("path", [SETTINGS, LIBRARY, f"/analytics-next/bundles/{CHUNKS[0]}", "/analytics.js/x"])
async def test_the_cdn_is_asked_with_get(embedded: Running, path: str) -> None:
    """HEAD has no body, a preflight is allowed, and the rest is refused."""
    assert (await ask(embedded, path, "POST"))[0] == 405
    assert (await ask(embedded, path, "OPTIONS", Origin=ELSEWHERE))[0] == 204
    status, _, text = await ask(embedded, path, "HEAD")
    assert (status, text) == (404 if path.endswith("/x") else 200, "")
