"""The page in a real browser: how soon an event is on it, what a burst does to it, and what it keeps."""

import asyncio
import gzip
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.async_api import CDPSession, Page, async_playwright

from benchmarks.calls import WRITE_KEY
from benchmarks.load import Load, generate
from benchmarks.processes import ROOT, Server, pause, sandbox, write_workspace
from benchmarks.rows import Row

SCRIPT: Final = ROOT / "sandbox" / "_static" / "page" / "page.js"
SCRIPT_KIB: Final = 60
ROUNDS: Final = 30
QUICK_ROUNDS: Final = 8
BURST: Final = 10_000
BATCH: Final = 100
STEADY_S: Final = 120.0
QUICK_STEADY_S: Final = 10.0
WAIT_MS: Final = 60_000
ROW_MS, BURST_MS, LONG_MS, USEFUL_MS, GROWTH = 50, 500, 50, 300, 1.1

_FETCH: Final = """
const send = (key, name) => fetch("/v1/track", {
  method: "POST", body: JSON.stringify({ writeKey: key, userId: "user-1", event: name }),
});
"""
_TO_THE_ROW: Final = f"""
([key, name]) => new Promise((done) => {{
  {_FETCH}
  const list = document.querySelector(".list");
  let began = 0;
  const watcher = new MutationObserver(() => {{
    if (!list.textContent.includes(name)) return;
    watcher.disconnect();
    done(performance.now() - began);
  }});
  watcher.observe(list, {{ childList: true, subtree: true, characterData: true }});
  began = performance.now();
  send(key, name);
}})
"""
_USEFUL: Final = """
() => new Promise((done) => {
  const look = () => (document.querySelector(".row") ? done(performance.now()) : requestAnimationFrame(look));
  look();
})
"""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A page of a sandbox that runs, and the browser's own word about it."""

    page: Page
    server: Server
    browser: CDPSession


def page(*, quick: bool) -> list[Row]:
    """Measure the Debugger; without a Chromium only the script's size."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    rows = [_size()]
    if executable is None:
        return rows
    with TemporaryDirectory() as folder:
        write_workspace(Path(folder))
        with sandbox(Path(folder)) as server:
            pause(server)
            return [*rows, *asyncio.run(_measure(executable, server, quick=quick))]


def _size() -> Row:
    size = len(gzip.compress(SCRIPT.read_bytes())) / 1024
    reached = size <= SCRIPT_KIB
    return Row("page, script, gzipped", f"{size:.1f} KiB", "-", None, f"<= {SCRIPT_KIB} KiB", reached)


async def _measure(executable: str, server: Server, *, quick: bool) -> list[Row]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-background-networking"]
        )
        opened = await browser.new_page(viewport={"width": 1100, "height": 680})
        opened.set_default_timeout(WAIT_MS)
        await opened.goto(server.url("/debugger"))
        await opened.locator("#connection", has_text="connected").wait_for()
        measured = _Opened(opened, server, await opened.context.new_cdp_session(opened))
        rows = [await _to_the_row(measured, QUICK_ROUNDS if quick else ROUNDS)]
        rows += await _burst(measured)
        rows.append(await _useful(measured))
        rows.append(await _heap(measured, QUICK_STEADY_S if quick else STEADY_S))
        await browser.close()
        return rows


async def _to_the_row(opened: _Opened, rounds: int) -> Row:
    """Measure from the call in the browser to the row in its document, by the browser's clock."""
    await opened.page.evaluate(_TO_THE_ROW, [WRITE_KEY, "Warm-up"])
    took = [await opened.page.evaluate(_TO_THE_ROW, [WRITE_KEY, f"Round-{number}."]) for number in range(rounds)]
    return _row("page, call to row", took, ROW_MS)


async def _burst(opened: _Opened) -> list[Row]:
    """Send ten thousand events in batches; measure from the last answer to the full count on the screen."""
    count = opened.page.locator(".bar .count")
    before = int((await count.inner_text()).split()[0])
    browser = opened.page.context.browser
    assert browser is not None
    await browser.start_tracing(page=opened.page, categories=["toplevel"])
    load = Load(opened.server.port, "batch100", 4, float(WAIT_MS), BURST // BATCH, 0)
    await asyncio.to_thread(generate, load)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await opened.page.wait_for_function(
        "(wanted) => parseInt(document.querySelector('.bar .count').textContent) >= wanted", arg=before + BURST
    )
    late = (loop.time() - began) * 1_000
    wall, processor = _longest_tasks(json.loads(await browser.stop_tracing())["traceEvents"])
    note = f"the longest by the processor's time: {processor:.1f} ms"
    return [
        _row(f"page, {BURST} events, after the last", [late], BURST_MS),
        replace(_row("page, longest task of the burst", [wall], LONG_MS), note=note),
    ]


def _longest_tasks(events: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the longest task of the page's thread by the clock and by its processor's time, ms.

    The second one is what the page itself does; the first one has in it whatever else the machine was doing.
    """
    named = [event for event in events if event["name"] == "thread_name"]
    threads = [(each["pid"], each["tid"]) for each in named if each["args"]["name"] == "CrRendererMain"]
    whole = [event for event in events if event["ph"] == "X" and "tdur" in event]
    ran = [event for event in whole if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in threads]
    return max(each["dur"] for each in ran) / 1_000, max(each["tdur"] for each in ran) / 1_000


async def _useful(opened: _Opened) -> Row:
    """Open the page anew, with ten thousand events behind it; measure until the first row."""
    took = []
    for _ in range(3):
        await opened.page.goto(opened.server.url("/debugger"))
        took.append(await opened.page.evaluate(_USEFUL))
    return _row("page, opened until useful", took, USEFUL_MS)


async def _heap(opened: _Opened, seconds: float) -> Row:
    """Send a thousand events in each second; compare the heap after collection, once the rows are at their bound."""
    await _steady(opened, seconds / 2)
    before = await _collected(opened.browser)
    await _steady(opened, seconds / 2)
    after = await _collected(opened.browser)
    ratio = after / before
    note = f"{before:.1f}, then {after:.1f} MiB, over {seconds:.0f} s"
    reached = ratio <= GROWTH if seconds >= STEADY_S else None  # a short run does not come to the rows' bound
    return Row("page, heap at 1,000 events/s", f"{after:.1f} MiB", "-", ratio, f"<= {GROWTH}", reached, note)


async def _steady(opened: _Opened, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    for second in range(round(seconds)):
        await asyncio.sleep(max(0.0, began + second - loop.time()))
        await asyncio.to_thread(generate, Load(opened.server.port, "batch100", 1, float(WAIT_MS), 10, 0))


async def _collected(browser: CDPSession) -> float:
    """Return the heap after collection, MiB."""
    await browser.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = await browser.send("Runtime.getHeapUsage")
    return float(usage["usedSize"]) / 2**20


def _row(name: str, took: list[float], target_ms: int) -> Row:
    middle = median(took)
    note = f"from {min(took):.1f} to {max(took):.1f} ms" if len(took) > 1 else ""
    return Row(name, f"{middle:.1f} ms", "-", None, f"<= {target_ms} ms", middle <= target_ms, note)
