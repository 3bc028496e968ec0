"""Hostile code outside of the handlers, when it is first loaded and when it is saved over code that serves."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import pytest

from sandbox.runtime import FunctionCode, FunctionRuntime, Invocation, LoadError, Returned
from tests.hostile.conftest import LIMIT_S, PATIENT_S, STEP_S, ask_neighbour, invoke

OLD = FunctionCode("hostile.js", "function onTrack() { return 'old' }", PATIENT_S)
HANDLERS = "\nfunction onTrack() { return 'new' }\nfunction onPage() { return 'next' }"

Load: TypeAlias = Callable[..., Coroutine[Any, Any, LoadError | None]]
Events: TypeAlias = Callable[..., Coroutine[Any, Any, tuple[Invocation, Invocation]]]


@pytest.fixture(params=[pytest.param(False, id="load"), pytest.param(True, id="hot reload")])
def reloads(request: pytest.FixtureRequest) -> bool:
    """Whether other code serves already."""
    return bool(request.param)


@pytest.fixture
def load(hostile_runtime: FunctionRuntime, request: pytest.FixtureRequest, reloads: bool) -> Load:
    """Load code while the neighbour is served, and while older code is where the test asks for it."""

    async def load_it(source: str, limit_s: float = PATIENT_S) -> LoadError | None:
        key = request.node.name
        async with asyncio.timeout(STEP_S):
            if reloads:
                assert await hostile_runtime.load(key, OLD) is None
            loading = asyncio.create_task(hostile_runtime.load(key, FunctionCode("hostile.js", source, limit_s)))
            await ask_neighbour(hostile_runtime)
            error = await loading
            await ask_neighbour(hostile_runtime)
            if reloads and error is not None:
                assert (await invoke(hostile_runtime, key, "track")).ending == Returned('"old"')
                await hostile_runtime.unload(key)
        return error

    return load_it


@pytest.fixture
def events(hostile_runtime: FunctionRuntime, request: pytest.FixtureRequest, load: Load) -> Events:
    """Load code, and run its first event and the one after it."""

    async def run(source: str) -> tuple[Invocation, Invocation]:
        assert await load(source) is None
        key = request.node.name
        async with asyncio.timeout(STEP_S):
            first = await invoke(hostile_runtime, key, "track")
            second = await invoke(hostile_runtime, key, "page")
            await ask_neighbour(hostile_runtime)
            await hostile_runtime.unload(key)
        return first, second

    return run


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("while (true) {}", id="loop"),
        pytest.param("const again = () => Promise.resolve().then(again); again(); while (true) {}", id="microtasks"),
        pytest.param("/(a+)+$/.test('a'.repeat(40) + 'b')", id="regular expression"),
        pytest.param("for (;;) fetch('https://api.test/')", id="requests"),
        pytest.param("for (;;) console.log('again')", id="logs"),
        pytest.param("throw { get message() { while (true) {} }, __proto__: Error.prototype }", id="in its error"),
    ],
)
async def test_what_does_not_end_is_refused(load: Load, source: str) -> None:
    """Loading has the limit of an event, or memory ends it; older code goes on serving."""
    error = await load(source + HANDLERS, LIMIT_S)
    assert error is not None
    assert error.message.startswith(("Timeout: the module scope ran longer", "Module scope: V8's heap grew")), error


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("const all = []; while (true) all.push({ a: [1, 2, 3] })", id="objects"),
        pytest.param("const all = []; while (true) all.push(new Uint8Array(1 << 20).fill(1))", id="buffers"),
        pytest.param(
            "const all = []; while (true) { try { all.push(new Uint8Array(1 << 20).fill(1)) } catch {} }",
            id="buffers, stubbornly",
        ),
    ],
)
async def test_what_takes_all_memory_is_refused(load: Load, source: str) -> None:
    """The verdict names memory: the limit that was hit, or the engine's own error."""
    error = await load(source + HANDLERS)
    assert error is not None
    assert error.message.startswith(("Module scope: V8's heap", "Module scope: The process", "RangeError: ")), error


async def test_ten_thousand_requests_are_sent_in_part(events: Events) -> None:
    """A thousand go out with the first event, the others fail; the next event has its own again."""
    source = """
      const all = Promise.allSettled(Array.from({ length: 10_000 }, () => fetch('https://api.test/')))
      async function onTrack() {
        const ended = await all
        const failed = ended.filter((one) => one.status === 'rejected')
        return [ended.length - failed.length, failed[0].reason.message]
      }
      async function onPage() { return (await fetch('https://api.test/')).status }"""
    first, second = await events(source)
    assert isinstance(first.ending, Returned), first.ending
    sent, message = json.loads(first.ending.value_json or "null")
    assert sent == 1000
    assert message.endswith("the module scope sent more than 1,000 requests, or more than 8 MB with them")
    assert (len(first.exchanges), second.ending) == (1000, Returned("200"))


async def test_large_requests_do_not_wait_without_bound(events: Events) -> None:
    """No more than 8 MB is kept, and given up requests count as well: their bodies wait all the same."""
    source = """
      const body = 'x'.repeat(1 << 20)
      const post = (signal) => fetch('https://api.test/', { method: 'POST', body, signal })
      const given = Array.from({ length: 3 }, () => {
        const controller = new AbortController()
        const one = post(controller.signal).catch((error) => error.name)
        controller.abort()
        return one
      })
      const all = Promise.allSettled(Array.from({ length: 20 }, () => post()))
      async function onTrack() {
        await Promise.all(given)
        return (await all).filter((one) => one.status === 'fulfilled').length
      }
      function onPage() {}"""
    first, _ = await events(source)
    assert isinstance(first.ending, Returned), first.ending
    assert 1 <= json.loads(first.ending.value_json or "0") <= 6
    assert sum(len(each.request.body) for each in first.exchanges) < 8 * 1024 * 1024


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("for (let n = 0; n < 1e5; n++) console.log('x'.repeat(1000), n)", id="many lines"),
        pytest.param("for (let n = 0; n < 1e5; n++) console.log()", id="empty lines"),
        pytest.param("console.log('x'.repeat(1e7))", id="one line"),
        pytest.param("console.log('é'.repeat(1e6)); console.log('x'.repeat(1e6))", id="wide"),
    ],
)
async def test_giant_logs_are_cut_off(events: Events, source: str) -> None:
    """They count as the first event's, and the next one's are its own again."""
    first, second = await events(source + HANDLERS.replace("return 'next'", "console.log('mine')"))
    assert (first.ending, second.ending) == (Returned('"new"'), Returned(None))
    assert first.logs[-1].text == "[log output cut off here]"
    assert sum(len(line.text) for line in first.logs) < 300_000
    assert [line.text for line in second.logs] == ["mine"]


@pytest.mark.parametrize(
    ("source", "limit_s"),
    [
        pytest.param("console.log('a'); console.warn('b'); settings.apiKey", PATIENT_S, id="an error"),
        pytest.param("console.log('a'); console.warn('b'); while (true) {}", 2.0, id="a loop"),
        pytest.param(
            "console.log('a'); console.warn('b'); const l = []; while (true) l.push([1, 2])", PATIENT_S, id="memory"
        ),
    ],
)
async def test_what_was_logged_before_is_told(load: Load, source: str, limit_s: float) -> None:
    """Whatever keeps code from loading, its last words are there."""
    error = await load(source + HANDLERS, limit_s)
    assert error is not None
    assert [(line.level, line.text) for line in error.logs] == [("log", "a"), ("warn", "b")]


async def test_giant_logs_of_code_that_does_not_load_are_cut_off(load: Load) -> None:
    """They have the bound of an event's."""
    error = await load("for (let n = 0; n < 1e5; n++) console.log('x'.repeat(1000)); throw new Error('no')")
    assert error is not None
    assert error.message == "Error: no"
    assert sum(len(line.text) for line in error.logs) < 300_000


async def test_what_module_scope_left_going_stays_in_bounds(events: Events) -> None:
    """Timers that log and send between the load and the first event do so for the first event, and within bounds."""
    source = """
      setInterval(() => { for (let n = 0; n < 100; n++) fetch('https://api.test/').catch(() => {}) }, 0)
      setInterval(() => console.log('x'.repeat(10_000)), 0)"""
    first, second = await events(source + HANDLERS)
    assert (first.ending, second.ending) == (Returned('"new"'), Returned('"next"'))
    assert len(first.exchanges) <= 1000
    assert (second.logs, second.exchanges) == ((), ())
