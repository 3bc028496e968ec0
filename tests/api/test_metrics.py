"""`/metrics`, as Prometheus reads it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as read_text
from prometheus_client.samples import Sample

from sandbox.clock import Rate
from sandbox.workspace import WRITE_KEY
from tests.conftest import Running, destination, running, write_workspace
from tests.partner import Answer, Partner

BOTH = destination("crm", "webhook") + destination("mail", "webhook")
STEPS = {
    "failed_on_ingest": ("messages", {"state": "failed_on_ingest"}),
    "duplicate": ("messages", {"state": "duplicate"}),
    "filtered_at_destination": ("deliveries", {"state": "filtered"}),
    "failed_delivery": ("deliveries", {"state": "discarded"}),
    "successful_delivery": ("deliveries", {"state": "delivered"}),
}
"""Steps of the overview, and the counter that has the same number."""


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with Partner() as service:
        yield service


@pytest.fixture
async def sandbox(tmp_path: Path, partner: Partner) -> AsyncIterator[Running]:
    """Two webhooks, on a clock that stands still."""
    write_workspace(tmp_path, partner.url, destinations=BOTH)
    async with running(tmp_path, clock=Rate(0)) as started:
        await started.settled()
        yield started


def read_open_metrics(shown: str) -> list[Metric]:
    """Read OpenMetrics, strictly."""
    return list(text_string_to_metric_families(shown))  # type: ignore[no-untyped-call]  # the library lacks it


async def text(running: Running, **headers: str) -> str:
    """Scrape."""
    async with running.client.get(f"{running.url}/metrics", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def samples(running: Running) -> list[Sample]:
    """Scrape and read what came."""
    return [sample for family in read_text(await text(running)) for sample in family.samples]


def total(found: Iterable[Sample], name: str, **labels: str) -> float:
    """Add up what a metric has under these labels."""
    return sum(
        each.value
        for each in found
        if each.name == f"segment_sandbox_{name}" and labels.items() <= each.labels.items()
    )


async def test_the_numbers_are_those_of_the_overview(sandbox: Running, partner: Partner) -> None:
    """After events that were delivered, dropped, repeated, filtered, turned down, and await a retry."""
    partner.answer(Answer(), Answer(), Answer(400), Answer(), Answer(503), Answer(503))
    for call in (
        {"userId": "u", "event": "Taken", "messageId": "m"},
        {"userId": "u", "event": "Taken", "messageId": "m"},
        {"userId": "u", "event": "Turned Down"},
        {"userId": "u", "event": "Off", "integrations": {"All": False}},
        {"event": "Nobody's"},
        {"userId": "u", "event": "Later"},
    ):
        await sandbox.call("/v1/track", call)
        await sandbox.settled()
    found = await samples(sandbox)
    overview = await sandbox.get("/overview")
    steps = {each["step"]: each for each in overview["steps"]}
    for step, (metric, labels) in STEPS.items():
        assert steps[step]["total"] > 0, step
        assert total(found, f"{metric}_total", **labels) == steps[step]["total"], step
        for reason in steps[step]["reasons"]:
            assert total(found, f"{metric}_total", **labels, reason=reason["reason"]) == reason["count"]
    accepted = steps["successfully_received"]["total"]
    assert total(found, "messages_total", state="accepted", source="website", type="track") == accepted
    assert total(found, "deliveries_open", state="awaiting_retry") == steps["pending_retry"]["total"] == 2
    for slug in ("crm", "mail"):
        ended = total(found, "deliveries_total", destination=slug)
        assert ended + total(found, "deliveries_open", destination=slug) == accepted
    assert total(found, "attempts_total", state="delivered", code="2xx") == 3
    assert total(found, "attempts_total", state="discarded", code="4xx") == 1
    assert total(found, "attempts_total", state="awaiting_retry", code="5xx") == 2
    assert total(found, "attempt_duration_seconds_count") == 6
    assert total(found, "delivery_latency_seconds_count") == 3


async def test_latency_is_that_of_the_sandbox_s_clock(sandbox: Running, partner: Partner) -> None:
    """From the arrival to the end, the wait for a retry included; an attempt took what the machine's clock says."""
    partner.answer(Answer(503), Answer(503))
    await sandbox.call("/v1/track", {"userId": "u", "event": "Later"})
    await sandbox.settled()
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/clock", json={"advance": "1h"}) as answer:
        assert answer.status == 200
    await sandbox.settled()
    found = await samples(sandbox)
    assert total(found, "delivery_latency_seconds_bucket", le="5.0") == 0
    assert total(found, "delivery_latency_seconds_bucket", le="3600.0") == 2
    assert total(found, "delivery_latency_seconds_bucket", le="+Inf") == 2
    assert total(found, "attempt_duration_seconds_bucket", le="+Inf") == 4
    assert total(found, "attempt_duration_seconds_sum") < 3_600


async def test_what_runs_is_shown(sandbox: Running, tmp_path: Path) -> None:
    """What is held back, what waits, how the clock goes, reloads, runs of functions."""
    sandbox.sandbox.pause("crm", paused=True)
    await sandbox.call("/v1/track", {"userId": "u", "event": "e"})
    await sandbox.settled()
    (tmp_path / "function.js").write_text("async function onTrack(")
    await sandbox.sandbox.on_change(frozenset({tmp_path / "function.js"}))
    order = {
        "event": {"type": "track", "userId": "u", "event": "e"},
        "component": "function",
        "settings": {"apiKey": "local-api-key"},
    }
    async with sandbox.client.post(f"{sandbox.url}/_sandbox/tester", json=order) as answer:
        assert answer.status == 200
    found = await samples(sandbox)
    assert total(found, "destination_paused", destination="crm") == 1
    assert total(found, "destination_paused", destination="mail") == 0
    assert total(found, "deliveries_open", destination="crm", state="pending") == 1
    assert total(found, "attempts_under_way") == 0
    assert total(found, "reloads_total", what="function", result="error") == 1
    assert total(found, "function_runs_total") == 1
    assert total(found, "function_workers") >= 1
    assert total(found, "clock_speed_ratio") == 0
    assert total(found, "journal_messages") == 1
    assert total(found, "deliveries_open_limit") == sandbox.journal.pending_limit


async def test_a_reset_takes_nothing_from_the_counters(sandbox: Running) -> None:
    """Which may only grow; what the journal holds is gone."""
    await sandbox.call("/v1/track", {"userId": "u", "event": "e"})
    await sandbox.settled()
    sandbox.sandbox.pause("crm", paused=True)
    await sandbox.call("/v1/track", {"userId": "u", "event": "e"})
    await sandbox.settled()
    await sandbox.client.post(f"{sandbox.url}/_sandbox/reset", json={})
    found = await samples(sandbox)
    assert total(found, "messages_total") == 2
    assert total(found, "deliveries_total", state="delivered") == 3
    assert total(found, "journal_messages") == total(found, "deliveries_open") == 0


async def test_of_a_destination_that_is_gone_the_counters_stay(sandbox: Running, tmp_path: Path) -> None:
    """With what was stopped; what waits is shown of those alone that are there."""
    sandbox.sandbox.pause("mail", paused=True)
    await sandbox.call("/v1/track", {"userId": "u", "event": "e"})
    await sandbox.settled()
    file = write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("crm", "webhook"))
    await sandbox.sandbox.on_change(frozenset({file}))
    found = await samples(sandbox)
    stopped = total(
        found, "deliveries_total", destination="mail", state="stopped", reason="sandbox_destination_removed"
    )
    assert stopped == 1
    of_gauges = {"segment_sandbox_deliveries_open", "segment_sandbox_destination_paused"}
    assert {each.labels["destination"] for each in found if each.name in of_gauges} == {"crm"}


async def test_nothing_that_a_client_makes_up_becomes_a_label(sandbox: Running, partner: Partner) -> None:
    """No event, user, type that is none, write key, setting, path or code of a function's own."""
    for number in range(20):
        item = {"type": f"zzz-type-{number}", "userId": f"zzz-user-{number}", "event": f"zzz-event-{number}"}
        integrations = {"All": False, f"zzz-integration-{number}": True}
        known = {**item, "type": "track", "integrations": integrations}
        await sandbox.call("/v1/batch", {"batch": [item, known]})
        await sandbox.call("/v1/track", item, key=f"zzz-key-{number}")
        await sandbox.call(f"/v1/zzz-path-{number}", {})
    await sandbox.settled()
    shown = await text(sandbox)
    assert "zzz" not in shown
    assert WRITE_KEY not in shown
    assert "local-api-key" not in shown
    found = await samples(sandbox)
    assert total(found, "messages_total", reason="invalid_type", type="") == 20
    assert total(found, "messages_total", reason="project_not_found", source="") == 20
    assert total(found, "deliveries_total", reason="UNKNOWN_INTEGRATION", destination="") == 20


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param("application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5", "openmetrics", id="both"),
        pytest.param("text/plain;version=0.0.4", "plain", id="text"),
        pytest.param("text/html", "plain", id="a browser"),
        pytest.param("text/plain; version=x, ;;,=", "plain", id="nonsense"),
        pytest.param("application/openmetrics-text; version=x", "openmetrics", id="a version that is none"),
    ],
)
async def test_accept_chooses_the_format(embedded: Running, accept: str, content_type: str) -> None:
    """OpenMetrics for those who name it, the older text for all others; both can be read by the library's parsers."""
    expected = {
        "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "plain": "text/plain; version=0.0.4; charset=utf-8",
    }
    async with embedded.client.get(f"{embedded.url}/metrics", headers={"Accept": accept}) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, expected[content_type])
        read = read_open_metrics if content_type == "openmetrics" else read_text
        assert "segment_sandbox_messages" in {family.name for family in read(await answer.text())}


async def test_every_metric_has_help_type_and_a_good_name(embedded: Running) -> None:
    """Counters end in `_total`, names are lower case; nothing is shown twice."""
    await embedded.call("/v1/track", {"userId": "u", "event": "e"})
    await embedded.settled()
    shown = await text(embedded, Accept="application/openmetrics-text")
    families = read_open_metrics(shown)
    assert len({family.name for family in families}) == len(families)
    assert all(family.documentation and family.type != "unknown" for family in families)
    lines = [line.rpartition(" ")[0] for line in shown.splitlines() if not line.startswith("#")]
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param({"Host": "evil.example"}, "foreign_host", id="a foreign host"),
        pytest.param({"Origin": "http://evil.example"}, "foreign_origin", id="a foreign origin"),
    ],
)
async def test_a_foreign_page_sees_nothing(embedded: Running, headers: dict[str, str], code: str) -> None:
    """The same checks as at the rest of the sandbox's own API, and the same shape of error."""
    async with embedded.client.get(f"{embedded.url}/metrics", headers=headers) as answer:
        assert answer.status == 403
        assert (await answer.json())["error"]["code"] == code


async def test_no_call_of_an_sdk_is_in_the_way(embedded: Running) -> None:
    """The SDKs' own metrics go to `/v1/m`, and a POST to `/metrics` is an SDK with a wrong address."""
    for path in ("/v1/m", "/m"):
        assert (await embedded.call(path, {"series": []})).status == 200
    assert (await embedded.call("/metrics", {})).status == 404
    refused = (await embedded.get("/refused"))["refused"]
    assert [each["path"] for each in refused] == ["/metrics"]
    assert total(await samples(embedded), "requests_refused_total", status="404") == 1


async def test_scrapes_under_load_read_whole_and_growing_numbers(embedded: Running) -> None:
    """Two at once, while events come in: each can be read, counters never fall, and the end is exact."""
    batch = {"batch": [{"type": "track", "userId": "u", "event": "e"}] * 50}
    done = asyncio.Event()

    async def scrape() -> list[float]:
        seen = []
        while not done.is_set():
            seen.append(total(await samples(embedded), "messages_total"))
        return seen

    async with asyncio.TaskGroup() as group:
        scrapers = [group.create_task(scrape()) for _ in range(2)]
        for _ in range(20):
            await embedded.call("/v1/batch", batch)
        done.set()
    for scraper in scrapers:
        assert scraper.result() == sorted(scraper.result())
    await embedded.settled()
    found = await samples(embedded)
    assert total(found, "messages_total", state="accepted") == 1_000
    assert total(found, "deliveries_total", destination="webhook", state="delivered") == 1_000
    assert total(found, "attempts_total", destination="webhook") == 1_000
