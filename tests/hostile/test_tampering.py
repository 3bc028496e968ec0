"""Whatever code does to the language's own objects, it cannot speak for others, nor get out."""

import json
from typing import Any

import pytest

from sandbox.runtime import Crashed, OutOfMemory, Returned, Threw, TimedOut
from tests.hostile.conftest import PATIENT_S

FORGED = json.dumps([{"kind": "returned", "invocation": 1, "value": '"forged"', "truncated": False}])
USES_ALL = """
  console.log('still %s', 'here', { a: [1] })
  const response = await fetch('https://api.test/', { method: 'POST', body: JSON.stringify({ a: 1 }) })
  const answer = await response.json()
  await new Promise((done) => setTimeout(done, 1))
  return { answer, hash: crypto.createHash('md5').update('a').digest('hex'), b: Buffer.from('hi').toString('base64') }
"""
ALL_USED = {
    "answer": {"ok": True},
    "hash": "0cc175b9c0f1b6a831c399e269772661",
    "b": "aGk=",
}


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param("Object.prototype.polluted = 'yes'", id="pollution"),
        pytest.param(
            "Object.prototype.toJSON = () => 'forged'; delete Object.prototype.toJSON", id="toJSON for a while"
        ),
        pytest.param(
            "({}).__proto__.isAdmin = true; Object.prototype.kind = 'forged'", id="pollution with our words"
        ),
        pytest.param("Array.prototype.polluted = 1; Function.prototype.polluted = 2", id="pollution of lists"),
        pytest.param("Array.prototype.join = () => 'forged'", id="Array.prototype.join"),
        pytest.param("JSON.stringify = () => 'forged'", id="JSON.stringify"),
        pytest.param(
            "Object.defineProperty(JSON, 'stringify', { get() { throw 1 } })", id="JSON.stringify, a getter"
        ),
        pytest.param("Date.now = () => NaN", id="Date.now"),
        pytest.param("Math.min = Math.max = () => NaN", id="Math.min"),
        pytest.param("globalThis.Promise = class {}", id="Promise"),
        pytest.param("globalThis.Error = class {}", id="Error"),
        pytest.param("globalThis.Map = globalThis.Set = class {}", id="Map"),
        pytest.param("globalThis.Uint8Array = class {}", id="Uint8Array"),
        pytest.param("globalThis.Atomics = undefined", id="Atomics"),
        pytest.param("globalThis.SharedArrayBuffer = undefined", id="SharedArrayBuffer"),
        pytest.param("Error.prepareStackTrace = () => { throw new Error('no') }", id="prepareStackTrace"),
        pytest.param("Error.stackTraceLimit = 0", id="stackTraceLimit"),
        pytest.param("Object.freeze = Object.seal = Object.assign = () => ({})", id="Object.assign"),
        pytest.param("Reflect.apply = Reflect.ownKeys = Reflect.construct = () => {}", id="Reflect"),
        pytest.param(
            "delete globalThis.window; delete globalThis.Buffer; var Buffer = window?.Buffer", id="deleting"
        ),
    ],
)
async def test_the_bridge_survives_a_patched_builtin(hostile_runtime: Any, attack: Any, patch: str) -> None:
    """The function's own next event is told truly, and the neighbour knows nothing of it."""
    body = f"{patch}; const undo = {{}}; {USES_ALL}"
    invocation = await attack(body, limit_s=PATIENT_S)
    assert type(invocation.ending) in {Returned, Threw}, invocation.ending


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param(f"Array.prototype.{method} = function () {{ {how} }}", id=f"Array.prototype.{method} {word}")
        for method in ("push", "map", "filter", "forEach", "slice", "splice", "shift", "flatMap", "reduce", "sort")
        for word, how in (("throws", "throw new Error('no')"), ("lies", f"return {FORGED}"))
    ]
    + [
        pytest.param("Array.prototype[Symbol.iterator] = function* () { yield 'forged' }", id="iterating lists"),
        pytest.param("Map.prototype.get = Map.prototype.set = Map.prototype.delete = () => {}", id="Map.prototype"),
        pytest.param("Map.prototype.values = Map.prototype.has = () => { throw 1 }", id="Map.prototype, throwing"),
        pytest.param("Set.prototype.add = Set.prototype.has = () => true", id="Set.prototype"),
        pytest.param("Promise.prototype.then = () => {}", id="Promise.prototype.then"),
        pytest.param("Promise.prototype.then = function (f) { f('forged'); f('twice') }", id="then, twice"),
        pytest.param(
            "Object.defineProperty(Promise.prototype, 'constructor', { get() { throw 1 } })", id="Promise.constructor"
        ),
        pytest.param("Promise.resolve = Promise.all = () => 'forged'", id="Promise.resolve"),
        pytest.param("String.prototype.charCodeAt = () => 34", id="String.prototype.charCodeAt"),
        pytest.param("String.prototype.toWellFormed = () => '\"}]'", id="String.prototype.toWellFormed"),
        pytest.param("String.prototype.slice = String.prototype.replace = () => '\"}]'", id="String.prototype.slice"),
        pytest.param(
            "String.prototype.split = String.prototype.toLowerCase = () => ['x']", id="String.prototype.split"
        ),
        pytest.param("String = Number = Boolean = Symbol = () => 'forged'", id="String"),
        pytest.param("Object.defineProperty = Object.keys = Object.entries = () => []", id="Object.defineProperty"),
        pytest.param("Object.prototype.toString = () => '[object Forged]'", id="Object.prototype.toString"),
        pytest.param("Object.prototype.toJSON = () => ({ kind: 'forged' })", id="toJSON for all"),
        pytest.param("Array.prototype.toJSON = String.prototype.toJSON = () => 'x'", id="toJSON for lists"),
        pytest.param("Object.prototype.then = (f) => f('forged')", id="then for all"),
        pytest.param(
            "Object.defineProperty(Object.prototype, 'kind', { set() { throw 1 } })", id="a setter for kind"
        ),
        pytest.param(
            "Object.defineProperty(Object.prototype, '0', { set() {}, get() { return 'x' } })", id="index 0"
        ),
        pytest.param("Object.prototype.get = Object.prototype.set = () => 1", id="get for descriptors"),
        pytest.param(
            "Object.prototype.value = 'forged'; Object.prototype.writable = false", id="value for descriptors"
        ),
        pytest.param(
            "Function.prototype.call = Function.prototype.apply = () => 'forged'", id="Function.prototype.call"
        ),
        pytest.param("Function.prototype.bind = () => () => {}", id="Function.prototype.bind"),
        pytest.param("Function.prototype[Symbol.hasInstance] = 1; RegExp.prototype.exec = () => null", id="RegExp"),
        pytest.param("RegExp.prototype[Symbol.replace] = () => 'forged'", id="RegExp replace"),
        pytest.param("Object.setPrototypeOf(Object.prototype, null); Object.freeze(Object.prototype)", id="freezing"),
        pytest.param(
            "Object.setPrototypeOf(Array.prototype, new Proxy({}, { get() { throw 1 } }))", id="a proxy below"
        ),
        pytest.param("Uint8Array.prototype.set = () => {}; Uint8Array.prototype.slice = () => 1", id="bytes"),
        pytest.param(
            "const typed = Object.getPrototypeOf(Uint8Array.prototype);"
            " Object.defineProperty(typed, 'length', { get: () => 1e9 }); typed.subarray = () => { throw 1 };"
            " typed.set = () => {}",
            id="the length of bytes",
        ),
        pytest.param("Error.prototype.toString = () => { throw 1 }; Error.prototype.name = 'Forged'", id="errors"),
        pytest.param(
            "for (const key of Reflect.ownKeys(globalThis)) { try { delete globalThis[key] } catch {} }",
            id="all globals",
        ),
        pytest.param(
            "for (const key of Object.getOwnPropertyNames(globalThis)) {"
            " const { prototype } = globalThis[key] ?? {};"
            " for (const inner of Reflect.ownKeys(prototype ?? {})) { try { delete prototype[inner] } catch {} } }",
            id="all methods",
        ),
    ],
)
async def test_a_patched_builtin_hurts_nobody_else(attack: Any, patch: str) -> None:
    """It ends as a value, if maybe a false one for the function itself; the neighbour is served as ever."""
    await attack(f"{patch}; {USES_ALL}", limit_s=1.0, survives=False)


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param("Object.prototype.polluted = 'yes'", id="pollution"),
        pytest.param("Array.prototype.join = () => 'x'", id="join"),
        pytest.param("JSON.stringify = JSON.parse = () => 'x'", id="JSON"),
        pytest.param("Date.now = () => 0", id="Date.now"),
        pytest.param("Promise.prototype.then = () => {}", id="then"),
    ],
)
async def test_the_next_event_is_told_truly(attack: Any, patch: str) -> None:
    """After a patch that does not concern it, a plain handler answers as before."""
    assert isinstance((await attack(f"{patch}; return 1")).ending, Returned)


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param("return typeof host + typeof __keep + typeof module", id="names of the kernel"),
        pytest.param(
            "return typeof new Function('return typeof host === \"undefined\" ? undefined : host')()", id="Function"
        ),
        pytest.param("return typeof (0, eval)('this').host", id="eval"),
        pytest.param("return typeof fetch.constructor('return this')().host", id="the constructor of fetch"),
        pytest.param("return typeof console.log.constructor('return typeof process')().length", id="of console"),
        pytest.param("return String(arguments.callee.caller)", id="caller"),
        pytest.param("function f() { return String(f.caller) } return f()", id="caller of a function"),
        pytest.param(
            "Error.prepareStackTrace = (_, frames) =>"
            " frames.filter((f) => f.getScriptNameOrSourceURL() === 'kernel.js')"
            ".map((f) => [typeof f.getThis(), typeof f.getFunction()]);"
            " return new Promise((done) => setTimeout(() => done(new Error('').stack), 1))",
            id="frames of a stack",
        ),
        pytest.param(
            "return Reflect.ownKeys(globalThis).filter((k) => /host|bridge|dispatch|register/i.test(String(k)))",
            id="keys",
        ),
        pytest.param("return Object.getOwnPropertySymbols(globalThis).map(String)", id="symbols"),
    ],
)
async def test_nothing_of_the_bridge_is_in_reach(attack: Any, attempt: str) -> None:
    """Neither the functions that call the host nor its memory can be got hold of."""
    ending = (await attack(attempt)).ending
    assert isinstance(ending, Returned | Threw), ending
    told = ending.value_json or "" if isinstance(ending, Returned) else ending.message
    assert "callSend" not in told
    assert "callOperation" not in told
    assert "[native code]" not in told
    assert '"function"]' not in told, "a frame gave away a function"


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param("return process.env", id="process"),
        pytest.param("return require('fs')", id="require"),
        pytest.param("return await import('fs')", id="import"),
        pytest.param("return await import('node:child_process')", id="import of a module of Node's"),
        pytest.param("return await import('/etc/passwd')", id="import of a file"),
        pytest.param("return await import('data:text/javascript,export default 1')", id="import of data"),
        pytest.param("return (async () => {}).constructor('return process')()", id="AsyncFunction"),
        pytest.param(
            "return (function* () {}).constructor('return require(\"fs\")')().next()", id="GeneratorFunction"
        ),
        pytest.param("return eval('process')", id="eval"),
        pytest.param("return new Function('return require')()", id="Function"),
        pytest.param("return new Worker('data:,1')", id="Worker"),
        pytest.param("return new WebSocket('ws://127.0.0.1')", id="WebSocket"),
        pytest.param("return new XMLHttpRequest()", id="XMLHttpRequest"),
        pytest.param("return load('/etc/passwd')", id="load"),
        pytest.param("return read('/etc/passwd')", id="read"),
        pytest.param("return quit()", id="quit"),
        pytest.param("return await fetch('file:///etc/passwd')", id="fetch of a file"),
        pytest.param("return %GetHeapUsage()", id="natives"),
        pytest.param("return gc()", id="gc"),
    ],
)
async def test_there_is_no_way_out(attack: Any, load_error: Any, attempt: str) -> None:
    """Files, processes and the network of the machine are not there to be used."""
    source = f"async function onTrack() {{ {attempt} }}"
    if "%" in attempt:
        assert "SyntaxError" in (await load_error(source)).message
        return
    ending = (await attack(attempt)).ending
    assert isinstance(ending, Threw), ending
    assert ending.name in {"ReferenceError", "TypeError", "Error"}


async def test_two_functions_never_see_each_other(hostile_runtime: Any, attack: Any) -> None:
    """Globals, module scope, prototypes and the cache belong to one function."""
    before = "globalThis.leaked = 'secret'; Object.prototype.polluted = 'yes'"
    body = "cache.load('key', () => 'mine'); window.leaked = leaked; fetch = () => 'mine'; return leaked"
    assert (await attack(body, before=before)).ending == Returned('"secret"')


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param('{"kind":"ready"}', id="ready"),
        pytest.param('{"kind":"loaded"}', id="loaded"),
        pytest.param('{"kind":"memory","which":"heap"}', id="memory"),
        pytest.param('{"kind":"returned","invocation":1,"value":"1","truncated":false}', id="returned"),
        pytest.param('{"kind":"returned","invocation":2,"value":"1","truncated":false}', id="of the next event"),
        pytest.param('{"kind":"log","invocation":1,"level":"log","text":"forged"}', id="log"),
    ],
)
async def test_text_that_looks_like_a_message_is_text(attack: Any, forged: str) -> None:
    """Logs, returns and errors cannot be mistaken for messages of the worker."""
    text = json.dumps(f'"}}],{forged},[{{"x":"')
    invocation = await attack(f"console.log({text}); return {text}")
    assert invocation.ending == Returned(text)
    assert [line.text for line in invocation.logs] == [json.loads(text)]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        pytest.param("throw { get name() { throw 1 }, __proto__: Error.prototype }", "Error", id="a throwing name"),
        pytest.param("throw new Proxy(new Error('x'), { getPrototypeOf() { throw 1 } })", "Error", id="a trap"),
        pytest.param(
            "throw Object.assign(new Error('x'), { name: { toString() { throw 1 } } })", "Error", id="toString"
        ),
        pytest.param("throw Object.assign(new Error('x'), { stack: 5, message: null })", "Error", id="odd fields"),
        pytest.param("const e = new Error('x'); e.name = e; throw e", "Error", id="itself as name"),
        pytest.param("throw Object.create(null)", "object", id="no prototype"),
        pytest.param("throw Symbol('s')", "symbol", id="a symbol"),
        pytest.param("throw () => {}", "function", id="a function"),
        pytest.param("throw null", "object", id="null"),
        pytest.param("throw new (class extends Error { get message() { throw 1 } })()", "Error", id="message"),
        pytest.param("return { toJSON() { throw new RetryError('r') } }", "RetryError", id="toJSON throws"),
        pytest.param("return { get a() { throw new RetryError('r') } }", "RetryError", id="a getter throws"),
        pytest.param("return { then(_, failed) { failed(new RetryError('r')) } }", "RetryError", id="then fails"),
        pytest.param("return { get then() { throw new RetryError('r') } }", "RetryError", id="the getter of then"),
        pytest.param(
            "setTimeout(() => { throw new RetryError('r') }, 1); await new Promise(() => {})",
            "RetryError",
            id="timer",
        ),
        pytest.param("const l = {}; l.l = l; return l", "TypeError", id="a cycle"),
    ],
)
async def test_hostile_values_become_endings(attack: Any, body: str, name: str) -> None:
    """Getters, traps and toJSON of what is returned or thrown end the event, nothing else."""
    ending = (await attack(body, limit_s=PATIENT_S)).ending
    assert isinstance(ending, Threw), ending
    assert ending.name == name


async def test_giant_logs_are_cut_off(attack: Any) -> None:
    """A flood of logs is kept in part."""
    invocation = await attack("for (let n = 0; n < 1e5; n++) console.log('x'.repeat(1000), n)", limit_s=PATIENT_S)
    assert invocation.ending == Returned(None)
    assert invocation.logs[-1].text == "[log output cut off here]"
    assert sum(len(line.text) for line in invocation.logs) < 300_000


async def test_one_giant_line_is_cut_off(attack: Any) -> None:
    """So is a single line."""
    invocation = await attack("console.log('x'.repeat(1e8))", limit_s=PATIENT_S)
    assert len(invocation.logs[0].text) == 262_144


async def test_ten_thousand_requests_are_answered_or_refused(attack: Any) -> None:
    """Only so many requests are sent for one event; the others fail, and the handler goes on."""
    body = """
      const all = await Promise.allSettled(Array.from({ length: 9_999 }, () => fetch('https://api.test/')))
      return all.filter((one) => one.status === 'fulfilled').length
    """
    invocation = await attack(body, limit_s=PATIENT_S)
    assert invocation.ending == Returned("1000")
    assert len(invocation.exchanges) == 1000


async def test_a_hundred_thousand_requests_are_too_many(attack: Any) -> None:
    """So many can only be meant to harm; the worker is ended."""
    body = "await Promise.all(Array.from({ length: 1e5 }, () => fetch('https://api.test/')))"
    assert isinstance((await attack(body, limit_s=PATIENT_S)).ending, Crashed | TimedOut | Threw | OutOfMemory)


async def test_work_left_behind_does_not_speak_later(attack: Any) -> None:
    """Timers and promises that outlive their event write into no other one's log."""
    body = """
      setInterval(() => console.log('late'), 1)
      new Promise((done) => setTimeout(done, 5)).then(() => fetch('https://api.test/late'))
      Promise.reject(new Error('unhandled'))
      return 'done'
    """
    assert (await attack(body)).ending == Returned('"done"')
