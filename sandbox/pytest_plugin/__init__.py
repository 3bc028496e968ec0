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

_RUNNING = pytest.StashKey["Sandbox"]()
"""The sandbox of a test, or of the session."""
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
    yield from _running(request, tmp_path_factory.mktemp("segment-sandbox"))


@pytest.fixture
def segment_sandbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Sandbox]":
    """A sandbox for this test alone, in a process of its own."""
    yield from _running(request, tmp_path_factory.mktemp("segment-sandbox"))


def _running(request: pytest.FixtureRequest, journal: Path) -> "Iterator[Sandbox]":
    from sandbox.testkit import Sandbox, launched  # noqa: PLC0415 - who uses no fixture waits for nothing

    config = request.config
    workspace = config.rootpath / config.getini("segment_sandbox_folder")
    with launched(workspace, journal, config.getini("segment_sandbox_up")) as running:
        sandbox = request.node.stash[_RUNNING] = Sandbox(running.url)
        yield sandbox


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember where the session's sandbox stands before a test and its fixtures use it."""
    shared = [each for each in _ours(item) if each is item.session.stash.get(_RUNNING, None)]
    item.stash[_BEGAN] = {each.url: _newest(each) for each in shared}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Add to the report of a test or a fixture that failed what the sandbox saw in its time."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    ours = _ours(item)
    sandboxes = list({each.url: each for each in [*ours, *_arguments(item)]}.values())
    began = item.stash.setdefault(_BEGAN, {})
    if call.when == "setup":
        began.update({each.url: _newest(each) for each in sandboxes if each not in ours})
    if sandboxes and report.failed and call.when != "teardown":  # by then, the sandbox is gone
        from sandbox.pytest_plugin.story import story  # noqa: PLC0415 - as above

        report.sections += [
            (f"segment-sandbox {each.url}", story(each, began.get(each.url, 0))) for each in sandboxes
        ]


def _newest(sandbox: "Sandbox") -> int:
    from sandbox.pytest_plugin.story import newest  # noqa: PLC0415 - as above

    return newest(sandbox)


def _ours(item: pytest.Item) -> "list[Sandbox]":
    """Return the sandboxes of this plugin that a test has got, itself or through another fixture."""
    names = getattr(item, "fixturenames", ())
    nodes = {"segment_sandbox": item, "segment_sandbox_session": item.session}
    running = [node.stash.get(_RUNNING, None) for name, node in nodes.items() if name in names]
    return [each for each in running if each is not None]


def _arguments(item: pytest.Item) -> "list[Sandbox]":
    """Return the sandboxes among a test's own arguments, some of which a fixture of the partner's may have made."""
    kit = sys.modules.get("sandbox.testkit")
    if kit is None:
        return []
    return [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, kit.Sandbox)]
