"""Console output is formatted as Node 20 does."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("code", "level", "text"),
    [
        pytest.param(
            "console.log('%s is %d and %j', 'a', 1.5, { x: 1 }, 'extra')",
            "log",
            'a is 1.5 and {"x":1} extra',
            id="format",
        ),
        pytest.param(
            "console.log({ a: { b: { c: { d: 1 } } } })", "log", "{ a: { b: { c: [Object] } } }", id="depth"
        ),
        pytest.param(
            "console.log([1, 'two', null, undefined, -0, 1n])",
            "log",
            "[ 1, 'two', null, undefined, -0, 1n ]",
            id="array",
        ),
        pytest.param(
            "console.log(new Map([['k', { v: 1 }]]), new Set([1]))",
            "log",
            "Map(1) { 'k' => { v: 1 } } Set(1) { 1 }",
            id="collections",
        ),
        pytest.param("console.log(new Date(0), /x/g)", "log", "1970-01-01T00:00:00.000Z /x/g", id="date"),
        pytest.param(
            "console.log(() => 1, class A {}, function f() {})",
            "log",
            "[Function (anonymous)] [class A] [Function: f]",
            id="functions",
        ),
        pytest.param("console.log(Buffer.from('hi'))", "log", "<Buffer 68 69>", id="buffer"),
        pytest.param(
            "console.log({ long: 'l'.repeat(80), b: 1 })",
            "log",
            "{\n  long: '" + "l" * 80 + "',\n  b: 1\n}",
            id="wrapping",
        ),
        pytest.param("console.log('multi\\nline')", "log", "multi\nline", id="lines"),
        pytest.param("console.log()", "log", "", id="empty"),
        pytest.param("console.info('i')", "info", "i", id="info"),
        pytest.param("console.debug('d')", "debug", "d", id="debug"),
        pytest.param("console.warn('w')", "warn", "w", id="warn"),
        pytest.param("console.error('e')", "error", "e", id="error"),
        pytest.param("console.assert(false, 'why')", "warn", "Assertion failed: why", id="assert"),
        pytest.param("console.count('c')", "log", "c: 1", id="count"),
        pytest.param("console.dir({ a: { b: {} } }, { depth: 0 })", "log", "{ a: [Object] }", id="dir"),
        pytest.param(
            "console.log(new URLSearchParams('a=1'))",
            "log",
            "URLSearchParams { 'a' => '1' }",
            id="URLSearchParams",
        ),
        pytest.param(
            "console.log(new RetryError('r').message, [new (class Foo { x = 1 })()])",
            "log",
            "r [ Foo { x: 1 } ]",
            id="class",
        ),
        pytest.param("console.log('\\ud800')", "log", "\ufffd", id="lone surrogate"),
        pytest.param("console.log({ get a() { throw 1 } })", "log", "{ a: [Getter] }", id="getter"),
        pytest.param(
            "console.table([{ a: 1, b: 'x' }, { a: 2 }])",
            "log",
            "┌─────────┬───┬─────┐\n│ (index) │ a │ b   │\n├─────────┼───┼─────┤\n"
            "│ 0       │ 1 │ 'x' │\n│ 1       │ 2 │     │\n└─────────┴───┴─────┘",
            id="table",
        ),
        pytest.param(
            "console.table([1])",
            "log",
            "┌─────────┬────────┐\n│ (index) │ Values │\n├─────────┼────────┤\n"
            "│ 0       │ 1      │\n└─────────┴────────┘",
            id="table of values",
        ),
        pytest.param("console.table(5)", "log", "5", id="table of nothing"),
    ],
)
async def test_lines_look_as_in_node(run: Any, code: str, level: str, text: str) -> None:
    """Level and text of a line are Node's."""
    (line,) = (await run(f"function onTrack() {{ {code} }}")).logs
    assert (line.level, line.text) == (level, text)


async def test_groups_indent(run: Any) -> None:
    """Lines within a group are indented."""
    invocation = await run(
        "function onTrack() { console.group('g'); console.log('a\\nb'); console.groupEnd(); console.log('c') }"
    )
    assert [line.text for line in invocation.logs] == ["g", "  a\n  b", "c"]


async def test_an_error_shows_its_stack(run: Any) -> None:
    """An error is logged with its stack, as Node does."""
    (line,) = (await run("function onTrack() { console.log(new TypeError('bad')) }")).logs
    assert line.text.startswith("TypeError: bad\n    at onTrack (")


async def test_output_is_cut_off(run: Any) -> None:
    """After 256 KB the rest is dropped, and said so."""
    logs = (await run("function onTrack() { for (let i = 0; i < 1000; i++) console.log('x'.repeat(1000)) }")).logs
    assert logs[-1].text == "[log output cut off here]"
    assert 250_000 < sum(len(line.text) for line in logs) < 263_000


async def test_many_empty_lines_are_cut_off(run: Any) -> None:
    """Empty lines count too."""
    logs = (await run("function onTrack() { for (let i = 0; i < 100_000; i++) console.log() }")).logs
    assert len(logs) < 9_000


async def test_output_belongs_to_its_event(run: Any) -> None:
    """A timer that an event left behind does not write into the next one."""
    source = (
        "let n = 0; async function onTrack() { if (n++ === 0) setInterval(() => console.log('late'), 1);"
        " else { await new Promise((done) => setTimeout(done, 20)); console.log('mine') } }"
    )
    assert [line.text for line in (await run(source, {"type": "track"}, {"type": "track"})).logs] == ["mine"]
