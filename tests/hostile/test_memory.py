"""Code that takes without end is ended, and nobody else runs short."""

from typing import Any, Literal

import pytest

from sandbox.runtime import OutOfMemory, Threw
from tests.hostile.conftest import PATIENT_S

LIMIT_S = 3.0
"""Long enough that memory ends it; what is slow may run into the limit, which ends it as well."""
TAKING = "const all = []; while (true) "


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"{TAKING} all.push({{ a: [1, 2, 3] }})", id="objects"),
        pytest.param(f"{TAKING} all.push('x' + all.length + 'y'.repeat(1000))", id="strings"),
        pytest.param(f"{TAKING} all.push(() => all.length)", id="closures"),
        pytest.param(f"{TAKING} all.push(new Uint8Array(1 << 20).fill(1))", id="buffers"),
        pytest.param(
            f"{TAKING} {{ try {{ all.push(new Uint8Array(1 << 20).fill(1)) }} catch {{}} }}", id="buffers, stubbornly"
        ),
        pytest.param(f"{TAKING} {{ all.push(new Array(100_000).fill(1.5)); await null }}", id="between awaits"),
        pytest.param("await null; const all = new Map(); while (true) all.set({}, [])", id="a map after an await"),
        pytest.param("new WebAssembly.Memory({ initial: 1 }).grow(60_000)", id="WebAssembly, at once"),
        pytest.param(
            f"{TAKING} {{ const memory = new WebAssembly.Memory({{ initial: 100 }});"
            " new Uint8Array(memory.buffer).fill(1); all.push(memory) }",
            id="WebAssembly, little by little",
        ),
        pytest.param("new SharedArrayBuffer(8e9)", id="a shared buffer, at once"),
        pytest.param(
            f"{TAKING} all.push(new Uint8Array(new SharedArrayBuffer(1 << 22)).fill(1))", id="shared buffers"
        ),
        pytest.param("new ArrayBuffer(1, { maxByteLength: 4e9 }).resize(4e9)", id="a resizable buffer"),
        pytest.param("new Array(4e8).fill(1)", id="one giant array"),
        pytest.param("let s = 'x'; while (true) s += s", id="a doubling string"),
        pytest.param("let s = 'x'; while (true) { s += s; [...s] }", id="a doubling string, spread"),
        pytest.param("let n = 3n; while (true) n = n ** 9n", id="a big number"),
        pytest.param("let deep = []; while (true) deep = [deep, deep.slice()]", id="nesting"),
        pytest.param("JSON.parse('['.repeat(5e6) + ']'.repeat(5e6))", id="nested JSON"),
        pytest.param("JSON.parse('[' + '{},'.repeat(2e7) + '1]')", id="long JSON"),
        pytest.param(
            "let chain = new Promise(() => {}); while (true) chain = chain.then(() => [chain])", id="promises"
        ),
        pytest.param("while (true) setTimeout(() => {}, 1e6, new Array(100).fill(1))", id="timers"),
        pytest.param(
            "while (true) fetch('https://api.test/', { method: 'POST', body: 'x'.repeat(1e6) })",
            id="requests",
        ),
        pytest.param("for (let n = 0; ; n++) cache.load(n, () => new Array(1000).fill(n))", id="the cache"),
        pytest.param("for (let n = 0; ; n++) globalThis['leaked' + n] = 'x'.repeat(1000) + n", id="globals"),
        pytest.param(f"{TAKING} all.push(new Function('return ' + all.length))", id="functions made of text"),
        pytest.param(f"{TAKING} all.push(Symbol(all.length))", id="symbols"),
        pytest.param(f"{TAKING} all.push(new Intl.DateTimeFormat('de'))", id="formats of dates"),
        pytest.param(f"{TAKING} all.push(new Intl.Collator(['de', 'sv', 'ja'][all.length % 3]))", id="collators"),
        pytest.param("crypto.randomBytes(2 ** 31 - 1)", id="random bytes"),
        pytest.param(f"{TAKING} all.push(crypto.randomBytes(1 << 20))", id="random bytes, little by little"),
        pytest.param(f"{TAKING} all.push(Buffer.alloc(1 << 24, 'abc'))", id="Buffers"),
        pytest.param("crypto.createHash('md5').update('x'.repeat(5e8)).digest()", id="a giant hash"),
        pytest.param("'x'.repeat(1 << 28).replace(/x/g, 'yyyyyyyyyyyyyyyyyyyyyyyy')", id="a growing replacement"),
        pytest.param("'x'.repeat(5e7).split('').map((one) => one + one)", id="a split string"),
        pytest.param(
            "new Intl.DateTimeFormat('en').format(0).padEnd(5e8).normalize('NFKD')",
            id="a normalised string",
        ),
        pytest.param("console.log(new Array(3e7).fill('x'))", id="a giant array for the console"),
        pytest.param("throw Object.assign(new Error('x'), { all: new Array(5e7).fill('xyz') })", id="a giant error"),
        pytest.param("return new Array(1e7).fill({ a: 'xyz'.repeat(20) })", id="a giant return"),
    ],
)
async def test_what_takes_all_memory_is_ended(attack: Any, body: str) -> None:
    """Memory ends it, or the engine's own error, or at the latest the limit; the next event is served."""
    await attack(body, limit_s=LIMIT_S)


@pytest.mark.parametrize(
    ("body", "which"),
    [
        pytest.param(f"{TAKING} all.push({{ a: [1, 2, 3] }})", "heap", id="objects"),
        pytest.param(f"{TAKING} all.push(new Uint8Array(1 << 20).fill(1))", "process", id="buffers"),
    ],
)
async def test_the_verdict_names_the_memory(ending: Any, body: str, which: Literal["heap", "process"]) -> None:
    """It says whether the heap was exhausted or the process; buffers may end in the engine's RangeError."""
    end = await ending(body, limit_s=PATIENT_S)
    assert end == OutOfMemory(which) or (which == "process" and isinstance(end, Threw)), end


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("const again = () => again() + 1; return again()", id="a function"),
        pytest.param("const a = () => b(), b = () => [1].map(a); return a()", id="two, through a builtin"),
        pytest.param("const o = { get a() { return this.a } }; return o.a", id="a getter"),
        pytest.param("const p = new Proxy({}, { get: (t, key, self) => self[key] }); return p.a", id="a trap"),
        pytest.param("const o = { toString: () => `${o}` }; return `${o}`", id="toString"),
        pytest.param("const o = { toJSON: () => JSON.parse(JSON.stringify(o)) }; return o", id="toJSON"),
        pytest.param("class A { constructor() { return new A() } }; return new A()", id="a constructor"),
        pytest.param("return eval('('.repeat(1e5) + '1' + ')'.repeat(1e5))", id="the parser"),
        pytest.param("return new RegExp('('.repeat(1e5) + ')'.repeat(1e5))", id="the parser of patterns"),
        pytest.param("'ab'.replace(/a/, function again() { return 'a'.replace(/a/, again) })", id="a replacement"),
        pytest.param("let deep = []; for (let n = 0; n < 1e6; n++) deep = [deep]; return deep", id="a deep return"),
        pytest.param("let deep = {}; for (let n = 0; n < 1e5; n++) deep = { deep }; throw deep", id="a deep error"),
        pytest.param(
            "let deep = []; for (let n = 0; n < 1e6; n++) deep = [deep]; return deep.flat(Infinity)",
            id="flat",
        ),
        pytest.param(
            "let proto = null; for (let n = 0; n < 1e6; n++) proto = Object.create(proto); return 'x' in proto",
            id="a chain of prototypes",
        ),
        pytest.param(
            "let p = {}; for (let n = 0; n < 1e6; n++) p = new Proxy(p, {}); return p.a", id="a chain of proxies"
        ),
        pytest.param(
            "let f = () => 1; for (let n = 0; n < 1e6; n++) f = f.bind(null); return f()", id="a chain of bindings"
        ),
        pytest.param(
            "let e = new Error('x'); for (let n = 0; n < 1e5; n++) e = new Error('y', { cause: e });"
            " console.log(e); throw e",
            id="a chain of causes",
        ),
        pytest.param("const again = async () => (await again()) + 1; return again()", id="an async function"),
        pytest.param("const again = () => { try { again() } finally { again() } }; again()", id="with finally"),
        pytest.param(
            "const again = () => { try { return again() } catch { return again() } }; return again()", id="with catch"
        ),
    ],
)
async def test_recursion_ends(attack: Any, body: str) -> None:
    """Whatever calls itself without end is ended by the engine, or by the limit."""
    await attack(body, limit_s=1.0)
