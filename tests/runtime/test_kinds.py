"""The handlers of each kind of function, today's and those of 2019."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.runtime import FunctionCode, FunctionRuntime, Invocation, LoadError, Returned, Threw

TRACK = b'{"type":"track","event":"Signed Up"}'


class Loaded:
    """Code that is loaded under one key, and ways to run it."""

    def __init__(self, runtime: FunctionRuntime) -> None:
        self.runtime = runtime
        self.error: LoadError | None = None

    async def load(self, source: str, **options: Any) -> "Loaded":
        """Load the code; what does not load is in `error`."""
        self.error = await self.runtime.load("kind", FunctionCode("function.js", source, **options))
        return self

    async def event(self, event: bytes = TRACK) -> Any:
        """Run the handler of an event's type; return its value, or what it threw."""
        return value_of(await self.runtime.invoke("kind", event, b'{"apiKey":"k"}'))

    async def batch(self, *events: dict[str, Any]) -> Any:
        """Run onBatch."""
        return value_of(await self.runtime.invoke_batch("kind", json.dumps(events).encode(), b"{}"))

    async def request(self, body: str = "{}", **fields: Any) -> Invocation:
        """Run onRequest."""
        request = {"body": body, "headers": [], "url": "https://fn.segmentapis.com/", **fields}
        return await self.runtime.invoke_request("kind", json.dumps(request).encode(), b'{"apiKey":"k"}')


def value_of(invocation: Invocation) -> Any:
    """Return what was returned as Python has it, or name and message of what was thrown."""
    ending = invocation.ending
    if isinstance(ending, Returned):
        return None if ending.value_json is None else json.loads(ending.value_json)
    assert isinstance(ending, Threw), ending
    return f"{ending.name}: {ending.message}"


@pytest.fixture
async def code(runtime: FunctionRuntime) -> AsyncIterator[Loaded]:
    loaded = Loaded(runtime)
    yield loaded
    if loaded.error is None:
        await runtime.unload("kind")


@pytest.mark.parametrize(
    ("kind", "source", "handlers"),
    [
        pytest.param("subscription", "function onTrack() {}", {"onTrack"}, id="one"),
        pytest.param(
            "subscription", "onPage = () => {}; var onAlias = async () => {}", {"onPage", "onAlias"}, id="two"
        ),
        pytest.param("subscription", "function onBatch() {}", set(), id="a subscription has no batches"),
        pytest.param(
            "destination", "function onTrack() {} async function onBatch() {}", {"onTrack", "onBatch"}, id="b"
        ),
        pytest.param("insert", "function onDelete(e) { return e }", {"onDelete"}, id="insert"),
        pytest.param("source", "async function onRequest() {}", {"onRequest"}, id="source"),
        pytest.param("source", "function onTrack() {}", set(), id="a source takes requests only"),
    ],
)
async def test_the_loaded_handlers_are_known(code: Loaded, kind: Any, source: str, handlers: set[str]) -> None:
    """Whether code has onBatch decides how events are handed to it."""
    await code.load(source, kind=kind)
    assert code.runtime.handlers("kind") == handlers


async def test_a_batch_goes_to_on_batch(code: Loaded) -> None:
    """With all its events; what it returns is the status of each."""
    await code.load("function onBatch(events) { return events.map((e) => ({ status: e.code })) }", kind="destination")
    assert await code.batch({"code": 200}, {"code": 500}) == [{"status": 200}, {"status": 500}]


async def test_on_batch_is_a_parameter_of_destination_functions_only(code: Loaded) -> None:
    """`const onBatch` is a mistake where onBatch is a handler, and a name like any other elsewhere."""
    await code.load("const onBatch = 1; function onTrack() { return onBatch }", kind="subscription")
    assert await code.event() == 1
    other = Loaded(code.runtime)
    await other.load("const onBatch = 1", kind="destination")
    assert other.error is not None
    assert "already been declared" in other.error.message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("async function track(event, settings) { return settings.apiKey }", "k", id="name of 2019"),
        pytest.param(
            "async function track() { return 1 } async function onTrack() { return 2 }", 2, id="today's wins"
        ),
        pytest.param("track = () => 3", 3, id="assigned"),
        pytest.param("exports.processEvents = async ({ event }) => event.event", "Signed Up", id="processEvents"),
        pytest.param(
            "exports.processEvents = (payload, context, callback) => callback(null, payload.version)",
            "1.0",
            id="processEvents with a callback",
        ),
        pytest.param(
            "exports.processEvents = (payload, context, callback) => callback(new ValidationError('no'))",
            "ValidationError: no",
            id="processEvents with an error",
        ),
        pytest.param("async function page() {}", "EventNotSupported: track not supported", id="none for this type"),
    ],
)
async def test_the_names_of_2019_count_where_asked_for(code: Loaded, source: str, expected: Any) -> None:
    """Both forms, `on*` winning; in today's runtime the old names are nothing."""
    await code.load(source, handlers="2019")
    assert await code.event() == expected


async def test_the_names_of_2019_are_nothing_today(code: Loaded) -> None:
    """And `exports` is not declared."""
    await code.load("async function track() { return 1 } function onPage() { return typeof exports }")
    assert await code.event() == "EventNotSupported: track not supported"
    assert await code.event(b'{"type":"page"}') == "undefined"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("return event", {"type": "track", "event": "Signed Up"}, id="the event itself"),
        pytest.param("event.event = 'Changed'; return event", {"type": "track", "event": "Changed"}, id="changed"),
        pytest.param("", None, id="nothing"),
        pytest.param("throw new DropEvent('not wanted')", "DropEvent: not wanted", id="dropped"),
    ],
)
async def test_an_insert_function_returns_the_event(code: Loaded, source: str, expected: Any) -> None:
    """What it returns replaces the event."""
    await code.load(f"async function onTrack(event) {{ {source} }}", kind="insert")
    assert await code.event() == expected


async def test_a_source_function_makes_messages_of_a_request(code: Loaded) -> None:
    """They are out when the handler has ended, in order; the return value counts for nothing."""
    await code.load(
        """
        async function onRequest(request, settings) {
          const { user } = request.json();
          Segment.identify({ userId: user, traits: { key: settings.apiKey } });
          Segment.track({ userId: user, event: 'Hooked', properties: { q: request.url.searchParams.get('q') } });
          Segment.set({ collection: 'users', id: user, properties: { agent: request.headers.get('user-agent') } });
        }""",
        kind="source",
    )
    invocation = await code.request(
        '{"user":"u-1"}', headers=[["User-Agent", "hook"]], url="https://fn.segmentapis.com/?q=1"
    )
    assert invocation.emitted is not None
    assert json.loads(invocation.emitted) == {
        "events": [
            {"type": "identify", "userId": "u-1", "traits": {"key": "k"}},
            {"type": "track", "userId": "u-1", "event": "Hooked", "properties": {"q": "1"}},
        ],
        "objects": [{"collection": "users", "id": "u-1", "properties": {"agent": "hook"}}],
    }


OLD_SOURCE = """
exports.processEvents = async (event) => {
  const { body, headers, queryParameters } = event.payload;
  return %s;
};
"""


@pytest.mark.parametrize(
    ("returned", "emitted"),
    [
        pytest.param(
            "{ events: [{ type: 'track', event: headers['X-Kind'], userId: body.user,"
            " properties: { q: queryParameters.q, key: event.settings.apiKey } }],"
            " objects: [{ collection: 'users', id: body.user, properties: {} }] }",
            {
                "events": [
                    {"type": "track", "event": "Hooked", "userId": "u-1", "properties": {"q": "1", "key": "k"}}
                ],
                "objects": [{"collection": "users", "id": "u-1", "properties": {}}],
            },
            id="events and objects",
        ),
        pytest.param(
            "{ objects: [{ collection: 'users', id: 'u' }] }",
            {"events": [], "objects": [{"collection": "users", "id": "u"}]},
            id="objects alone",
        ),
        pytest.param(
            "{ events: [{ type: 'identify', userId: 'u' }] }",
            {"events": [{"type": "identify", "userId": "u"}], "objects": []},
            id="events alone",
        ),
        pytest.param("undefined", None, id="nothing"),
    ],
)
async def test_a_source_function_of_2019_returns_what_it_makes(code: Loaded, returned: str, emitted: Any) -> None:
    """Its handler is `exports.processEvents`, which finds the request in `event.payload`."""
    await code.load(OLD_SOURCE % returned, kind="source", handlers="2019")
    assert code.runtime.handlers("kind") == {"processEvents"}
    url = "https://fn.segmentapis.com/?q=1"
    invocation = await code.request('{"user":"u-1"}', headers=[["X-Kind", "Hooked"]], url=url)
    assert isinstance(invocation.ending, Returned), invocation.ending
    assert (None if invocation.emitted is None else json.loads(invocation.emitted)) == emitted


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        pytest.param("{ events: {} }", "events is not an array", id="no array"),
        pytest.param("{ events: [{ userId: 'u' }] }", "type is undefined, which is no call of Segment's", id="none"),
        pytest.param(
            "{ events: [{ type: 'toString' }] }", "type is toString, which is no call of Segment's", id="unknown"
        ),
        pytest.param(
            "{ events: [{ type: 'track', userId: 'u' }] }", "event is required but not defined", id="no event"
        ),
        pytest.param("{ objects: [{ id: 'i' }] }", "collection is required but not defined", id="no collection"),
    ],
)
async def test_what_a_source_function_of_2019_makes_is_checked(code: Loaded, returned: str, message: str) -> None:
    """As what today's hand to `Segment`; and nothing of it gets through."""
    await code.load(OLD_SOURCE % returned, kind="source", handlers="2019")
    invocation = await code.request()
    assert (value_of(invocation), invocation.emitted) == (f"ValidationError: {message}", None)


async def test_on_request_wins_over_the_form_of_2019(code: Loaded) -> None:
    """Where both are there; without `handlers`, `exports` is no name at all."""
    both = OLD_SOURCE % "'old'" + "function onRequest() { return 'new' }"
    await code.load(both, kind="source", handlers="2019")
    assert value_of(await code.request()) == "new"
    error = await code.runtime.load("other", FunctionCode("function.js", OLD_SOURCE % "1", kind="source"))
    assert error is not None
    assert error.message == "ReferenceError: exports is not defined"


async def test_what_a_failing_source_function_made_is_lost(code: Loaded) -> None:
    """And does not turn up at the next request."""
    await code.load(
        """
        async function onRequest(request) {
          Segment.track({ userId: 'u', event: request.text() });
          if (request.json().fail) throw new RetryError('later');
        }""",
        kind="source",
    )
    failed = await code.request('{"fail":true}')
    assert (failed.emitted, value_of(failed)) == (None, "RetryError: later")
    assert json.loads((await code.request("{}")).emitted or "null")["events"] == [
        {"type": "track", "userId": "u", "event": "{}"}
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param("track({ userId: 'u' })", "event is required but not defined", id="no event"),
        pytest.param("track({ event: 'e' })", "One of userId,anonymousId is required but not defined", id="no id"),
        pytest.param("group({ userId: 'u' })", "groupId is required but not defined", id="no group"),
        pytest.param("alias({ userId: 'u' })", "previousId is required but not defined", id="no previous id"),
        pytest.param(
            "identify({ userId: '' })", "One of userId,anonymousId is required but not defined", id="empty id"
        ),
        pytest.param("set({ collection: 'c' })", "id is required but not defined", id="no object id"),
        pytest.param("set({ id: 'i' })", "collection is required but not defined", id="no collection"),
    ],
)
async def test_segment_checks_what_it_is_given(code: Loaded, call: str, message: str) -> None:
    """With the words of Segment's own test kit."""
    await code.load(f"function onRequest() {{ Segment.{call} }}", kind="source")
    assert value_of(await code.request()) == f"ValidationError: {message}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("request.json().n = 2; return request.json().n", 2, id="json is the same object every time"),
        pytest.param("return await request.json()", {"n": 1}, id="awaiting does no harm"),
        pytest.param("return request.text()", '{"n":1}', id="text"),
        pytest.param("return request.headers.get('x-one')", "1", id="headers whatever their case"),
        pytest.param("return [request.url instanceof URL, request.url.pathname]", [True, "/"], id="url"),
    ],
)
async def test_a_request_is_what_segment_hands_over(code: Loaded, body: str, expected: Any) -> None:
    """Synchronous, and cached."""
    await code.load(f"async function onRequest(request) {{ {body} }}", kind="source")
    assert value_of(await code.request('{"n":1}', headers=[["X-One", "1"]])) == expected


async def test_a_source_function_without_a_handler_says_so(code: Loaded) -> None:
    """In the words of Segment's test kit."""
    await code.load("function onTrack() {}", kind="source")
    assert value_of(await code.request()) == "EventNotSupported: request not supported"


async def test_a_body_that_is_no_json_fails_where_it_is_read(code: Loaded) -> None:
    """As JSON.parse does."""
    await code.load("function onRequest(request) { request.json() }", kind="source")
    assert str(value_of(await code.request("{no"))).startswith("SyntaxError: ")


async def test_what_was_left_open_is_told(code: Loaded) -> None:
    """Timers and requests that nobody waited for: on Lambda they may run later, or never."""
    await code.load(
        """
        async function onTrack() {
          setTimeout(() => {}, 3000);
          setInterval(() => {}, 50);
          fetch('http://127.0.0.1:9/hook', { method: 'POST' });
          await null;
        }
        async function onPage() { await new Promise((done) => setTimeout(done, 1)) }"""
    )
    invocation = await code.runtime.invoke("kind", TRACK, b"{}")
    request = "POST request to http://127.0.0.1:9/hook"
    assert set(invocation.left_open) == {request, "timer of 3000 ms", "interval of 50 ms"}
    assert (await code.runtime.invoke("kind", b'{"type":"page"}', b"{}")).left_open == ()


WEB_GLOBALS = ["structuredClone", "queueMicrotask", "setImmediate", "clearImmediate", "TextEncoder", "TextDecoder"]


@pytest.mark.parametrize(("web_globals", "kind"), [(False, "undefined"), (True, "function")])
async def test_web_globals_are_there_only_where_asked_for(code: Loaded, web_globals: bool, kind: str) -> None:
    """Segment's runtime is not known to have them; code that needs them here may fail there."""
    names = ",".join(f"typeof {name}" for name in WEB_GLOBALS)
    await code.load(f"function onTrack() {{ return [{names}] }}", web_globals=web_globals)
    assert await code.event() == [kind] * len(WEB_GLOBALS)


async def test_web_globals_do_what_they_do_elsewhere(code: Loaded) -> None:
    """A copy is deep, text becomes bytes and text again, and callbacks are called."""
    source = """
    async function onTrack() {
      const map = new Map([['a', { b: 1 }]]);
      const copy = structuredClone(map);
      const order = [];
      await new Promise((done) => { setImmediate(() => { order.push('immediate'); done() }); queueMicrotask(() => order.push('micro')) });
      return [copy.get('a').b, copy.get('a') !== map.get('a'), new TextDecoder().decode(new TextEncoder().encode('\u20ac')), order];
    }"""  # noqa: E501 - one line for what is one step
    await code.load(source, web_globals=True)
    assert await code.event() == [1, True, "\u20ac", ["micro", "immediate"]]
