"""docs/tracking-api.md says what the Tracking API does."""

import json
import re
from http import HTTPStatus

import pytest

from sandbox.clock import RealClock
from sandbox.messages import MESSAGE_VERSION
from sandbox.pipeline import DEPTH_MAX, Pipeline
from sandbox.sources import Tokens, TrackingApi
from sandbox.sources.cors import SEQ_HEADER
from sandbox.sources.tokens import LIFETIME_S
from sandbox.spec import BATCH_MAX_BYTES, BATCH_MAX_MESSAGES, CALL_MAX_BYTES
from tests.conftest import Running
from tests.docs.pages import ROOT, cells, fenced, read, section

TEXT = read("tracking-api.md")
PATHS = [[cell.strip("`") for cell in row] for row in cells(section(TEXT, "## Paths"))]
PIXELS = re.findall(r"`(?:GET /v1/pixel/)?(\w+)`", section(TEXT, "## Pixel").partition("take a call")[0])
BATCH, SUCCESS, REFUSAL = (json.loads(example) for example in fenced(TEXT, "json"))


async def test_every_path_has_its_row(embedded: Running) -> None:
    """And no other; each is there without the prefix, too, and so are the pixel and the metrics."""
    journal = embedded.journal
    routes = TrackingApi(Pipeline(journal), journal, RealClock(), Tokens(RealClock())).routes()
    told = {path for path, _family, _takes in PATHS} | {"/v1/m"} | {f"/v1/pixel/{kind}" for kind in PIXELS}
    assert told | {path.removeprefix("/v1") for path in told} == {
        route.path for route in routes if "{" not in route.path
    }


@pytest.mark.parametrize(("path", "family", "takes"), PATHS)
async def test_a_path_takes_what_its_row_says(embedded: Running, path: str, family: str, takes: str) -> None:
    """A call or a batch, with the channel of a library for servers or clients."""
    call = {"userId": "user-1", "event": "Signed Up"}
    body = {"batch": [{**call, "type": "track"}]} if takes == "a batch" else call
    response = await embedded.call(path, body)
    assert (response.status, await response.json()) == (200, SUCCESS)
    (message,) = await embedded.messages()
    assert message["state"] == "accepted"
    assert message["message"]["channel"] == {"server": "server", "client": "mobile"}[family]


async def test_the_batch_on_the_page_is_taken_in(embedded: Running) -> None:
    """Its numbers stand in the header, and what it says for all is in every message."""
    response = await embedded.call("/v1/batch", BATCH)
    assert (await response.json(), response.headers[SEQ_HEADER]) == (SUCCESS, "1-2")
    messages = [each["message"] for each in await embedded.messages()]
    assert [each["sentAt"] for each in messages] == [BATCH["sentAt"]] * 2
    assert [each["context"] for each in messages] == [BATCH["context"]] * 2


async def test_the_refusal_on_the_page_is_the_real_one(embedded: Running) -> None:
    """Word for word."""
    assert await (await embedded.call("/v1/track", "{bad")).json() == REFUSAL


def test_the_limits_are_the_real_ones() -> None:
    """In the order of the table."""
    told = re.findall(r"^\| [^|]+ \| ([\d,]+)", section(TEXT, "## Bodies"), re.MULTILINE)
    real = [CALL_MAX_BYTES, CALL_MAX_BYTES, BATCH_MAX_BYTES, BATCH_MAX_MESSAGES, DEPTH_MAX]
    assert [int(each.replace(",", "")) for each in told] == real


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("POST", "/v1/track", 400, "invalid_request", id="no JSON"),
        pytest.param("POST", "/v1/elsewhere", 404, "not_found", id="no such path"),
        pytest.param("GET", "/v1/track", 405, "invalid_request", id="no POST"),
    ],
)
async def test_a_status_has_the_code_of_its_row(
    embedded: Running, method: str, path: str, status: int, code: str
) -> None:
    """What is refused at the door."""
    assert f"| {status} | `{code}` |" in section(TEXT, "## Answers")
    async with embedded.client.request(method, embedded.url + path, data=b"") as response:
        assert (response.status, (await response.json())["code"]) == (status, code)


def test_every_code_of_an_answer_has_its_row() -> None:
    """Those that are written in the code, and no other."""
    source = (ROOT / "sandbox" / "sources" / "tracking_api.py").read_text("utf-8")
    written = {*re.findall(r"_RefusedError\((\d+), \"(\w+)\"", source), ("500", "internal")}
    assert {*re.findall(r"^\| (\d+) \| `(\w+)`", section(TEXT, "## Answers"), re.MULTILINE)} == written


async def test_every_stamped_field_has_its_row(embedded: Running) -> None:
    """What a message gets beyond what was sent, `context.ip` being for clients."""
    sent = {"type": "track", "userId": "user-1", "event": "Signed Up", "writeKey": "any"}
    await embedded.call("/v1/t", sent)
    (message,) = await embedded.messages()
    stamped = {name: value for name, value in message["message"].items() if name not in sent}
    told = {name.strip("`").partition(".")[0] for name, _value in cells(section(TEXT, "## Stamping"))}
    assert set(stamped) == told
    assert stamped["version"] == MESSAGE_VERSION
    assert stamped["context"] == {"ip": "127.0.0.1"}
    assert "writeKey" not in message["message"]


def test_every_error_of_the_authorization_server_has_its_row() -> None:
    """Those that are written in the code, and no other."""
    source = (ROOT / "sandbox" / "sources" / "oauth.py").read_text("utf-8")
    written = {("400", error) for error in re.findall(r"_no_token\(\s*\"(\w+)\"", source)}
    written |= {
        (str(HTTPStatus[status].value), error)
        for status, error in re.findall(r"NoTokenError\(HTTPStatus\.(\w+), \"(\w+)\"", source)
    }
    told = re.findall(r"^\| (\d+) \| `(\w+)`", section(TEXT, "## OAuth"), re.MULTILINE)
    assert set(told) == written
    assert f"good for {LIFETIME_S:,} seconds" in TEXT
