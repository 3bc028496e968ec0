"""A partner's first minutes: the embedded workspace and nothing but the program `curl`."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from sandbox.testkit import Sandbox
from tests.acceptance.command import WAIT_S, up

SIX: Final[dict[str, dict[str, Any]]] = {
    "identify": {"userId": "user-1", "traits": {"email": "jane@example.com"}},
    "track": {"userId": "user-1", "event": "Signed Up", "properties": {"plan": "pro", "city": "Zürich"}},
    "page": {"userId": "user-1", "name": "Home"},
    "screen": {"anonymousId": "a-1", "name": "Start"},
    "group": {"userId": "user-1", "groupId": "company-1", "traits": {"name": "Acme"}},
    "alias": {"previousId": "a-1", "userId": "user-1"},
}


async def curl(*arguments: str) -> bytes:
    """Run curl and return what it printed; whatever is amiss fails the test."""
    command = ("curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*")
    process = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(WAIT_S):
        stdout, stderr = await process.communicate()
    assert process.returncode == 0, (stdout, stderr)
    return stdout


async def echoed(url: str, destination: str) -> list[dict[str, Any]]:
    """Read with curl what the sandbox's echo received for a destination of the embedded workspace."""
    received: list[dict[str, Any]] = json.loads(await curl(f"{url}/_sandbox/echo/{destination}"))["received"]
    return received


async def test_six_calls_with_curl_are_seen_at_the_echo(segment_sandbox: Sandbox) -> None:
    """Each call arrives at the webhook and, through the function, once more, with the same body."""
    url, key = segment_sandbox.url, segment_sandbox.write_key
    for kind, body in SIX.items():
        assert await curl("-u", f"{key}:", f"{url}/v1/{kind}", "-d", json.dumps(body)) == b'{"success": true}'
    segment_sandbox.wait_for_all(2 * len(SIX), "delivery", state="delivered", timeout=WAIT_S)
    webhook, function = [await echoed(url, each) for each in ("webhook", "function")]
    by_type = {json.loads(each["body"])["type"]: each for each in webhook}
    assert by_type.keys() == SIX.keys()
    assert sorted(each["body"] for each in function) == sorted(each["body"] for each in webhook)
    for kind, body in SIX.items():
        stamped = json.loads(by_type[kind]["body"])
        assert {name: stamped[name] for name in body} == body
        own = {"type", "messageId", "timestamp", "originalTimestamp", "receivedAt", "channel", "version", "projectId"}
        assert stamped.keys() == body.keys() | own


async def test_the_requests_at_the_echo_are_the_documented_ones(segment_sandbox: Sandbox) -> None:
    """Headers in their order and case, the webhook's as documented, the function's as node-fetch sends them."""
    url, key = segment_sandbox.url, segment_sandbox.write_key
    await curl("-u", f"{key}:", f"{url}/v1/track", "-d", json.dumps(SIX["track"]))
    segment_sandbox.wait_for_all(2, "delivery", state="delivered", timeout=WAIT_S)
    (webhook,) = await echoed(url, "webhook")
    (function,) = await echoed(url, "function")
    host = url.removeprefix("http://")
    length = str(len(webhook["body"].encode()))
    assert webhook["headers"] == [
        ["Host", host],
        ["Accept", "*/*"],
        ["Authorization", "Basic bG9jYWwtYXBpLWtleTo="],
        ["Cache-Control", "no-cache"],
        ["Connection", "Keep-Alive"],
        ["Content-Length", length],
        ["Content-Type", "application/json"],
        ["User-Agent", "Segment.io/1.0"],
        ["X-Segment-Settings", "e30="],
    ]
    assert [name for name, _ in function["headers"]][:4] == ["Host", "Content-Type", "Authorization", "Accept"]
    assert (webhook["method"], function["method"]) == ("POST", "POST")


async def test_the_printed_curl_command_works(tmp_path: Path) -> None:
    """What `up` prints to begin with can be pasted into a shell."""
    async with up(tmp_path) as sandbox:
        line = await sandbox.command.out.line(lambda text: text.startswith("curl "))
        assert line is not None
        shell = line.split(maxsplit=1)[1]
        process = await asyncio.create_subprocess_shell(
            f"{shell} --silent --noproxy '*'", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        stdout, _ = await process.communicate()
        assert stdout == b'{"success": true}'
        (message,) = await sandbox.all("messages")
    assert (message["type"], message["event"], message["state"]) == ("track", "Signed Up", "accepted")


async def test_a_body_in_pieces_and_one_that_waits_for_leave_are_taken(segment_sandbox: Sandbox) -> None:
    """Chunked, as Kotlin sends it, and after `100 Continue`, as curl asks for with large bodies."""
    body, url = json.dumps(SIX["track"]), f"{segment_sandbox.url}/v1/track"
    for header in ("Transfer-Encoding: chunked", "Expect: 100-continue"):
        answer = await curl("-u", f"{segment_sandbox.write_key}:", url, "-H", header, "-d", body)
        assert answer == b'{"success": true}'
    assert len(segment_sandbox.messages()) == 2
