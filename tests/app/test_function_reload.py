"""Saving the function changes what runs, and breaks nothing that runs."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.app.test_reload import of_reload
from tests.conftest import Running, destination, running, write_workspace

HANDLER = "async function onTrack(event, settings) {{ console.log('{0}'); return '{0}' }}\n"


async def returned(sandbox: Running, seq: int) -> tuple[str, Any]:
    """Return the state of a message's only delivery, and what its last attempt returned."""
    await sandbox.settled()
    (delivery,) = (await sandbox.get(f"/messages/{seq}"))["deliveries"]
    value = delivery["attempts"][-1]["returned"]
    return delivery["state"], value and json.loads(value)


async def send(sandbox: Running, **fields: Any) -> int:
    """Send a track call; return its number."""
    response = await sandbox.call("/v1/track", {"userId": "u", "event": "e", **fields})
    return int(response.headers["X-Sandbox-Seq"].split("-")[0])


def write(folder: Path, code: str) -> None:
    """Save the function."""
    (folder / "function.js").write_text(code)


async def test_a_save_is_what_runs_next(tmp_path: Path) -> None:
    """Without a restart; a mistake leaves the old code serving, and says where it is."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    write(tmp_path, HANDLER.format("one"))
    async with running(tmp_path, reload=True) as sandbox:
        assert await returned(sandbox, await send(sandbox)) == ("delivered", "one")
        write(tmp_path, HANDLER.format("two"))
        notice = await sandbox.change(of_reload("function"))
        assert await returned(sandbox, await send(sandbox)) == ("delivered", "two")
        write(tmp_path, "async function onTrack(event) {\n  return event.\n}\n")
        notice = await sandbox.change(of_reload("function", failed=True), notice["seq"])
        assert notice["error"].startswith("function.js:3:1: SyntaxError")
        assert await returned(sandbox, await send(sandbox)) == ("delivered", "two")
        assert (await sandbox.get("/workspace"))["destinations"][0]["state"] == "old code serves"
        write(tmp_path, HANDLER.format("three"))
        await sandbox.change(of_reload("function"), notice["seq"])
        assert await returned(sandbox, await send(sandbox)) == ("delivered", "three")


async def test_code_that_never_loaded_is_shown_at_the_start(tmp_path: Path) -> None:
    """The sandbox starts all the same; events are discarded with the reason until the code loads."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    write(tmp_path, "const onTrack = async () => {}\n")
    async with running(tmp_path, reload=True) as sandbox:
        (mistake,) = (await sandbox.get("/health"))["mistakes"]
        assert mistake.startswith("function.js:1:")
        assert "already been declared" in mistake
        seq = await send(sandbox)
        await sandbox.settled()
        (delivery,) = (await sandbox.get(f"/messages/{seq}"))["deliveries"]
        assert (delivery["state"], delivery["reason"]) == ("discarded", "sandbox_not_loaded")
        write(tmp_path, HANDLER.format("good"))
        await sandbox.change(of_reload("function"))
        assert await returned(sandbox, await send(sandbox)) == ("delivered", "good")


async def test_no_event_is_lost_while_code_is_saved_again_and_again(tmp_path: Path) -> None:
    """Every event runs on one version or the other."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    write(tmp_path, HANDLER.format(0))
    async with running(tmp_path, reload=True) as sandbox:
        sending = asyncio.create_task(_send_many(sandbox, 400))
        after = 0
        for version in range(1, 6):
            write(tmp_path, HANDLER.format(version))
            after = (await sandbox.change(of_reload("function"), after))["seq"]
        await sending
        await sandbox.settled()
        health = await sandbox.get("/health")
        assert health["deliveries"] == {"delivered": 400}


async def _send_many(sandbox: Running, count: int) -> None:
    for _ in range(count):
        await send(sandbox)


async def test_a_removed_file_leaves_the_old_code_serving(tmp_path: Path) -> None:
    """An editor that writes by renaming is not taken for a loss."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    write(tmp_path, HANDLER.format("one"))
    async with running(tmp_path, reload=True) as sandbox:
        (tmp_path / "function.js").unlink()
        notice = await sandbox.change(of_reload("function", failed=True))
        assert "cannot be read" in notice["error"]
        assert await returned(sandbox, await send(sandbox)) == ("delivered", "one")
        write(tmp_path, HANDLER.format("two"))
        await sandbox.change(of_reload("function"), notice["seq"])
        assert await returned(sandbox, await send(sandbox)) == ("delivered", "two")


async def test_what_module_scope_logged_is_told_with_its_error(tmp_path: Path) -> None:
    """In the notice of the reload: the newest ten lines, each cut to its beginning."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    write(tmp_path, HANDLER.format("one"))
    async with running(tmp_path, reload=True) as sandbox:
        write(tmp_path, "for (let n = 0; n < 12; n++) console.warn(n, 'x'.repeat(500))\nnowhere\n")
        error = (await sandbox.change(of_reload("function", failed=True)))["error"]
    first, source, heading, *lines = error.split("\n")
    assert first == "function.js:2:1: ReferenceError: nowhere is not defined"
    assert (source, heading) == ("    nowhere", "The module scope logged:")
    written = [f"{n} {'x' * 500}" for n in range(2, 12)]
    assert lines == [f"    warn: {line[:200]}" for line in written]
