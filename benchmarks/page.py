"""The page in a real browser: how soon an event is on it, what a burst does to it, and what it keeps."""

import asyncio
import gzip
import json
import shutil
from asyncio.subprocess import PIPE
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
SDK: Final = ROOT / "web" / "node_modules" / "@segment" / "analytics-node"
SDK_CALLS: Final = Path(__file__).with_name("sdk_calls.mjs")
ROUNDS: Final = 30
QUICK_ROUNDS: Final = 8
BURST: Final = 10_000
BATCH: Final = 100
STEADY_MINUTES: Final = 2.0
QUICK_STEADY_MINUTES: Final = 0.2
FULL_S: Final = 30.0
"""By when the page has as many rows as it keeps, at a thousand events per second."""
SAMPLES: Final = 5
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
_WATCH_FOR: Final = """
(name) => {
  const list = document.querySelector(".list");
  window.seen = new Promise((done) => {
    const watcher = new MutationObserver(() => {
      if (!list.textContent.includes(name)) return;
      watcher.disconnect();
      done(Date.now());
    });
    watcher.observe(list, { childList: true, subtree: true, characterData: true });
  });
}
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


def page(*, quick: bool, minutes: float | None = None) -> list[Row]:
    """Measure the Debugger; without a Chromium only the script's size.

    Args:
        quick: be shorter, and less exact.
        minutes: how long to watch the memory.
    """
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    rows = [_size()]
    if executable is None:
        return rows
    with TemporaryDirectory() as folder:
        write_workspace(Path(folder))
        with sandbox(Path(folder)) as server:
            pause(server)
            rounds = QUICK_ROUNDS if quick else ROUNDS
            steady = minutes or (QUICK_STEADY_MINUTES if quick else STEADY_MINUTES)
            return [*rows, *asyncio.run(_measure(executable, server, rounds, steady * 60))]


def _size() -> Row:
    size = len(gzip.compress(SCRIPT.read_bytes())) / 1024
    reached = size <= SCRIPT_KIB
    return Row("page, script, gzipped", f"{size:.1f} KiB", "-", None, f"<= {SCRIPT_KIB} KiB", reached)


async def _measure(executable: str, server: Server, rounds: int, steady_s: float) -> list[Row]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-background-networking"]
        )
        opened = await browser.new_page(viewport={"width": 1100, "height": 680})
        opened.set_default_timeout(WAIT_MS)
        await opened.goto(server.url("/debugger"))
        await opened.locator("#connection", has_text="connected").wait_for()
        measured = _Opened(opened, server, await opened.context.new_cdp_session(opened))
        rows = [await _to_the_row(measured, rounds), *await _from_an_sdk(measured, rounds)]
        rows += await _burst(measured)
        rows.append(await _useful(measured))
        rows.append(await _heap(measured, steady_s))
        await browser.close()
        return rows


async def _to_the_row(opened: _Opened, rounds: int) -> Row:
    """Measure from the call in the browser to the row in its document, by the browser's clock."""
    await opened.page.evaluate(_TO_THE_ROW, [WRITE_KEY, "Warm-up"])
    took = [await opened.page.evaluate(_TO_THE_ROW, [WRITE_KEY, f"Round-{number}."]) for number in range(rounds)]
    return _row("page, call to row", took, ROW_MS)


async def _from_an_sdk(opened: _Opened, rounds: int) -> list[Row]:
    """Measure from the request of Segment's SDK for Node to the row in the document, by the machine's clock."""
    node = shutil.which("node")
    if node is None or not SDK.is_dir():
        return []
    process = await asyncio.create_subprocess_exec(
        node, SDK_CALLS, opened.server.url(""), WRITE_KEY, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    took = []
    for number in range(rounds + 1):
        name = f"From the SDK {number}."
        await opened.page.evaluate(_WATCH_FOR, name)
        process.stdin.write(f"{name}\n".encode())
        asked_at = float(await process.stdout.readline())
        took.append(await opened.page.evaluate("() => window.seen") - asked_at)
    process.stdin.close()
    await process.wait()
    return [_row("page, SDK's request to row", took[1:], ROW_MS)]


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
    full_s = min(FULL_S, seconds / 2)
    rates = [await _steady(opened, full_s)]
    heaps = [await _collected(opened.browser)]
    for _ in range(SAMPLES):
        rates.append(await _steady(opened, (seconds - full_s) / SAMPLES))
        heaps.append(await _collected(opened.browser))
    ratio = heaps[-1] / heaps[0]
    told = ", ".join(f"{each:.1f}" for each in heaps)
    note = f"{told} MiB, over {seconds:.0f} s, at {min(rates):.0f} events/s or more"
    reached = ratio <= GROWTH if full_s == FULL_S else None  # a short run does not come to the rows' bound
    return Row("page, heap at 1,000 events/s", f"{heaps[-1]:.1f} MiB", "-", ratio, f"<= {GROWTH}", reached, note)


async def _steady(opened: _Opened, seconds: float) -> float:
    """Send for so long; return how many events per second it were."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for second in range(round(seconds)):
        await asyncio.sleep(max(0.0, began + second - loop.time()))
        await asyncio.to_thread(generate, Load(opened.server.port, "batch100", 1, float(WAIT_MS), 10, 0))
    await asyncio.sleep(max(0.0, began + round(seconds) - loop.time()))
    return round(seconds) * 1_000 / (loop.time() - began)


async def _collected(browser: CDPSession) -> float:
    """Return the heap after collection, MiB."""
    await browser.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = await browser.send("Runtime.getHeapUsage")
    return float(usage["usedSize"]) / 2**20


def _row(name: str, took: list[float], target_ms: int) -> Row:
    middle = median(took)
    note = f"from {min(took):.1f} to {max(took):.1f} ms" if len(took) > 1 else ""
    return Row(name, f"{middle:.1f} ms", "-", None, f"<= {target_ms} ms", middle <= target_ms, note)
