"""The Event Tester and the Test Suite of a running sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_vectors import BOILERPLATE
from tests.app.test_reload import of_reload
from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Answer, Partner

JSON = (("Content-Type", "application/json"),)
TRACK = {"type": "track", "userId": "user-1", "event": "Signed Up"}
THROWS = """async function onTrack(event) {
  console.log(event.event);
  throw new Error('no luck');
}
"""


async def post(sandbox: Running, path: str, order: Any) -> tuple[int, Any]:
    """Give an order and return status and answer."""
    async with sandbox.client.post(f"{sandbox.url}/_sandbox{path}", json=order) as response:
        return response.status, await response.json()


async def test_a_webhook_is_shown_with_request_and_response(tmp_path: Path) -> None:
    """One event goes to the destination as delivery would send it, and nothing is stored."""
    async with Partner(Answer(200, JSON, b'{"ok":true}')) as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            status, answer = await post(sandbox, "/tester", {"event": TRACK, "destination": "crm"})
            assert await sandbox.messages() == []
            assert (await sandbox.get("/deliveries"))["deliveries"] == []
    assert status == 200
    assert (answer["colour"], answer["code"], answer["outcome"]["state"]) == ("green", "200", "delivered")
    (exchange,) = answer["exchanges"]
    assert exchange["position"] == "1 of 1"
    assert json.loads(exchange["request"]["body"]) == answer["sent"] == json.loads(partner.received[0].body)
    assert exchange["response"]["body"] == '{"ok":true}'


async def test_filters_are_bypassed(tmp_path: Path) -> None:
    """An integrations object that says no keeps nothing from the Event Tester."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            order = {"event": {**TRACK, "integrations": {"All": False}}, "destination": "crm"}
            _, answer = await post(sandbox, "/tester", order)
    assert answer["colour"] == "green"
    assert len(partner.received) == 1


async def test_a_function_is_shown_with_logs_error_and_line(tmp_path: Path) -> None:
    """The cause of a red result is the line that threw."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "function"))
    (tmp_path / "function.js").write_text(THROWS)
    async with running(tmp_path) as sandbox:
        _, answer = await post(sandbox, "/tester", {"event": TRACK, "component": "function"})
    assert (answer["colour"], answer["rule"], answer["message"]) == ("red", "threw", "Error: no luck")
    assert [line["text"] for line in answer["logs"]] == ["Signed Up"]
    assert answer["error"]["message"] == "no luck"
    assert answer["cause"] == {"kind": "code", "place": "function.js:3:9", "text": "throw new Error('no luck');"}


async def test_an_event_that_no_sdk_gets_through_is_sent_with_a_warning(tmp_path: Path) -> None:
    """The tester does not go through the intake, and says what the intake would have said."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            _, answer = await post(sandbox, "/tester", {"event": {"type": "track"}, "destination": "crm"})
    assert answer["colour"] == "green"
    assert "no_user_anon_id" in answer["warnings"][0]


async def test_a_function_that_returns_in_spite_of_an_answer_is_warned_about(tmp_path: Path) -> None:
    """Green, since Segment counts it as delivered."""
    async with Partner(otherwise=Answer(500)) as partner:
        write_workspace(tmp_path, partner.url, destinations=destination("crm", "function"))
        (tmp_path / "function.js").write_text(f"async function onTrack() {{ await fetch('{partner.url}') }}")
        async with running(tmp_path) as sandbox:
            _, answer = await post(sandbox, "/tester", {"event": TRACK, "destination": "crm"})
    assert answer["colour"] == "green"
    assert "answered 500" in answer["warnings"][-1]


@pytest.mark.parametrize(
    ("path", "order", "status", "words"),
    [
        pytest.param("/tester", {"destination": "crm"}, 400, "event is missing", id="no event"),
        pytest.param("/tester", {"event": TRACK, "destination": "x"}, 404, "destination x", id="no destination"),
        pytest.param("/tester", {"event": TRACK}, 404, "Which component", id="neither"),
        pytest.param("/tester", {"event": TRACK, "destination": "off"}, 400, "is disabled", id="disabled"),
        pytest.param("/tester", {"event": TRACK, "destination": "crm", "x": 1}, 400, "x is not known", id="unknown"),
        pytest.param("/suite", {"component": "plugin"}, 404, "component plugin", id="no component"),
        pytest.param("/suite", {"component": 1}, 400, "component is of the wrong type", id="wrong type"),
        pytest.param("/suite", {"component": "webhook", "suite": "x"}, 404, "suite x", id="no suite"),
        pytest.param(
            "/suite",
            {"component": "webhook", "settings": {"apiKey": "1234567", "colour": "red"}},
            400,
            "colour is no setting of the App's webhook. The setting apiKey has 7 characters and does not match",
            id="key of 7 characters",
        ),
    ],
)
async def test_a_wrong_order_is_refused_before_anything_is_sent(
    tmp_path: Path, path: str, order: Any, status: int, words: str
) -> None:
    """With a sentence and a hint."""
    async with Partner() as partner:
        both = destination("crm", "webhook") + destination("off", "webhook", enabled=False)
        write_workspace(tmp_path, partner.url, destinations=both)
        async with running(tmp_path) as sandbox:
            answered, answer = await post(sandbox, path, order)
    assert answered == status
    assert words in answer["error"]["message"]
    assert answer["error"]["hint"]
    assert partner.received == []


async def test_the_suite_is_all_green_where_all_is_taken(tmp_path: Path) -> None:
    """Vector 4: eight events in order, `Success: 8`, `All Tests Passed!`."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            _, answer = await post(sandbox, "/suite", {"component": "webhook"})
            assert await sandbox.messages() == []
    assert (answer["passed"], answer["banner"], answer["counts"]["Success"]) == (True, "All Tests Passed!", 8)
    types = ["page", "page", "identify", "track", "group", "track", "track", "screen"]
    assert [json.loads(each.body)["type"] for each in partner.received] == types
    assert [each["title"] for each in answer["results"]][3] == "User Signs Up"


async def test_what_is_not_supported_is_yellow_and_what_is_refused_red(tmp_path: Path) -> None:
    """Vectors 5 and 6: 501 passes, 400 does not, and the partner's own message is shown."""
    refused = Answer(400, JSON, b'{"message":"Missing email address"}')
    async with Partner(*[Answer()] * 4, Answer(501), refused) as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            _, answer = await post(sandbox, "/suite", {"component": "webhook"})
    group, track = answer["results"][4:6]
    assert (group["colour"], group["code"], group["rule"]) == ("yellow", "501", "answered-501")
    assert (group["accepted"], track["accepted"]) == (True, False)
    assert (track["colour"], track["code"], track["message"]) == ("red", "400", "Missing email address")
    assert track["cause"] == {
        "kind": "response",
        "place": "response 1 of 1",
        "text": '400 Bad Request  {"message":"Missing email address"}',
    }
    assert (answer["passed"], answer["banner"]) == (False, "1 of 8 Tests Failed")
    assert answer["counts"] == {"Success": 6, "Unsupported": 1, "Rejected": 0, "Filtered": 0, "Failed": 1}


async def test_a_webhooks_400_is_yellow_where_the_workspace_says_so(tmp_path: Path) -> None:
    """It counts as a function's InvalidEventPayload does; a 422 stays red."""
    refusal = Answer(400, JSON, b'{"message":"Missing email address"}')
    async with Partner(refusal, Answer(422)) as partner:
        write_workspace(tmp_path, partner.url)
        file = tmp_path / "workspace.toml"
        text = file.read_text()
        assert "[app.components.webhook]\n" in text
        file.write_text(
            text.replace("[app.components.webhook]\n", '[app.components.webhook]\nanswer_400 = "yellow"\n')
        )
        async with running(tmp_path) as sandbox:
            _, run = await post(sandbox, "/suite", {"component": "webhook"})
    assert [(each["colour"], each["rule"]) for each in run["results"][:2]] == [
        ("yellow", "rejected"),
        ("red", "answered-4xx"),
    ]
    assert run["results"][0]["message"] == "Missing email address"
    assert (run["counts"]["Rejected"], run["counts"]["Failed"]) == (1, 1)


async def test_code_that_does_not_load_fails_though_earlier_code_serves(tmp_path: Path) -> None:
    """The suite judges what stands in the file: the line of a mistake, or that the file is gone."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "function"))
    file = tmp_path / "function.js"
    file.write_text("async function onTrack() {}\n")
    async with running(tmp_path) as sandbox:
        file.write_text("async function onTrack() {}\nmodule.exports = {};\n")
        _, broken = await post(sandbox, "/suite", {"component": "function"})
        file.unlink()
        _, gone = await post(sandbox, "/suite", {"component": "function"})
        sent = await sandbox.client.post(f"{sandbox.url}/_sandbox/send", json={"event": TRACK})
        assert sent.status == 200
        await sandbox.settled()
        (delivery,) = (await sandbox.get("/deliveries"))["deliveries"]
    assert delivery["state"] == "delivered"
    assert {each["rule"] for each in broken["results"] + gone["results"]} == {"does-not-load"}
    first = broken["results"][0]
    assert first["message"].startswith("ReferenceError: module is not defined Segment runs plain scripts")
    assert first["cause"] == {"kind": "code", "place": "function.js:2:1", "text": "module.exports = {};"}
    assert "cannot be read" in gone["results"][0]["message"]


async def test_the_event_tester_warns_that_earlier_code_ran(tmp_path: Path) -> None:
    """What serves is tried, and the answer says that the file has other code, which does not load."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "function"))
    file = tmp_path / "function.js"
    file.write_text("async function onTrack() {}\n")
    async with running(tmp_path, reload=True) as sandbox:
        _, before = await post(sandbox, "/tester", {"event": TRACK, "destination": "crm"})
        file.write_text("async function onTrack() {}\nmodule.exports = {};\n")
        await sandbox.change(of_reload("function", failed=True))
        _, to_destination = await post(sandbox, "/tester", {"event": TRACK, "destination": "crm"})
        _, to_component = await post(sandbox, "/tester", {"event": TRACK, "component": "function"})
    assert (before["colour"], before["warnings"]) == ("green", [])
    for answer in (to_destination, to_component):
        assert answer["colour"] == "green"
        (warning,) = answer["warnings"]
        assert warning.startswith(
            "This is what earlier code did: function.js has been saved since and does not load."
        )
        assert "function.js:2:1: ReferenceError: module is not defined" in warning


@pytest.mark.parametrize(
    ("order", "message"),
    [
        pytest.param({"only": ["nix", "also"]}, "The suite standard has no event also, nix.", id="unknown"),
        pytest.param({"only": ["nix", 1]}, "only.1 is no name.", id="no name"),
    ],
)
async def test_events_that_a_suite_has_not_are_named(tmp_path: Path, order: Any, message: str) -> None:
    """A run of nothing would pass."""
    write_workspace(tmp_path, "http://127.0.0.1:9/")
    async with running(tmp_path) as sandbox:
        status, answer = await post(sandbox, "/suite", {"component": "webhook", **order})
    assert (status, answer["error"]["message"]) == (400, message)


async def test_two_runs_send_the_same_bytes(tmp_path: Path) -> None:
    """Ids and times of the events do not depend on when they are sent."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            for _ in range(2):
                await post(sandbox, "/suite", {"component": "webhook"})
    requests = [(each.method, each.target, each.headers, each.body) for each in partner.received]
    assert requests[:8] == requests[8:]
    assert len({json.loads(each.body)["messageId"] for each in partner.received}) == 8


async def test_vector_11_the_boilerplate_function_meets_every_class(tmp_path: Path) -> None:
    """Four network results; page and group are rejected, screen is not supported, and no alias is sent."""
    async with Partner(otherwise=Answer(200, JSON, b'{"ok":true}')) as partner:
        extra = '[[app.settings]]\nlabel = "Endpoint"\n'
        write_workspace(tmp_path, partner.url, destinations=extra + destination("crm", "function"))
        (tmp_path / "function.js").write_text(BOILERPLATE)
        async with running(tmp_path) as sandbox:
            order = {"component": "function", "settings": {"endpoint": partner.url}}
            _, answer = await post(sandbox, "/suite", order)
    told = [(each["type"], each["colour"], each["code"], each["rule"]) for each in answer["results"]]
    page, group = ("page", "yellow", "400", "rejected"), ("group", "yellow", "400", "rejected")
    track = ("track", "green", "200", "delivered")
    identify, screen = ("identify", "green", "200", "delivered"), ("screen", "yellow", "501", "no-handler")
    assert told == [page, page, identify, track, group, track, track, screen]
    assert sum(each["requests"] for each in answer["results"]) == len(partner.received) == 4
    assert answer["passed"]
    assert answer["results"][0]["cause"]["text"].startswith("if (!settings.accountId) throw new ValidationError")


@pytest.mark.parametrize(
    ("suite", "count"),
    [
        pytest.param("alias-delete", 2, id="alias and delete"),
        pytest.param("spec", 68, id="the Spec's events"),
        pytest.param("hostile", 27, id="hostile"),
    ],
)
async def test_further_suites_go_through_what_takes_all(tmp_path: Path, suite: str, count: int) -> None:
    """Every event of them gets through Segment's intake, and so to the component."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            _, answer = await post(sandbox, "/suite", {"component": "webhook", "suite": suite})
    assert (answer["suite"], answer["counts"]["Success"], len(partner.received)) == (suite, count, count)
    assert [each["warnings"] for each in answer["results"] if each["warnings"]] == []
    assert len({each["name"] for each in answer["results"]}) == count


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        pytest.param("await fetch(url, { method: 'POST', body: JSON.stringify(event) })", "told", id="told"),
        pytest.param("await fetch(url, { method: 'POST', body: event.event })", "not-told", id="not told"),
        pytest.param("if (seen++) throw new Error('again')", "refused", id="refused"),
        pytest.param("return 1", "unknown", id="nothing sent"),
    ],
)
async def test_the_hostile_suite_judges_repeats(tmp_path: Path, code: str, verdict: str) -> None:
    """The same message comes twice; what matters is whether its messageId goes along."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url, destinations=destination("crm", "function"))
        source = f"let seen = 0; const url = '{partner.url}'; async function onTrack(event) {{ {code} }}"
        (tmp_path / "function.js").write_text(source)
        async with running(tmp_path) as sandbox:
            order = {
                "component": "function",
                "suite": "hostile",
                "only": ["hostile/duplicate-1", "hostile/duplicate-2"],
            }
            _, answer = await post(sandbox, "/suite", order)
    assert answer["idempotency"]["verdict"] == verdict
    assert answer["idempotency"]["words"]


async def test_the_partners_own_samples_are_held_to_their_expectations(tmp_path: Path) -> None:
    """Beside a sample lies what it is to come to; a difference is red, and named field by field."""
    samples = tmp_path / "sample_events"
    samples.mkdir()
    (samples / "good.json").write_text(json.dumps(TRACK))
    (samples / "bad.json").write_text(json.dumps({**TRACK, "event": "Refused"}))
    expected = {
        "outcome": {"colour": "green"},
        "requests": [{"method": "POST", "headers": {"user-agent": "Segment.io/1.0"}, "body": "{{any}}"}],
    }
    (samples / "good.expect.json").write_text(json.dumps(expected))
    (samples / "bad.expect.json").write_text('{"outcome": {"colour": "red", "code": "400"}}')
    (samples / "bad.webhook.expect.json").write_text('{"outcome": {"colour": "red", "code": "400"}}')
    async with Partner(Answer(400), Answer(), Answer(), Answer()) as partner:
        write_workspace(tmp_path, partner.url)
        async with running(tmp_path) as sandbox:
            order = {"component": "webhook", "suite": "samples"}
            answers = [(await post(sandbox, "/suite", order))[1] for _ in range(2)]
    first, second = answers
    assert [(each["name"], each["colour"], each["rule"]) for each in first["results"]] == [
        ("bad", "green", "as-expected"),
        ("good", "green", "delivered"),
    ]
    bad = second["results"][0]
    assert (bad["colour"], bad["rule"], second["passed"]) == ("red", "unexpected", False)
    assert bad["differences"] == [
        {"path": "outcome.colour", "expected": "red", "seen": "green"},
        {"path": "outcome.code", "expected": "400", "seen": "200"},
    ]


async def test_files_that_cannot_be_read_are_all_named(tmp_path: Path) -> None:
    """Samples and expectations."""
    samples = tmp_path / "sample_events"
    samples.mkdir()
    (samples / "a.json").write_text("{")
    (samples / "b.expect.json").write_text("[]")
    (samples / "c.expect.json").write_text('{"outcome": {"color": "red"}}')
    write_workspace(tmp_path, "http://127.0.0.1:9/")
    async with running(tmp_path) as sandbox:
        status, answer = await post(sandbox, "/suite", {"component": "webhook", "suite": "samples"})
    assert (status, answer["error"]["code"]) == (400, "bad_samples")
    for words in ("a.json:1:", "b.expect.json: it is no JSON object", "c.expect.json: outcome.color does not belong"):
        assert words in answer["error"]["message"]


VARYING = """let count = 0;
async function onTrack(event, settings) {
  count += 1;
  const body = JSON.stringify({
    count,
    now: Date.now(),
    date: new Date(),
    moment: moment().valueOf(),
    random: Math.random(),
    uuid: crypto.randomUUID(),
    bytes: crypto.randomBytes(4).toString('hex'),
    same: new Date() instanceof Date && new Date(0).constructor === Date && new Date(2020, 0).getFullYear(),
    text: typeof Date(),
  });
  await fetch('URL', { method: 'POST', body });
}
"""


async def test_two_runs_of_a_function_send_the_same_bytes(tmp_path: Path) -> None:
    """Clock, random numbers, ids and module scope begin anew with every run; without a run they are real."""
    async with Partner() as partner:
        write_workspace(tmp_path, partner.url, destinations=destination("crm", "function"))
        (tmp_path / "function.js").write_text(VARYING.replace("URL", partner.url))
        async with running(tmp_path) as sandbox:
            for _ in range(2):
                await post(sandbox, "/suite", {"component": "function"})
            await post(sandbox, "/tester", {"event": TRACK, "component": "function"})
    first, second = ([each.body for each in partner.received[start : start + 3]] for start in (0, 3))
    assert first == second
    bodies = [json.loads(each) for each in first]
    assert [each["count"] for each in bodies] == [1, 2, 3]
    assert len({each["uuid"] for each in bodies}) == len({each["random"] for each in bodies}) == 3
    assert all(each["date"].startswith("2019-05-31T23:27:37") for each in bodies)
    assert {(each["same"], each["text"]) for each in bodies} == {(2020, "string")}
    real = json.loads(partner.received[-1].body)
    assert real["now"] > 1_700_000_000_000
    assert real["uuid"] not in {each["uuid"] for each in bodies}


async def test_a_destination_function_is_tried_behind_its_insert_function(tmp_path: Path) -> None:
    """With its own settings and those that are given; what the insert function did is shown as well."""
    own = """
[[functions]]
slug = "mine"
kind = "destination"
code = "mine.js"
settings = { colour = "red" }

[[functions]]
slug = "before"
kind = "insert"
code = "before.js"
destination = "crm"

[[destinations]]
slug = "crm"
function = "mine"
source = "website"
enabled = true
"""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=own)
    (tmp_path / "mine.js").write_text(
        "async function onTrack(event, settings) { return [event.event, settings.colour] }"
    )
    (tmp_path / "before.js").write_text("async function onTrack(event) { event.event = 'Changed'; return event }")
    async with running(tmp_path) as sandbox:
        order = {"event": TRACK, "destination": "crm", "settings": {"colour": "blue"}}
        _, answer = await post(sandbox, "/tester", order)
    assert (answer["component"], answer["target"], answer["colour"]) == ("mine", "mine.js", "green")
    assert answer["returned"] == '["Changed","blue"]'
    assert answer["insert"]["function"] == "before"


LEAKS = """async function onTrack(event, settings) {
  console.log('with ' + settings.apiKey);
  await fetch(event.properties.url, { method: 'POST', headers: { 'X-Key': settings.apiKey }, body: settings.apiKey });
  throw new ValidationError('refused ' + settings.apiKey);
}
"""
"""A function that tells its key wherever it can."""


@pytest.mark.parametrize("key", ["local-api-key", "another-api-key"], ids=["of the workspace", "of the order"])
async def test_secrets_are_masked_unless_they_are_asked_for(tmp_path: Path, key: str) -> None:
    """In the Event Tester's answer and the Test Suite's; what the partner's service gets is whole."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "function"))
    (tmp_path / "function.js").write_text(LEAKS)
    async with Partner() as partner, running(tmp_path) as sandbox:
        event = {**TRACK, "properties": {"url": partner.url, "key": key}}
        settings = {"settings": {"apiKey": key}}
        tester = {"event": event, "component": "function", **settings}
        case = {"name": "leak", "title": "Leak", "event": event}
        suite = {"component": "function", "suite": "samples", "cases": [case], "observe": True, **settings}
        for path, order in (("/tester", tester), ("/suite", suite)):
            _, masked = await post(sandbox, path, order)
            _, shown = await post(sandbox, f"{path}?secrets=shown", order)
            leak = masked if path == "/tester" else masked["results"][0]
            seen = leak.pop("seen", None)
            assert key not in json.dumps(leak)
            assert "refused ••••" in leak["message"]
            assert leak["sent"]["properties"]["key"] == "••••"
            whole = shown if path == "/tester" else shown["results"][0]
            assert whole["message"] == leak["message"].replace("••••", key)
            assert whole.get("seen") == seen
    assert [each.header("X-Key") for each in partner.received] == [key] * 4


@pytest.mark.parametrize("path", ["/tester", "/suite"])
async def test_how_secrets_are_shown_is_one_of_two(tmp_path: Path, path: str) -> None:
    """A slip is a mistake, and never shows them."""
    write_workspace(tmp_path, "http://127.0.0.1:9/")
    async with running(tmp_path) as sandbox:
        order = {"event": TRACK, "component": "webhook"} if path == "/tester" else {}
        status, answer = await post(sandbox, f"{path}?secrets=yes", order)
    assert (status, answer["error"]["code"]) == (400, "bad_query")
