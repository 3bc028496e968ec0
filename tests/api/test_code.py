"""A component's code is read from and written to the partner's own file, and to no other."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.api.described import ROUTES
from sandbox.app.code_files import MAX_BYTES
from tests.api.test_openapi import wrong
from tests.app.test_reload import of_reload
from tests.conftest import Running, destination, running, write_workspace

CODE = "async function onTrack(event) {\n  return 'one'\n}\n"
PATH = "/components/function/code"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace whose App has a function and a webhook."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    (tmp_path / "function.js").write_text(CODE)
    return tmp_path


async def put(sandbox: Running, body: Any, path: str = PATH, **headers: str) -> tuple[int, Any]:
    """Write code; return the status and the answer."""
    url = f"{sandbox.url}/_sandbox{path}"
    async with sandbox.client.put(url, data=io.BytesIO(json.dumps(body).encode()), headers=headers) as response:
        return response.status, await response.json()


async def test_code_is_read_written_and_loaded(folder: Path) -> None:
    """What is written stands in the file, byte by byte, with its mode, and is loaded."""
    (folder / "function.js").chmod(0o640)
    async with running(folder, reload=True) as sandbox:
        read = await sandbox.get(PATH)
        assert (read["path"], read["text"], read["state"]) == ("function.js", CODE, "ready")
        assert wrong(ROUTES["GET", "/components/{slug}/code"].answer or {}, read) == []
        assert (read["error"], read["error_line"], read["findings"]) == (None, None, [])
        new = CODE.replace("one", "zwö").replace("\n", "\r\n")
        status, written = await put(sandbox, {"text": new, "version": read["version"]})
        assert status == 200, written
        await sandbox.change(of_reload("function"))
        assert (folder / "function.js").read_bytes() == new.encode()
        assert os.name == "nt" or (folder / "function.js").stat().st_mode & 0o777 == 0o640
        again = await sandbox.get(PATH)
        assert (again["version"], again["text"]) == (written["version"], new)
        assert not [name for name in os.listdir(folder) if name.startswith(".function.js")]  # noqa: PTH208 - pathlib blocks as well


async def test_what_is_wrong_has_its_line(folder: Path) -> None:
    """Why it does not load, and each finding with the page that explains it."""
    async with running(folder, reload=True) as sandbox:
        version = (await sandbox.get(PATH))["version"]
        await put(sandbox, {"text": "async function onTrack(event) {\n  return event.\n}\n", "version": version})
        await sandbox.change(of_reload("function", failed=True))
        read = await sandbox.get(PATH)
        assert (read["state"], read["error_line"]) == ("old code serves", 3)
        assert read["error"].startswith("function.js:3:1: SyntaxError")
        (finding,) = read["findings"]
        assert (finding["rule"], finding["line"]) == ("parse-error", 3)
        assert finding["page"] == "docs/lint.md#parse-error"
        assert finding["message"]


async def test_a_file_that_changed_meanwhile_is_not_written(folder: Path) -> None:
    """The answer says so, and with which version it would be."""
    async with running(folder) as sandbox:
        version = (await sandbox.get(PATH))["version"]
        (folder / "function.js").write_text("// mine\n")
        status, answer = await put(sandbox, {"text": "// yours\n", "version": version})
        assert (status, answer["error"]["code"]) == (409, "changed_meanwhile")
        assert (await sandbox.get(PATH))["version"] in answer["error"]["hint"]
        assert (folder / "function.js").read_text() == "// mine\n"


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        pytest.param("/components/webhook/code", {"text": "", "version": ""}, (404, "not_found"), id="no code"),
        pytest.param("/components/nobody/code", {"text": "", "version": ""}, (404, "not_found"), id="unknown"),
        pytest.param(
            "/components/..%2Fworkspace.toml/code", {"text": "", "version": ""}, (404, "not_found"), id="a path"
        ),
        pytest.param(PATH, {"text": "x" * (MAX_BYTES + 1), "version": ""}, (413, "code_too_large"), id="too large"),
        pytest.param(PATH, {"text": ""}, (400, "bad_request"), id="no version"),
    ],
)
async def test_what_cannot_be_written_is_said(folder: Path, path: str, body: Any, expected: tuple[int, str]) -> None:
    """And nothing is."""
    async with running(folder) as sandbox:
        status, answer = await put(sandbox, body, path)
        assert (status, answer["error"]["code"]) == expected
        assert (folder / "function.js").read_text() == CODE


async def test_a_page_elsewhere_cannot_write(folder: Path) -> None:
    """Its Origin gives it away."""
    async with running(folder) as sandbox:
        version = (await sandbox.get(PATH))["version"]
        status, answer = await put(sandbox, {"text": "", "version": version}, Origin="https://evil.example")
        assert (status, answer["error"]["code"]) == (403, "foreign_origin")
        assert (folder / "function.js").read_text() == CODE


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(None, (404, "not_found"), id="gone"),
        pytest.param(b"\xff", (409, "not_utf8"), id="no UTF-8"),
        pytest.param(b"x" * (MAX_BYTES + 1), (413, "code_too_large"), id="too large"),
    ],
)
async def test_a_file_that_cannot_be_shown_is_said(
    folder: Path, content: bytes | None, expected: tuple[int, str]
) -> None:
    """With what to do."""
    async with running(folder) as sandbox:
        file = folder / "function.js"
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        response = await sandbox.client.get(f"{sandbox.url}/_sandbox{PATH}")
        assert (response.status, (await response.json())["error"]["code"]) == expected


async def test_the_embedded_function_is_shown_and_never_written(embedded: Running) -> None:
    """It is a file of the program itself, and serves every workspace that has none of its own."""
    read = await embedded.get(PATH)
    status, answer = await put(embedded, {"text": CODE, "version": read["version"]})
    assert (status, answer["error"]["code"]) == (409, "not_your_own")
    assert "segment-sandbox init" in answer["error"]["hint"]
    assert (await embedded.get(PATH))["version"] == read["version"]
