"""The names that partner code finds, and how they behave."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("btoa('€')", "rA==", id="btoa never rejects"),
        pytest.param("btoa('a:b')", "YTpi", id="btoa"),
        pytest.param("atob('YT*pi')", "a:b", id="atob ignores what is no base64"),
        pytest.param(
            "(() => { try { btoa() } catch (e) { return e.message } })()",
            "Cannot read properties of undefined (reading 'toString')",
            id="btoa of nothing",
        ),
        pytest.param("Buffer.from('héllo').toString('base64')", "aMOpbGxv", id="base64"),
        pytest.param("Buffer.from('_-8', 'base64url').toString('hex')", "ffef", id="base64url"),
        pytest.param("Buffer.from([250, 251, 255]).toString('base64url')", "-vv_", id="to base64url"),
        pytest.param("new Buffer.from('x').toString('hex')", "78", id="new Buffer.from"),
        pytest.param("Buffer.from('a').equals(Buffer.from('a'))", True, id="equals"),
        pytest.param(
            "new URL('/p?q=1#h', 'https://user@api.test:8443').href",
            "https://user@api.test:8443/p?q=1#h",
            id="URL",
        ),
        pytest.param("new URL('https://api.test/?a=1&a=2').searchParams.getAll('a')", ["1", "2"], id="searchParams"),
        pytest.param(
            "(() => { try { new URL('x') } catch (e) { return [e.name, e.code, e.message] } })()",
            ["TypeError", "ERR_INVALID_URL", "Invalid URL"],
            id="invalid URL",
        ),
        pytest.param("String(new URLSearchParams({ a: '1 2', b: 'ü' }))", "a=1+2&b=%C3%BC", id="URLSearchParams"),
        pytest.param("new Headers([['A', '1'], ['a', '2']]).get('A')", "1, 2", id="Headers"),
        pytest.param(
            "crypto.createHash('sha256').update('a').update('é').digest('hex')",
            "561951c2b8c47984b8b4b8ae1f173a03d9c703f66cf36f145e27bc6145499f74",
            id="sha256",
        ),
        pytest.param("crypto.createHash('md5').update('').digest('base64')", "1B2M2Y8AsgTpgAmY7PhCfg==", id="md5"),
        pytest.param(
            "crypto.createHmac('sha1', 'key').update('data').digest('hex')",
            "104152c5bfdca07bc633eebd46199f0255c9f49d",
            id="HMAC",
        ),
        pytest.param(
            "crypto.createHash('sha256').update('x'.repeat(1e6)).digest('hex').slice(0, 8)",
            "1b977e9f",
            id="sha256 of much",
        ),
        pytest.param("[crypto.randomBytes(8).length, crypto.randomUUID().length]", [8, 36], id="random"),
        pytest.param("crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a'))", True, id="timingSafeEqual"),
        pytest.param(
            "(() => { try { crypto.createHash('no') } catch (e) { return e.message } })()",
            "Digest method not supported",
            id="unknown hash",
        ),
        pytest.param(
            "(() => { try { crypto.createHash('md5').update() } catch (e) { return e.code } })()",
            "ERR_INVALID_ARG_TYPE",
            id="hash of nothing",
        ),
        pytest.param("_.get({ a: [{ b: 1 }] }, 'a[0].b')", 1, id="lodash"),
        pytest.param("_.VERSION", "4.17.19", id="version of lodash"),
        pytest.param(
            "moment('2020-01-01T00:00:00Z').tz('America/New_York').format()",
            "2019-12-31T19:00:00-05:00",
            id="moment-timezone",
        ),
        pytest.param("new Date(2020, 0, 1).toISOString()", "2020-01-01T00:00:00.000Z", id="UTC"),
        pytest.param("new Date(0).toLocaleDateString('de-DE', { month: 'long' })", "Januar", id="all locales"),
        pytest.param("[typeof window.fetch, typeof globalThis.fetch]", ["function", "function"], id="window"),
        pytest.param(
            "(() => { try { setTimeout(1) } catch (e) { return e.code } })()",
            "ERR_INVALID_ARG_TYPE",
            id="setTimeout of no function",
        ),
    ],
)
async def test_a_global_behaves_as_in_segment(value: Any, expression: str, expected: object) -> None:
    """Each expression has the value that Node 20 with Segment's packages gives it."""
    assert await value(f"return {expression}") == expected


@pytest.mark.parametrize("name", ["fetch", "Buffer", "console", "RetryError", "setTimeout", "URL"])
async def test_globals_may_be_overwritten(value: Any, name: str) -> None:
    """Segment's documentation itself assigns to globals."""
    assert await value(f"{name} = 7; return {name}") == 7


async def test_timers_fire_in_their_order(value: Any) -> None:
    """Timers fire by their due time, then in the order in which they were set; a cleared one never."""
    assert await value(
        "const seen = []; const done = new Promise((resolve) => setTimeout(resolve, 30));"
        "setTimeout(() => seen.push('b'), 10); setTimeout((x) => seen.push(x), 1, 'a');"
        "setTimeout(() => seen.push('c'), 10); clearTimeout(setTimeout(() => seen.push('never'), 5));"
        "const every = setInterval(() => { seen.push('i'); clearInterval(every) }, 20);"
        "await done; return seen"
    ) == ["a", "b", "c", "i"]


async def test_a_sleep_takes_its_time(value: Any) -> None:
    """A sleep before the next step is what functions use timers for."""
    slept = await value("const t = Date.now(); await new Promise((r) => setTimeout(r, 25)); return Date.now() - t")
    assert slept >= 25


async def test_what_one_event_patches_the_host_survives(run: Any) -> None:
    """Code that replaces builtins harms itself at most."""
    source = (
        "function onTrack() { Array.prototype.join = JSON.stringify = Map.prototype.get = () => 'forged';"
        " JSON.parse = Promise.prototype.then = undefined; return 1 }"
    )
    invocation = await run(source, {"type": "track"})
    assert invocation.ending.value_json == "1"


async def test_cache_keeps_what_the_loader_returned(value: Any) -> None:
    """The loader runs when there is no value, or none any more."""
    assert await value(
        "let n = 0; const make = async () => ++n; const seen = [];"
        "seen.push(await cache.load('k', 60000, make), await cache.load('k', 60000, make));"
        "cache.delete('k'); seen.push(await cache.load('k', -1, make), await cache.load('l', make));"
        "await cache.load('m', 1, make); await new Promise((done) => setTimeout(done, 5));"
        "seen.push(await cache.load('m', 1, make)); return seen"
    ) == [1, 1, 2, 3, 5]


async def test_cache_passes_errors_through(run: Any) -> None:
    """What the loader throws keeps its class."""
    source = "async function onTrack() { await cache.load('k', 1, () => { throw new RetryError('r') }) }"
    assert (await run(source)).ending.name == "RetryError"
