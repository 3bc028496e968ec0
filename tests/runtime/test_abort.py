"""AbortController and its signal."""

from typing import Any

import pytest

from tests.runtime.conftest import FakeSender, Value, response


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "const c = new AbortController(); c.abort(); return [c.signal.aborted, c.signal.reason.name,"
            " c.signal.reason.code, c.signal.reason.message]",
            [True, "AbortError", 20, "This operation was aborted"],
            id="the usual reason",
        ),
        pytest.param("return AbortSignal.abort('why').reason", "why", id="a reason of one's own"),
        pytest.param(
            "const c = new AbortController(); let n = 0; c.signal.addEventListener('abort', () => n++);"
            "c.signal.onabort = () => n++; c.abort(); c.abort(); return n",
            2,
            id="listeners hear it once",
        ),
        pytest.param(
            "const c = new AbortController(); let n = 0; const f = () => n++; c.signal.addEventListener('abort', f);"
            "c.signal.removeEventListener('abort', f); c.abort(); return n",
            0,
            id="removed",
        ),
        pytest.param(
            "const c = new AbortController(); let seen; c.signal.addEventListener('abort',"
            " { handleEvent(event) { seen = [event.type, event.target === c.signal] } }); c.abort(); return seen",
            ["abort", True],
            id="a listener that is an object",
        ),
        pytest.param(
            "const signal = AbortSignal.timeout(1); await new Promise((r) => signal.addEventListener('abort', r));"
            "return signal.reason.name",
            "TimeoutError",
            id="timeout",
        ),
        pytest.param(
            "const c = new AbortController(); const any = AbortSignal.any([c.signal, AbortSignal.timeout(60000)]);"
            "c.abort('first'); return any.reason",
            "first",
            id="any",
        ),
        pytest.param(
            "try { AbortSignal.abort().throwIfAborted() } catch (error) { return error instanceof Error }",
            True,
            id="throwIfAborted",
        ),
        pytest.param(
            "try { new AbortSignal() } catch (error) { return [error.name, error.message] }",
            ["TypeError", "Illegal constructor"],
            id="nobody makes a signal",
        ),
    ],
)
async def test_a_signal_behaves_as_in_node(value: Value, body: str, expected: Any) -> None:
    """Each body returns what Node 20 gives."""
    assert await value(body) == expected


async def test_a_fetch_is_given_up_by_its_signal(value: Value, sender: FakeSender) -> None:
    """node-fetch takes the signal and rejects with its own AbortError."""
    sender.answers["https://api.test/"] = response("late")
    body = """const controller = new AbortController();
              const asked = fetch('https://api.test/', { signal: controller.signal });
              controller.abort();
              try { await asked } catch (error) { return [error.name, error.type, error.message] }"""
    assert await value(body) == ["AbortError", "aborted", "The user aborted a request."]
