"""How partner code is loaded. Source: functions-library's loader, as measured in Node 20."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.runtime import FunctionCode, FunctionRuntime, LoadError, Returned, Threw
from sandbox.runtime.loader import own_stack, syntax_place, wrap
from tests.runtime.conftest import FakeSender

Refusal = Callable[[str], Coroutine[Any, Any, LoadError | None]]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("function onTrack() { return 1 }", id="function declaration"),
        pytest.param("async function onTrack() { return 1 }", id="async function"),
        pytest.param("var onTrack = () => 1", id="var"),
        pytest.param("onTrack = async () => 1", id="bare assignment"),
        pytest.param("if (true) { onTrack = () => 1 }", id="conditional assignment"),
        pytest.param("return; function onTrack() { return 1 }", id="early return after hoisting"),
        pytest.param("\ufefffunction onTrack() { return 1 }", id="byte-order mark"),
        pytest.param("'use strict'; x = 1; function onTrack() { return x }", id="use strict is inert"),
        pytest.param("let = 1; function onTrack() { return let }", id="let as a name"),
        pytest.param("const fetch = 1; function onTrack() { return fetch }", id="shadowing a global"),
        pytest.param("function onTrack() { return 2 }\nfunction onTrack() { return 1 }", id="declared twice"),
        pytest.param(
            "try { if (process?.env.X) module.exports = {} } catch {}\nfunction onTrack() { return 1 }",
            id="guard on process",
        ),
        pytest.param(
            "if (typeof module !== 'undefined') { module.exports = {} }\nfunction onTrack() { return 1 }",
            id="guard on module",
        ),
        pytest.param("function onTrack() { return 1 } // the end", id="comment at the end"),
        pytest.param("zlib = 1; function onTrack() { return zlib }", id="implicit global"),
        pytest.param("this.mine = 1; function onTrack() { return window.mine }", id="this is window"),
        pytest.param(
            "window.mine = 2; function onTrack() { return typeof mine === 'undefined' ? 1 : 0 }",
            id="window is not the scope",
        ),
    ],
)
async def test_code_that_segment_loads_is_loaded(run: Any, source: str) -> None:
    """What Segment's loader takes as a handler is one here."""
    assert (await run(source)).ending == Returned("1")


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        pytest.param(
            "const onTrack = () => 1",
            "SyntaxError: Identifier 'onTrack' has already been declared",
            1,
            7,
            id="const handler",
        ),
        pytest.param(
            "let onTrack",
            "SyntaxError: Identifier 'onTrack' has already been declared",
            1,
            5,
            id="let handler",
        ),
        pytest.param(
            "\nclass onTrack {}",
            "SyntaxError: Identifier 'onTrack' has already been declared",
            2,
            1,
            id="class handler",
        ),
        pytest.param(
            "import x from 'y'",
            "SyntaxError: Cannot use import statement outside a module",
            1,
            1,
            id="import",
        ),
        pytest.param("export default 1", "SyntaxError: Unexpected token 'export'", 1, 1, id="export"),
        pytest.param(
            "\n\nawait fetch('x')",
            "SyntaxError: await is only valid in async functions and the top level bodies of modules",
            3,
            1,
            id="top-level await",
        ),
        pytest.param(
            "function onTrack() {\n  return 1",
            "SyntaxError: Unexpected end of input",
            2,
            11,
            id="unclosed brace",
        ),
        pytest.param(
            "function onTrack() {\n  const a = ;\n}",
            "SyntaxError: Unexpected token ';'",
            2,
            13,
            id="in the middle",
        ),
        pytest.param(
            "function onTrack() {}}\nfunction onPage() {}",
            "SyntaxError: Unexpected token '}'",
            1,
            22,
            id="a brace too many",
        ),
        pytest.param(
            "function onTrack() {\n  return 1\n}\n}\n", "SyntaxError: Unexpected token '}'", 4, 1, id="one at the end"
        ),
        pytest.param(
            "if (x) return;\nlet other = ;", "SyntaxError: Unexpected token ';'", 2, 13, id="behind a return"
        ),
        pytest.param(
            "const onTrack = () => {}",
            "SyntaxError: Identifier 'onTrack' has already been declared",
            1,
            7,
            id="a handler that is a constant",
        ),
        pytest.param("var a = `x", "SyntaxError: Unexpected end of input", 1, 11, id="unterminated template"),
        pytest.param("using x = null", "SyntaxError: Unexpected identifier 'x'", 1, 7, id="newer than Node 20"),
    ],
)
async def test_code_that_does_not_parse_is_refused_with_its_place(
    refusal: Refusal, source: str, message: str, line: int | None, column: int | None
) -> None:
    """A syntax error is a value with the message, the line and the column in the partner's file."""
    error = await refusal(source)
    assert error is not None
    assert error.message == message
    if line is not None:
        assert (error.line, error.column) == (line, column)
        assert error.source_line == source.splitlines()[line - 1]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("}); while (true) {} (function () {", id="closes the function and runs on"),
        pytest.param("}); globalThis.evil = 1; (function () {", id="closes the function"),
        pytest.param("}); (function(__keep) {", id="opens another"),
        pytest.param("})", id="closes it once"),
    ],
)
async def test_code_that_closes_the_wrapper_is_refused(refusal: Refusal, source: str) -> None:
    """Code that ends the function around it early is no function body, and none of it runs."""
    error = await refusal(source)
    assert error is not None
    assert (error.message, error.line, error.column) == ("SyntaxError: Unexpected token '}'", 1, 1)


async def test_what_module_scope_does_belongs_to_the_first_event(
    runtime: FunctionRuntime, sender: FakeSender, response: Any
) -> None:
    """Its log and its requests, and those of no other."""
    sender.answers["https://a.test/"] = response(b"hello")
    source = """
      console.log('cold');
      const begun = fetch('https://a.test/').then((answer) => answer.text());
      async function onTrack() { console.log('warm'); return await begun }"""
    assert await runtime.load("cold", FunctionCode("function.js", source)) is None
    first, second = [await runtime.invoke("cold", b'{"type":"track"}', b"{}") for _ in range(2)]
    await runtime.unload("cold")
    assert [first.ending, second.ending] == [Returned('"hello"')] * 2
    assert [[line.text for line in each.logs] for each in (first, second)] == [["cold", "warm"], ["warm"]]
    assert [len(each.exchanges) for each in (first, second)] == [1, 0]


async def test_a_request_that_module_scope_gives_up_is_not_sent(runtime: FunctionRuntime, sender: FakeSender) -> None:
    """Though none is sent before the first event."""
    source = """
      const control = new AbortController();
      const begun = fetch('https://a.test/', { signal: control.signal }).catch((error) => error.name);
      control.abort();
      async function onTrack() { return await begun }"""
    assert await runtime.load("given up", FunctionCode("function.js", source)) is None
    invocation = await runtime.invoke("given up", b'{"type":"track"}', b"{}")
    await runtime.unload("given up")
    assert (invocation.ending, sender.requests) == (Returned('"AbortError"'), [])


async def test_an_error_at_module_scope_is_refused_with_its_place(refusal: Refusal) -> None:
    """What the module scope throws is a value with message, line and column, as it would fail every event."""
    error = await refusal("const a = 1\n  settings.apiKey\nfunction onTrack() {}")
    assert error == LoadError("ReferenceError: settings is not defined", "function.js", 2, 3, "  settings.apiKey")


@pytest.mark.parametrize(
    "name",
    [
        "require",
        "module",
        "exports",
        "process",
        "global",
        "__dirname",
        "setImmediate",
        "queueMicrotask",
        "structuredClone",
        "TextEncoder",
        "performance",
        "Event",
        "Blob",
        "onBatch",
        "__name",
        "host",
        "Temporal",
        "Float16Array",
        "Iterator",
        "DisposableStack",
    ],
)
async def test_names_that_segment_does_not_have_are_not_there(value: Any, name: str) -> None:
    """A name that Segment's runtime does not define is not defined here either."""
    assert await value(f"return typeof {name}") == "undefined"


async def test_the_scope_holds_the_language_and_segments_names_only(value: Any) -> None:
    """Nothing of the worker's own is reachable through the global object."""
    names = await value("return Object.getOwnPropertyNames(globalThis).filter((n) => !/^[A-Z]/.test(n)).sort()")
    assert set(names) == {
        "_", "akeylessLabs", "atob", "aws4", "azure", "btoa", "cache", "clearInterval", "clearTimeout",
        "clickHouseClient", "console", "crypto", "cryptojslib", "decodeURI", "decodeURIComponent",
        "encodeURI", "encodeURIComponent", "escape", "eval", "fetch", "fetchretrylib", "globalThis", "google",
        "https", "hubspotlib", "isFinite", "isNaN", "jsforce", "jsftp", "jsonwebtoken", "libphonenumberjslib",
        "mailchimplib", "moment", "nodemailjet", "oneSignal", "parseFloat", "parseInt", "pg", "sendgrid",
        "sentrylib", "setInterval", "setTimeout", "skyflowlib", "snowflakesdk", "stripe", "twilio",
        "undefined", "unescape", "uuidv5", "window", "winstonlib", "xml", "xml2js", "zlib",
    }  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        "Array.fromAsync",
        "Object.groupBy",
        "Map.groupBy",
        "Promise.try",
        "Promise.withResolvers",
        "new Set().union",
        "RegExp.escape",
        "Error.isError",
        "Math.f16round",
        "JSON.rawJSON",
        "Uint8Array.fromBase64",
        "[].values().map",
        "new ArrayBuffer(1).transfer",
        "Intl.DurationFormat",
    ],
)
async def test_builtins_newer_than_node_20_are_not_there(value: Any, expression: str) -> None:
    """What would work here and fail in Segment is hidden."""
    assert await value(f"return typeof {expression}") == "undefined"


async def test_implicit_globals_persist_between_events(run: Any) -> None:
    """An implicit global lives on in a warm worker, as on Segment."""
    source = "function onTrack() { seen = typeof seen === 'undefined' ? 1 : seen + 1; return seen }"
    assert (await run(source, {"type": "track"}, {"type": "track"})).ending == Returned("2")


async def test_module_scope_runs_once_per_worker(run: Any) -> None:
    """The module scope runs when the worker loads the code, not for every event."""
    source = "let loads = 0; loads++; function onTrack() { return loads }"
    assert (await run(source, {"type": "track"}, {"type": "track"})).ending == Returned("1")


@pytest.mark.parametrize(
    ("type_", "handler"),
    [
        ("identify", "onIdentify"),
        ("track", "onTrack"),
        ("page", "onPage"),
        ("screen", "onScreen"),
        ("group", "onGroup"),
        ("alias", "onAlias"),
        ("delete", "onDelete"),
    ],
)
async def test_the_event_type_picks_the_handler(run: Any, type_: str, handler: str) -> None:
    """Each type of call has its handler, which gets event and settings."""
    source = f"function {handler}(event, settings) {{ return [event.type, settings.apiKey, arguments.length] }}"
    invocation = await run(source, {"type": type_}, settings={"apiKey": "k"})
    assert json.loads(invocation.ending.value_json) == [type_, "k", 2]


async def test_a_missing_handler_is_an_unsupported_event(run: Any) -> None:
    """Without a handler the event ends as if the handler had thrown EventNotSupported."""
    ending = (await run("function onTrack() {}", {"type": "alias"})).ending
    assert isinstance(ending, Threw)
    assert (ending.name, ending.message) == ("EventNotSupported", "alias not supported")


async def test_an_event_of_no_known_type_is_ignored(run: Any) -> None:
    """Segment's test kit does nothing with a type that it does not know."""
    assert (await run("function onTrack() {}", {"type": "toString"})).ending == Returned(None)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        pytest.param("function onTrack() { throw new Error('x') }", "onTrack (function.js:1:28)", id="first line"),
        pytest.param("\n\nfunction onTrack() {\n  null.x\n}", "onTrack (function.js:4:8)", id="later line"),
        pytest.param(
            "async function a() { await 1; null.x }\nasync function onTrack() { await a() }",
            "async onTrack (function.js:2:28)",
            id="async frame",
        ),
    ],
)
async def test_stacks_name_the_partners_lines_and_columns(run: Any, source: str, place: str) -> None:
    """A stack holds the partner's own frames under the partner's name for the file."""
    ending = (await run(source)).ending
    assert isinstance(ending, Threw)
    assert place in ending.stack
    assert "kernel.js" not in ending.stack


async def test_broken_code_leaves_the_old_code_serving(runtime: FunctionRuntime) -> None:
    """Code that does not load changes nothing for the code that is loaded."""
    await runtime.load("kept", FunctionCode("function.js", "function onTrack() { return 'old' }"))
    error = await runtime.load("kept", FunctionCode("function.js", "function onTrack() {"))
    invocation = await runtime.invoke("kept", b'{"type":"track"}', b"{}")
    await runtime.unload("kept")
    assert error is not None
    assert invocation.ending == Returned('"old"')


def test_wrapping_keeps_lines() -> None:
    """The wrapper adds no line before the code."""
    assert wrap("a\nb").splitlines()[1] == "b"


def test_an_unreadable_report_is_still_a_message() -> None:
    """A report without a place gives its first line."""
    assert syntax_place("Something odd\nmore", "x") == ("Something odd", None, None, None)


def test_a_stack_keeps_a_message_of_several_lines() -> None:
    """Only frames are cut from a stack, not lines of the message."""
    stack = "Error: one\ntwo\n    at f (handler.js:3:4)\n    at g (kernel.js:1:2)"
    assert own_stack(stack, "function.js") == "Error: one\ntwo\n    at f (function.js:3:4)"
