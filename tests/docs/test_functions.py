"""docs/functions.md says what a function sees."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import RealClock
from sandbox.outbound import Outbound
from sandbox.runtime import FunctionCode, FunctionRuntime, Returned, Threw, loader
from sandbox.runtime.call import MAX_EXCHANGES
from sandbox.runtime.invocation import BESIDE_HEAP_MB, DEFAULT_MEMORY_MB
from sandbox.workspace.models import FUNCTION_MEMORY, FUNCTION_TIMEOUT
from tests.conftest import running, write_workspace
from tests.docs.pages import ROOT, fenced, first_cells, read, section

TEXT = read("functions.md")
(EXAMPLE,) = fenced(TEXT, "javascript")


@pytest.fixture
async def runtime() -> AsyncIterator[FunctionRuntime]:
    """The real runtime, with a network that stays on this machine."""
    clock = RealClock()
    async with Outbound(clock, offline=True) as outbound:
        started = FunctionRuntime(outbound, clock, max_workers=1)
        try:
            yield started
        finally:
            await started.close()


async def run(runtime: FunctionRuntime, source: str, event: dict[str, Any]) -> Returned | Threw:
    """Load code and hand it an event."""
    assert await runtime.load("function", FunctionCode("function.js", source)) is None
    ending = (await runtime.invoke("function", json.dumps(event).encode(), b"{}")).ending
    assert isinstance(ending, Returned | Threw)
    return ending


def test_every_handler_has_its_row() -> None:
    """And no other."""
    assert first_cells(section(TEXT, "## Handlers")) == list(loader.HANDLERS)


async def test_every_global_has_its_row(runtime: FunctionRuntime) -> None:
    """In the order in which `window` has them."""
    ending = await run(runtime, "function onTrack() { return Object.keys(window) }", {"type": "track"})
    assert isinstance(ending, Returned)
    assert json.loads(ending.value_json or "") == first_cells(section(TEXT, "## What the code sees"))


async def test_what_crypto_has_is_told(runtime: FunctionRuntime) -> None:
    """Name by name."""
    ending = await run(runtime, "function onTrack() { return Object.keys(crypto) }", {"type": "track"})
    assert isinstance(ending, Returned)
    (row,) = [line for line in TEXT.splitlines() if line.startswith("| `crypto` |")]
    assert json.loads(ending.value_json or "") == re.findall(r"`(\w+)`", row)[1:]


async def test_the_example_runs(runtime: FunctionRuntime) -> None:
    """Its identify handler rejects what has no email, and delivers what has one."""
    rejected = await run(runtime, EXAMPLE, {"type": "identify", "userId": "user-1"})
    assert isinstance(rejected, Threw)
    assert rejected.name == "InvalidEventPayload"
    delivered = await run(runtime, EXAMPLE, {"type": "identify", "traits": {"email": "jane@example.com"}})
    assert isinstance(delivered, Returned)


async def test_the_error_on_the_page_is_the_real_one(tmp_path: Path) -> None:
    """What `up` says about code that does not load."""
    write_workspace(tmp_path, "http://127.0.0.1:9/closed")
    (tmp_path / "function.js").write_text("function onTrack() {\n    return fetch)\n}\n")
    async with running(tmp_path) as sandbox:
        (mistake,) = (await sandbox.get("/health"))["mistakes"]
    assert fenced(TEXT, "text") == [f"{mistake}\n"]


def test_the_versions_are_those_that_are_built() -> None:
    """As web/package.json pins them."""
    pinned = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))["dependencies"]
    for package in ("atob", "btoa", "node-fetch", "lodash", "moment-timezone"):
        (row,) = [line for line in TEXT.splitlines() if line.endswith(f", {pinned[package]} |") and package in line]
        assert package in row


def test_the_figures_are_the_real_ones() -> None:
    """Time, memory, requests."""
    limits = section(TEXT, "## Limits")
    for figure in (
        f"| {FUNCTION_TIMEOUT:g} s;",
        f"heap | {FUNCTION_MEMORY} MB;",
        f"heap | {DEFAULT_MEMORY_MB} MB;",
        f"together | {BESIDE_HEAP_MB} MB more",
        f"| {MAX_EXCHANGES:,} |",
    ):
        assert figure in limits
