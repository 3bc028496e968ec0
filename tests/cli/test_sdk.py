"""`segment-sandbox sdk`: the lines for each SDK, with and without a sandbox that runs."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sandbox.cli.client import URL_VARIABLE
from sandbox.cli.main import cli
from sandbox.sdks import all_sdks
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, running, write_workspace

CLOSED = "http://127.0.0.1:9"
SHOP = '\n[[sources]]\nslug = "shop"\nwrite_key = "acmeShopWriteKey000000000000000b"\n'


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where no sandbox runs, as far as the command can find out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    state = tmp_path / ".segment-sandbox"
    state.mkdir()
    (state / "run.json").write_text(json.dumps({"url": CLOSED}))
    return tmp_path


def sdk(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sdk", *arguments])


async def asked(sandbox: Running, *arguments: str) -> str:
    """Ask about the sandbox of a test, which runs in this very process."""
    result = await asyncio.to_thread(sdk, *arguments, "--url", sandbox.url)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_all_are_listed(alone: Path) -> None:
    """One on each line, and those that need TLS are marked."""
    rows = {line.split()[0]: line for line in sdk().output.splitlines() if line}
    for each in all_sdks():
        assert rows[each.name].endswith("https only") == each.tls


def test_without_a_sandbox_the_workspace_is_read(alone: Path) -> None:
    """The key is the file's, the address the default one, and it says so."""
    write_workspace(alone, "http://127.0.0.1:9/")
    file = alone / "workspace.toml"
    file.write_text(file.read_text() + SHOP)
    shown = sdk("python", "--source", "shop").output
    assert 'analytics.write_key = "acmeShopWriteKey000000000000000b"' in shown
    assert 'analytics.host = "http://127.0.0.1:8484"' in shown
    assert "no sandbox runs" in shown


def test_without_a_file_the_embedded_workspace_counts(alone: Path) -> None:
    """As `up` would serve it."""
    answer = json.loads(sdk("--json").output)
    assert (answer["running"], answer["write_key"], answer["source"]) == (False, WRITE_KEY, "website")
    assert len(answer["sdks"]) == len(all_sdks())


def test_a_sandbox_that_is_named_has_to_be_there(alone: Path) -> None:
    """Else the lines would be for another one."""
    result = sdk("python", "--url", CLOSED)
    assert result.exit_code == 2
    assert "No sandbox answers" in result.output


def test_an_unknown_source_is_told(alone: Path) -> None:
    """With those that there are."""
    result = sdk("python", "--source", "shop")
    assert (result.exit_code, result.output) == (2, "There is no source shop.\nName one of: website.\n")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("pithon", "Did you mean python?", id="a slip"),
        pytest.param("xyzzy", "Name one of: analytics-js, analytics-next,", id="nonsense"),
    ],
)
def test_an_unknown_name_is_told(alone: Path, name: str, hint: str) -> None:
    """With those that may be meant."""
    result = sdk(name)
    assert result.exit_code == 2
    assert result.output.startswith(f"There is no SDK {name}.\n{hint}")


async def test_the_lines_are_for_the_sandbox_that_runs(embedded: Running) -> None:
    """Its address and key."""
    shown = await asked(embedded, "python")
    assert f'analytics.host = "{embedded.url}"' in shown
    assert "no sandbox runs" not in shown
    assert "segment-sandbox up --tls" in await asked(embedded, "ruby")


async def test_an_sdk_that_needs_tls_gets_its_address(tmp_path: Path) -> None:
    """And the certificate to trust."""
    async with running(tmp_path, tls=True, tls_port=0) as secure:
        tls: Any = secure.sandbox.tls
        shown = await asked(secure, "ruby")
        assert f"port: {tls.url.rsplit(':', 1)[1]}, ssl: true" in shown
        assert f"SSL_CERT_FILE={tls.authority}" in shown
        assert f"it is on at {tls.url}" in shown


async def test_the_api_refuses_an_unknown_source(embedded: Running) -> None:
    """In its own shape."""
    assert (await embedded.get("/sdks?source=shop"))["error"]["code"] == "no_such_source"
