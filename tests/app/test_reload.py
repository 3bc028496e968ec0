"""A save changes what runs: workspace file, function, sample events."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Partner

TRACK = {"userId": "u", "event": "Signed Up"}


def of_reload(what: str, *, failed: bool = False) -> Callable[[dict[str, Any]], bool]:
    """Match the notice of a reload."""
    return lambda change: change["kind"] == "reload" and change["what"] == what and bool(change["error"]) is failed


async def deliver(sandbox: Running) -> None:
    """Send one event and wait until it is delivered everywhere."""
    await sandbox.call("/v1/track", TRACK)
    await sandbox.settled()


async def test_a_new_destination_gets_what_comes_next(tmp_path: Path) -> None:
    """Without a restart; the old ones go on."""
    async with Partner() as partner, running(tmp_path, reload=True) as sandbox:
        write_workspace(tmp_path, partner.url)
        await sandbox.change(of_reload("workspace"))
        await deliver(sandbox)
        assert len(partner.received) == 1
        after = sandbox.journal.seq
        write_workspace(
            tmp_path, partner.url, destinations=destination("crm", "webhook") + destination("second", "webhook")
        )
        await sandbox.change(of_reload("workspace"), after)
        await deliver(sandbox)
        assert len(partner.received) == 3


async def test_a_mistake_in_the_file_leaves_what_runs(tmp_path: Path) -> None:
    """It is told where, and the next good save is taken."""
    async with Partner() as partner:
        file = write_workspace(tmp_path, partner.url)
        good = file.read_text()
        async with running(tmp_path, reload=True) as sandbox:
            file.write_text(good.replace('component = "webhook"', 'component = "webhok"'))
            notice = await sandbox.change(of_reload("workspace", failed=True))
            assert "workspace.toml:" in notice["error"]
            assert "webhok" in notice["error"]
            assert (await sandbox.get("/health"))["mistakes"] == [notice["error"]]
            await deliver(sandbox)
            assert len(partner.received) == 1
            file.write_text(good)
            await sandbox.change(of_reload("workspace"), notice["seq"])
            assert (await sandbox.get("/health"))["mistakes"] == []


async def test_a_removed_destination_has_its_pending_deliveries_stopped(tmp_path: Path) -> None:
    """They are shown as stopped, with the reason, not lost."""
    async with Partner() as partner:
        both = destination("crm", "webhook") + destination("off", "webhook") + destination("gone", "webhook")
        write_workspace(tmp_path, partner.url, destinations=both)
        async with running(tmp_path, reload=True) as sandbox:
            for slug in ("off", "gone"):
                sandbox.sandbox.pause(slug, paused=True)
            await sandbox.call("/v1/track", TRACK)
            rest = destination("crm", "webhook") + destination("off", "webhook", enabled=False)
            write_workspace(tmp_path, partner.url, destinations=rest)
            await sandbox.change(of_reload("workspace"))
            await sandbox.settled()
            found = (await sandbox.get("/deliveries"))["deliveries"]
            assert {each["destination"]: (each["state"], each["reason"]) for each in found} == {
                "crm": ("delivered", None),
                "off": ("stopped", "sandbox_destination_disabled"),
                "gone": ("stopped", "sandbox_destination_removed"),
            }


async def test_what_is_pending_for_a_destination_gone_before_the_start_is_stopped(tmp_path: Path) -> None:
    """The file may change while the sandbox is down."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            sandbox.sandbox.pause("crm", paused=True)
            await sandbox.call("/v1/track", TRACK)
        write_workspace(tmp_path, partner.url, destinations=destination("other", "webhook"))
        async with running(tmp_path) as sandbox:
            (found,) = (await sandbox.get("/deliveries"))["deliveries"]
            assert (found["state"], found["reason"]) == ("stopped", "sandbox_destination_removed")


async def test_what_was_pending_is_delivered_after_a_restart(tmp_path: Path) -> None:
    """A stop leaves pending work for the next start."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            sandbox.sandbox.pause("crm", paused=True)
            await sandbox.call("/v1/track", TRACK)
        async with running(tmp_path) as sandbox:
            await sandbox.settled()
        assert len(partner.received) == 1


async def test_a_broken_sample_event_is_told_at_its_save(tmp_path: Path) -> None:
    """With file, line and column."""
    samples = tmp_path / "sample_events"
    samples.mkdir()
    async with running(tmp_path, reload=True) as sandbox:
        (samples / "order.json").write_text('{"type": "track",\n "event": }')
        notice = await sandbox.change(of_reload("samples", failed=True))
        assert "sample_events/order.json:2:" in notice["error"]
        (samples / "order.json").write_text('{"type": "track", "event": "Order Completed", "userId": "u"}')
        await sandbox.change(of_reload("samples"), notice["seq"])


async def test_the_function_can_be_told_apart_from_the_file_that_names_it(tmp_path: Path) -> None:
    """A workspace file that names other code has that code loaded and watched."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    (tmp_path / "other.js").write_text("async function onTrack() { return 'other' }\n")
    async with running(tmp_path, reload=True) as sandbox:
        file = tmp_path / "workspace.toml"
        file.write_text(file.read_text().replace("function.js", "other.js"))
        notice = await sandbox.change(of_reload("workspace"))
        await deliver(sandbox)
        (tmp_path / "other.js").write_text("async function onTrack() { return 'newer' }\n")
        await sandbox.change(of_reload("function"), notice["seq"])
        assert (await sandbox.get("/workspace"))["destinations"][0]["target"] == "other.js"
