"""However a handler ends, its ending is a value and the next event runs."""

import asyncio
import json
import os
import signal
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.destinations import Try
from sandbox.destinations.faults import Gate
from sandbox.faults import Faults
from sandbox.partner_faults import PartnerRecipe
from sandbox.runtime import Crashed, FunctionCode, FunctionRuntime, OutOfMemory, Returned, Threw, TimedOut
from sandbox.wire import Exchange, NetworkError, Request
from tests.patience import end_in_time, load_in_time
from tests.runtime.conftest import FakeSender, Run

HOSTILE = """
async function onTrack(event) { %s }
function onPage() { return 'next' }
"""
PATIENT = """
async function onTrack() {
  try { await fetch('https://api.test/slow') } catch (error) { console.log(error.message) }
}
"""


async def then_next(runtime: FunctionRuntime, body: str, timeout_s: float) -> tuple[Any, Any]:
    """Run hostile code, then an event that is none; return both endings."""
    await load_in_time(runtime, "hostile", FunctionCode("function.js", HOSTILE % body, timeout_s))
    first = await runtime.invoke("hostile", b'{"type":"track"}', b"{}")
    second = await end_in_time(lambda: runtime.invoke("hostile", b'{"type":"page"}', b"{}"))
    await runtime.unload("hostile")
    return first.ending, second.ending


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("while (true) {}", id="loop before an await"),
        pytest.param("await null; while (true) {}", id="loop after an await"),
        pytest.param("await new Promise((done) => setTimeout(done, 1)); while (true) {}", id="loop after a timer"),
        pytest.param("await new Promise(() => {})", id="promise that never settles"),
        pytest.param("const again = () => Promise.resolve().then(again); await again()", id="microtasks without end"),
        pytest.param("/(a+)+$/.test('a'.repeat(40) + 'b')", id="catastrophic regular expression"),
        pytest.param("return { toJSON() { while (true) {} } }", id="loop in the return value"),
        pytest.param(
            "throw { get message() { while (true) {} }, __proto__: Error.prototype }",
            id="loop in the error",
        ),
        pytest.param("setInterval(() => {}, 1); await new Promise(() => {})", id="interval without end"),
        pytest.param("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", id="Atomics.wait"),
    ],
)
async def test_a_handler_that_does_not_end_times_out(runtime: FunctionRuntime, body: str) -> None:
    """Whatever keeps a handler from ending, its limit ends it."""
    assert await then_next(runtime, body, 0.2) == (TimedOut(0.2), Returned('"next"'))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("const all = []; while (true) all.push({ a: [1, 2, 3] })", id="objects"),
        pytest.param("const all = []; while (true) all.push('x' + all.length + 'y'.repeat(1000))", id="strings"),
        pytest.param("await null; const all = new Map(); while (true) all.set({}, [])", id="map after an await"),
        pytest.param(
            "const all = []; while (true) { all.push(new Array(100_000).fill(1.5)); await null }",
            id="arrays between awaits",
        ),
        pytest.param("const all = []; while (true) all.push(new Uint8Array(1 << 20).fill(1))", id="buffers"),
        pytest.param(
            "const all = []; while (true) { try { all.push(new Uint8Array(1 << 20).fill(1)) } catch {} }",
            id="buffers, stubbornly",
        ),
        pytest.param("new WebAssembly.Memory({ initial: 1 }).grow(60_000)", id="WebAssembly"),
        pytest.param("return new Array(4e8).fill(1).length", id="one giant array"),
        pytest.param(
            "const s = 'x'.repeat(1 << 20), all = []; while (true) all.push([...s].join('y'))",
            id="spread strings",
        ),
        pytest.param("let deep = []; while (true) deep = [deep, deep.slice()]", id="nesting"),
    ],
)
async def test_a_handler_that_takes_all_memory_is_ended(runtime: FunctionRuntime, body: str) -> None:
    """Memory without bounds ends as such, or as the engine's own RangeError."""
    first, second = await then_next(runtime, body, 60.0)
    assert isinstance(first, OutOfMemory) or (isinstance(first, Threw) and first.name == "RangeError"), first
    assert second == Returned('"next"')


HUNGRY = """
async function onTrack() {
  const all = []
  for (let n = 0; n < 200; n++) { all.push(new Array(131_072).fill(1.5)); await null }
  return all.length
}
"""


@pytest.mark.parametrize(
    ("memory_mb", "ending"),
    [
        pytest.param(128, OutOfMemory("heap", 128), id="as a rule"),
        pytest.param(512, Returned("200"), id="where the workspace gives more"),
    ],
)
async def test_a_function_has_the_memory_that_it_is_given(
    runtime: FunctionRuntime, memory_mb: int, ending: OutOfMemory | Returned
) -> None:
    """200 MB are too much for V8's heap as a rule, and not where the function may have 512."""
    code = FunctionCode("function.js", HUNGRY, timeout_s=60, memory_mb=memory_mb)
    assert await runtime.load("hungry", code) is None
    assert (await runtime.invoke("hungry", b'{"type":"track"}', b"{}")).ending == ending
    await runtime.unload("hungry")


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        pytest.param(
            OutOfMemory("heap", 512), "V8's heap grew beyond 512 MB (memory in the workspace file).", id="heap"
        ),
        pytest.param(
            OutOfMemory("process", 512),
            "The process, heap and buffers together, grew beyond 640 MB (memory in the workspace file + 128).",
            id="process",
        ),
    ],
)
def test_the_sentence_names_the_limit_that_was_hit(ended: OutOfMemory, sentence: str) -> None:
    """And where it is set."""
    assert ended.sentence == sentence


@pytest.mark.parametrize(
    ("body", "name", "message"),
    [
        pytest.param("throw new RetryError('r')", "RetryError", "r", id="RetryError"),
        pytest.param("throw new EventNotSupported('e')", "EventNotSupported", "e", id="EventNotSupported"),
        pytest.param("throw new InvalidEventPayload('i', 1)", "InvalidEventPayload", "i", id="InvalidEventPayload"),
        pytest.param("throw new ValidationError('v')", "ValidationError", "v", id="ValidationError"),
        pytest.param("throw new DropEvent('d')", "DropEvent", "d", id="DropEvent"),
        pytest.param("throw new (class Mine extends RetryError {})('m')", "RetryError", "m", id="subclass"),
        pytest.param("null.x", "TypeError", "Cannot read properties of null (reading 'x')", id="TypeError"),
        pytest.param("nowhere", "ReferenceError", "nowhere is not defined", id="ReferenceError"),
        pytest.param(
            "JSON.parse('<a>')", "SyntaxError", "Unexpected token '<', \"<a>\" is not valid JSON", id="JSON"
        ),
        pytest.param("throw 'text'", "string", "text", id="string"),
        pytest.param("throw undefined", "undefined", "undefined", id="undefined"),
        pytest.param("throw { a: 1 }", "object", "{ a: 1 }", id="object"),
        pytest.param("return 1n", "TypeError", "Do not know how to serialize a BigInt", id="BigInt returned"),
        pytest.param(
            "const f = (n) => f(n + 1) + 1; f(0)",
            "RangeError",
            "Maximum call stack size exceeded",
            id="recursion",
        ),
        pytest.param(
            "setTimeout(() => { throw new Error('late') }, 1); await new Promise(() => {})",
            "Error",
            "late",
            id="in a timer",
        ),
        pytest.param(
            "throw { get name() { throw 1 }, __proto__: Error.prototype }",
            "Error",
            "What was thrown cannot be shown.",
            id="hostile error",
        ),
        pytest.param("return new Proxy({}, { get() { throw new Error('no') } })", "Error", "no", id="hostile return"),
    ],
)
async def test_what_is_thrown_is_told(runtime: FunctionRuntime, body: str, name: str, message: str) -> None:
    """An error ends the event with its name and message; what is no error, with its type."""
    first, second = await then_next(runtime, body, 60.0)
    assert isinstance(first, Threw)
    assert (first.name, first.message) == (name, message)
    assert second == Returned('"next"')


async def test_error_classes_are_errors_with_their_names(value: Any) -> None:
    """Segment's classes extend Error, and can be told apart by class and by name."""
    assert await value(
        "const e = new RetryError('m');"
        " return [e instanceof Error, e instanceof RetryError, e.name, String(e),"
        " e.constructor.name, e instanceof ValidationError]"
    ) == [True, True, "RetryError", "RetryError: m", "RetryError", False]


async def test_properties_of_an_error_are_told(run: Any) -> None:
    """Own properties come along as far as they are JSON and short."""
    fields = "{ status: 429, big: 1n, long: 'y'.repeat(9999) }"
    source = f"function onTrack() {{ throw Object.assign(new Error('x'), {fields}) }}"
    assert (await run(source)).ending.properties == {"status": 429}


@pytest.mark.parametrize(
    ("body", "json_text"),
    [
        pytest.param("return", None, id="undefined"),
        pytest.param("return null", "null", id="null"),
        pytest.param("return { a: [1, 'é', '\\ud800'] }", '{"a":[1,"é","\\ud800"]}', id="object"),
        pytest.param("return () => 1", None, id="function"),
        pytest.param("return Promise.resolve(new Date(0))", '"1970-01-01T00:00:00.000Z"', id="promise of a date"),
    ],
)
async def test_the_callback_return_is_json(run: Any, body: str, json_text: str | None) -> None:
    """What a handler returns is told as JSON text."""
    assert (await run(f"function onTrack() {{ {body} }}")).ending == Returned(json_text)


async def test_a_giant_return_is_cut_off(run: Any) -> None:
    """Of a giant return only the beginning is kept, and said so."""
    ending = (await run("function onTrack() { return 'x'.repeat(5_000_000) }")).ending
    assert ending == Returned('"' + "x" * 1_048_575, truncated=True)


async def test_the_process_ending_is_a_crash(sender: Any) -> None:
    """A process that ends by itself ends its event as crashed."""
    sender.held["https://held.test/"] = asyncio.Event()
    runtime = FunctionRuntime(sender, ManualClock())
    await runtime.start()
    (pid,) = runtime.process_ids()
    await runtime.load("crash", FunctionCode("f.js", HOSTILE % "await fetch('https://held.test/')"))
    async with asyncio.TaskGroup() as tasks:
        event = tasks.create_task(runtime.invoke("crash", b'{"type":"track"}', b"{}"))
        await sender.asked.wait()
        os.kill(pid, signal.SIGSEGV)
    following = await runtime.invoke("crash", b'{"type":"page"}', b"{}")
    await runtime.close()
    assert event.result().ending == Crashed("The function's process was ended by SIGSEGV.")
    assert following.ending == Returned('"next"')


async def test_logs_before_an_endless_loop_are_kept(run: Any) -> None:
    """What was logged before the handler got stuck is told all the same."""
    invocation = await run("function onTrack() { console.log('here'); while (true) {} }", timeout_s=3)
    assert [line.text for line in invocation.logs] == ["here"]


async def test_module_scope_that_does_not_end_is_refused(runtime: FunctionRuntime) -> None:
    """Loading has the same limit as an event."""
    error = await runtime.load("endless", FunctionCode("f.js", "while (true) {}", timeout_s=0.2))
    assert error is not None
    assert error.message == "Timeout: the module scope ran longer than 0.2 s"


async def test_an_event_reaches_the_handler_as_it_is(run: Any) -> None:
    """Numbers, Unicode and depth survive; nothing reads the event on its way."""
    event = {"type": "track", "n": 1e21, "s": "é😀\u2028", "deep": json.loads("[" * 500 + "]" * 500)}
    ending = (await run("function onTrack(event) { return event }", event)).ending
    assert json.loads(ending.value_json) == event


async def test_close_leaves_no_process(shared_sender: Any) -> None:
    """After close() nothing is left, not even of an event under way."""
    runtime = FunctionRuntime(shared_sender, ManualClock())
    await runtime.start()
    await runtime.load("stuck", FunctionCode("f.js", "function onTrack() { while (true) {} }", timeout_s=30))
    async with asyncio.TaskGroup() as tasks:
        event = tasks.create_task(runtime.invoke("stuck", b'{"type":"track"}', b"{}"))
        await asyncio.sleep(0)
        pids = runtime.process_ids()
        await runtime.close()
    assert isinstance(event.result().ending, Crashed)
    assert len(pids) >= 1
    assert not [pid for pid in pids if _exists(pid)]


def _exists(pid: int) -> bool:
    """Tell whether there is such a process, were it only a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_request_that_was_given_up_is_among_the_exchanges(run: Run, sender: FakeSender) -> None:
    """What a function did is seen also when its event ended before the answer came."""
    sender.held["https://api.test/slow"] = asyncio.Event()
    invocation = await run("async function onTrack() { await fetch('https://api.test/slow') }", timeout_s=3)
    assert isinstance(invocation.ending, TimedOut)
    (exchange,) = invocation.exchanges
    assert exchange.request.url == "https://api.test/slow"
    assert exchange.outcome == NetworkError("ECONNABORTED", "the event ended before the answer came")


class NoAnswer:
    """A network in which nothing answers, so that each request ends by its own time limit."""

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Wait as long as is allowed."""
        await asyncio.sleep(timeout_s)
        return Exchange(request, NetworkError("ECONNABORTED", "timeout exceeded"), 0, 0.0)


async def test_a_fetch_that_hangs_ends_with_its_function(runtime: FunctionRuntime) -> None:
    """Which runs into its own time limit, and sees no error: a fetch has no limit."""
    assert await runtime.load("patient", FunctionCode("f.js", PATIENT, timeout_s=2)) is None
    invocation = await runtime.invoke("patient", b'{"type":"track"}', b"{}", NoAnswer())
    assert isinstance(invocation.ending, TimedOut)
    assert invocation.logs == ()


async def test_a_request_that_hangs_on_purpose_says_so(runtime: FunctionRuntime) -> None:
    """Also when its function has ended meanwhile."""
    faults = Faults()
    number = faults.add(PartnerRecipe(network="hang")).number
    sender = Gate(faults, NoAnswer(), ManualClock()).sender_for(Try("crm", "track", "E", "m-1", b"{}"))
    assert await runtime.load("patient", FunctionCode("f.js", PATIENT, timeout_s=2)) is None
    invocation = await runtime.invoke("patient", b'{"type":"track"}', b"{}", sender)
    assert [(type(invocation.ending), each.fault) for each in invocation.exchanges] == [(TimedOut, number)]
