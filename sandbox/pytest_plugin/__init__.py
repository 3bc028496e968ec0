"""The pytest plugin: a running sandbox as a fixture, and its story in the report of a test that failed.

Every test run of whoever has the sandbox installed loads this module, so that it imports nothing more than pytest.
"""

import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.testkit import Sandbox

_BEGAN = pytest.StashKey[dict[str, int]]()
"""By address, the newest sequence number when a test began."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of the fixtures."""
    parser.addini(
        "segment_sandbox_folder", "The folder of the workspace file, from the root of the tests.", default="."
    )
    parser.addini("segment_sandbox_up", "Options of `segment-sandbox up`.", type="args", default=[])


@pytest.fixture(scope="session")
def segment_sandbox_session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Sandbox]":
    """A sandbox for the whole run; under pytest-xdist, one for each worker."""
    yield from _running(request.config, tmp_path_factory.mktemp("segment-sandbox"))


@pytest.fixture
def segment_sandbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Sandbox]":
    """A sandbox for this test alone, in a process of its own."""
    yield from _running(request.config, tmp_path_factory.mktemp("segment-sandbox"))


def _running(config: pytest.Config, journal: Path) -> "Iterator[Sandbox]":
    from sandbox.testkit import Sandbox, launched  # noqa: PLC0415 - who uses no fixture waits for nothing

    workspace = config.rootpath / config.getini("segment_sandbox_folder")
    with launched(workspace, journal, config.getini("segment_sandbox_up")) as running:
        yield Sandbox(running.url)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Add to the report of a test that failed what the sandbox saw in its time."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    sandboxes = _sandboxes(item)
    if not sandboxes:
        return
    from sandbox.pytest_plugin.story import newest, story  # noqa: PLC0415 - as above

    if call.when == "setup":
        item.stash[_BEGAN] = {each.url: newest(each) for each in sandboxes}
    elif call.when == "call" and report.failed:
        began = item.stash.get(_BEGAN, {})
        report.sections += [
            (f"segment-sandbox {each.url}", story(each, began.get(each.url, 0))) for each in sandboxes
        ]


def _sandboxes(item: pytest.Item) -> "list[Sandbox]":
    """Return the sandboxes that a test has got from its fixtures."""
    kit = sys.modules.get("sandbox.testkit")
    if kit is None:
        return []
    return [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, kit.Sandbox)]
