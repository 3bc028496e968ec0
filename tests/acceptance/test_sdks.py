"""Segment's SDKs for servers as they are: all six calls, with the SDK's own defaults and in small batches."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from tests.acceptance.sdks import NODE, OLD_NODE, OLD_PYTHON, PYTHON, Sdk
from tests.conftest import Running, running

TYPES: Final = ["identify", "track", "page", "screen", "group", "alias"]
DEFAULTS: Final[dict[str, Any]] = {}
RUNS: Final[dict[str, tuple[Sdk, dict[str, Any]]]] = {
    "python": (PYTHON, DEFAULTS),
    "python-batches": (PYTHON, {"upload_size": 4, "upload_interval": 0.2, "gzip": True}),
    "older-python": (OLD_PYTHON, DEFAULTS),
    "older-python-batches": (OLD_PYTHON, {"upload_size": 4, "upload_interval": 0.2, "gzip": True}),
    "node": (NODE, DEFAULTS),
    "node-batches": (NODE, {"flushAt": 4, "flushInterval": 200}),
    "older-node": (OLD_NODE, DEFAULTS),
    "older-node-batches": (OLD_NODE, {"flushAt": 4, "flushInterval": 200}),
}
"""By the slug of the source that each has for itself."""


def write_key(slug: str) -> str:
    """Make a source's write key."""
    return f"acme{slug.title().replace('-', '')}".ljust(32, "0")


@pytest.fixture(scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A sandbox with a source for each run, where every unknown key is refused."""
    folder = tmp_path_factory.mktemp("sdks")
    sources = "".join(f'[[sources]]\nslug = "{slug}"\nwrite_key = "{write_key(slug)}"\n' for slug in RUNS)
    (folder / "workspace.toml").write_text(f"[workspace]\nstrict = true\n{sources}")
    async with running(folder) as started:
        yield started


@pytest.mark.parametrize(
    "package", [pytest.param(each, id=each.package) for each in (PYTHON, OLD_PYTHON, NODE, OLD_NODE)]
)
async def test_all_six_calls_arrive_as_they_were_made(sandbox: Running, package: Sdk) -> None:
    """In the SDK's own configuration and in batches, side by side; each once, stamped, at its source."""
    package.command()
    mine = {slug: options for slug, (sdk, options) in RUNS.items() if sdk is package}
    sending = [
        package.send(sandbox.url, write_key(slug), options=options, sixCalls=True) for slug, options in mine.items()
    ]
    assert await asyncio.gather(*sending) == [[]] * len(mine)
    messages = await sandbox.messages()
    for slug in mine:
        came = [each for each in messages if each["source"] == slug]
        assert sorted(each["type"] for each in came) == sorted(TYPES)
        assert {each["state"] for each in came} == {"accepted"}
        for each in came:
            assert_as_made(each["message"], package)
    assert (await sandbox.get("/refused"))["refused"] == []


def assert_as_made(message: dict[str, Any], sdk: Sdk) -> None:
    """Compare a stored message with what the program made, and look at what Segment adds."""
    made: dict[str, dict[str, Any]] = {
        "identify": {"userId": "user-1", "traits": {"plan": "pro"}},
        "track": {"userId": "user-1", "event": "Signed Up", "properties": {"plan": "pro"}},
        "page": {"userId": "user-1", "name": "Start", "category": "Docs"},
        "screen": {"userId": "user-1", "name": "Home", "category": "Docs"},
        "group": {"userId": "user-1", "groupId": "group-1", "traits": {"name": "Acme"}},
        "alias": {"userId": "user-2", "previousId": "user-1"},
    }
    properties: dict[str, dict[str, Any]] = {"page": {"path": "/docs"}, "screen": {"width": 1080}}
    assert message.items() >= made[message["type"]].items()
    assert message.get("properties", {}).items() >= properties.get(message["type"], {}).items()
    assert (message["channel"], message["context"]["library"]["name"]) == ("server", sdk.library)
    assert {"messageId", "timestamp", "sentAt", "receivedAt", "originalTimestamp"} <= message.keys()
