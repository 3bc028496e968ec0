"""The functions that the package brings along, run in V8 with a fetch of our own."""

import json
from pathlib import Path
from typing import Any

import pytest
from py_mini_racer import MiniRacer

from sandbox import samples, workspace

EMBEDDED = workspace.embedded(Path()).app.components.function

WORLD = """
class RetryError extends Error {}
class EventNotSupported extends Error {}
class InvalidEventPayload extends Error {}
class ValidationError extends Error {}
const btoa = (text) => `base64 of ${text}`;
const console = { log() {} };
const sent = [];
async function fetch(url, init) {
  if (STATUS === 0) throw new Error('no network');
  sent.push({ url, ...init, body: JSON.parse(init.body) });
  return { status: STATUS, ok: STATUS < 300, async text() { return 'words'; } };
}
async function tried(handler, event) {
  try {
    await handler(event, { apiKey: 'key', endpoint: 'http://here' });
    return JSON.stringify({ sent });
  } catch (error) {
    return JSON.stringify({ thrown: error.constructor.name, sent });
  }
}
"""


@pytest.fixture(params=["embedded", "template"])
def code(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The code of the embedded function, then of the one that init writes."""
    if request.param == "template":
        workspace.write_template(tmp_path, "function")
        return (tmp_path / "function.js").read_text("utf-8")
    assert EMBEDDED
    return EMBEDDED.code.read_text("utf-8")


def run(code: str, kind: str, event: object, status: int = 200) -> dict[str, Any]:
    """Run one handler against an endpoint that answers `status`, 0 for no answer at all."""
    world = f"const STATUS = {status};{WORLD}{code}"
    with MiniRacer() as v8:
        v8.eval(world)
        promise = v8.eval(f"tried(on{kind.capitalize()}, {json.dumps(event)})")
        answer: dict[str, Any] = json.loads(str(promise.get(timeout=10)))  # type: ignore[union-attr]  # it is one
    return answer


@pytest.mark.parametrize("sample", [each for each in samples.bundled() if each.event["type"] != "delete"])
def test_every_event_is_posted_with_its_key(code: str, sample: samples.Sample) -> None:
    """All six types of call go to the endpoint of the settings, as they came."""
    (request,) = run(code, sample.event["type"], sample.event)["sent"]
    assert request["url"].startswith("http://here")
    assert request["method"] == "POST"
    assert request["headers"]["Authorization"] == "Basic base64 of key:"
    assert request["body"] == sample.event


@pytest.mark.parametrize(
    ("status", "thrown"),
    [
        pytest.param(500, "RetryError", id="server-error"),
        pytest.param(429, "RetryError", id="too-many-requests"),
        pytest.param(0, "RetryError", id="no-answer"),
        pytest.param(400, "Error", id="client-error"),
    ],
)
def test_what_may_pass_is_tried_again(code: str, status: int, thrown: str) -> None:
    """A network failure, 429 and 5xx ask for a retry; another refusal gives the event up."""
    assert run(code, "track", {"type": "track"}, status)["thrown"] == thrown


def test_the_template_leaves_deletion_to_be_built(tmp_path: Path) -> None:
    """It says that it does not delete, rather than pretend."""
    workspace.write_template(tmp_path, "function")
    code = (tmp_path / "function.js").read_text("utf-8")
    assert run(code, "delete", {"type": "delete"}) == {"thrown": "EventNotSupported", "sent": []}


def test_the_template_asks_for_a_user_id(tmp_path: Path) -> None:
    """An identify call without one is turned down."""
    workspace.write_template(tmp_path, "function")
    code = (tmp_path / "function.js").read_text("utf-8")
    assert run(code, "identify", {"type": "identify"})["thrown"] == "InvalidEventPayload"
