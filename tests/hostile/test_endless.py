"""Code that does not come to its end is ended, and nobody else waits for it."""

from typing import Any

import pytest

from sandbox.runtime import TimedOut
from tests.hostile.conftest import LIMIT_S


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("while (true) {}", id="before an await"),
        pytest.param("await null; for (;;);", id="after an await"),
        pytest.param("setTimeout(() => { while (true) {} }, 1); await new Promise(() => {})", id="in a timer"),
        pytest.param("const again = () => Promise.resolve().then(again); await again()", id="of microtasks"),
        pytest.param("const again = async () => { await null; return again() }; await again()", id="of async calls"),
        pytest.param("setInterval(() => {}, 1); await new Promise(() => {})", id="of timers"),
        pytest.param("while (true) await fetch('https://api.test/')", id="of requests"),
        pytest.param("return { toJSON() { while (true) {} } }", id="in toJSON"),
        pytest.param("return { get a() { while (true) {} } }", id="in a getter of what is returned"),
        pytest.param("return new Proxy({}, { ownKeys() { while (true) {} } })", id="in a trap of what is returned"),
        pytest.param("return { get then() { while (true) {} } }", id="in the getter of then"),
        pytest.param("return { then() { while (true) {} } }", id="in then"),
        pytest.param("return { then() {} }", id="a then that never calls back"),
        pytest.param(
            "throw { __proto__: Error.prototype, get message() { while (true) {} } }", id="in a getter of an error"
        ),
        pytest.param("throw new Proxy(new Error(''), { get() { while (true) {} } })", id="in a trap of an error"),
        pytest.param(
            "throw { get a() { while (true) {} }, [Symbol.toPrimitive]() { while (true) {} },"
            " [Symbol.for('nodejs.util.inspect.custom')]() { while (true) {} } }",
            id="in the look of what is thrown",
        ),
        pytest.param(
            "console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { while (true) {} } })",
            id="in the look of a value",
        ),
        pytest.param(
            "console.log({ [Symbol.toStringTag]: 'x', get constructor() { while (true) {} } })"
            " || console.log('%s', { toString() { while (true) {} } }); while (true) {}",
            id="in text for the console",
        ),
        pytest.param(
            "Error.prepareStackTrace = () => { while (true) {} }; new Error('').stack; null.x",
            id="in a stack",
        ),
        pytest.param("[1, 2].sort(() => { while (true) {} })", id="in a comparison"),
        pytest.param(
            "[...{ [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }].length",
            id="of iteration",
        ),
        pytest.param(
            "for await (const x of { async *[Symbol.asyncIterator]() { while (true) yield 1 } });",
            id="async iteration",
        ),
        pytest.param("new Array(2 ** 32 - 1).indexOf(1); while (true) {}", id="in a builtin"),
        pytest.param("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", id="Atomics.wait"),
        pytest.param(
            "await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0).value", id="Atomics.waitAsync"
        ),
        pytest.param(
            "const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1,"
            " 102, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]);"
            " new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f()",
            id="in WebAssembly",
        ),
        pytest.param("/(a+)+$/.test('a'.repeat(40) + 'b')", id="catastrophic regular expression"),
        pytest.param(
            "'a'.repeat(60).replace(/(a|aa)+$/g, '').match(/^(([a-z])+.)+[A-Z]([a-z])+$/);"
            " /(x+x+)+y/.exec('x'.repeat(50))",
            id="regular expressions with much to try",
        ),
        pytest.param("'1'.repeat(1 << 28).split('').map(BigInt)", id="much work for little code"),
        pytest.param("let n = 3n; while (true) n *= n", id="big numbers"),
        pytest.param("new Function('while (true) {}')()", id="in code made of text"),
        pytest.param("await cache.load('k', () => new Promise(() => {}))", id="in a loader of the cache"),
    ],
)
async def test_what_does_not_end_is_ended(ending: Any, body: str) -> None:
    """The limit ends it or memory does, and the function serves its next event."""
    end = await ending(body)
    assert end == TimedOut(LIMIT_S) or type(end).__name__ in {"OutOfMemory", "Threw"}, end


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("while (true) {}", id="loop"),
        pytest.param("const again = () => Promise.resolve().then(again); again(); while (true) {}", id="microtasks"),
        pytest.param("/(a+)+$/.test('a'.repeat(40) + 'b')", id="regular expression"),
        pytest.param("throw { get message() { while (true) {} }, __proto__: Error.prototype }", id="in its error"),
    ],
)
async def test_module_scope_that_does_not_end_is_refused(load_error: Any, source: str) -> None:
    """Loading has the limit of an event."""
    error = await load_error(source)
    assert error.message == f"Timeout: the module scope ran longer than {LIMIT_S:g} s"
