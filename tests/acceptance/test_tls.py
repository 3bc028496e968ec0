"""`up --tls` as a partner starts it: what it prints is enough for a client to speak https."""

import asyncio
import json
import re
import shlex
import signal
from pathlib import Path

from sandbox.sdks.trust import LINES
from sandbox.workspace import WRITE_KEY
from tests.acceptance.command import Up, run, up

TRACK = json.dumps({"userId": "user-1", "event": "Signed Up"})


async def tls_line(running: Up) -> tuple[str, str]:
    """Return the address and the authority's file that the table names."""
    line = await running.command.out.line(lambda text: text.startswith("TLS  "))
    found = re.fullmatch(r"TLS {2}(\S+) {2}authority (.+)\n", line or "")
    assert found is not None, running.command.out.text
    return found[1], found[2]


async def curl(*arguments: str) -> tuple[int, str]:
    """Run curl; return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        "curl", "--silent", "--noproxy", "*", *arguments, stdout=asyncio.subprocess.PIPE
    )
    stdout, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, stdout.decode()


async def test_what_is_printed_makes_a_client_trust(tmp_path: Path) -> None:
    """The line for curl, with the address in place of its dots; without it, curl refuses."""
    async with up(tmp_path, "--tls", "--tls-port", "0") as running:
        url, authority = await tls_line(running)
        assert authority == str(tmp_path / ".segment-sandbox" / "tls" / "authority.pem")
        line = await running.command.out.line(lambda text: text.startswith("curl  ") and "--cacert" in text)
        assert line is not None
        options = shlex.split(line)[2:-1]
        call = ("-u", f"{WRITE_KEY}:", f"{url.replace('127.0.0.1', 'localhost')}/v1/track", "-d", TRACK)
        assert await curl(*options, *call) == (0, '{"success": true}')
        code, _ = await curl(*call)
        assert code == 60  # the certificate is not trusted
        for name, _line in LINES.values():
            assert f"\n{name} " in running.command.out.text


async def test_an_ephemeral_sandbox_takes_its_authority_along(tmp_path: Path) -> None:
    """Nothing stays that somebody might trust."""
    async with up(tmp_path, "--tls", "--tls-port", "0", "--ephemeral") as running:
        url, authority = await tls_line(running)
        assert await curl("--cacert", authority, f"{url}/_sandbox/echo") == (0, '{"received": []}')
        assert await running.command.end(signal.SIGTERM) == 0
    assert not await asyncio.to_thread(Path(authority).exists)
    assert not (tmp_path / ".segment-sandbox").exists()


async def test_a_tls_port_in_use_is_told(tmp_path: Path) -> None:
    """With the option that chooses another."""
    async with up(tmp_path) as running:
        port = running.url.rsplit(":", 1)[1]
        ended = await run("up", "--port", "0", "--tls", "--tls-port", port, "--ephemeral", cwd=tmp_path)
        assert ended.code == 3
        assert "--tls-port 0 takes a free one" in ended.stderr
