"""The numbers of `/metrics` in Prometheus's formats.

Imported by the first scrape. Labels are what the workspace and the sandbox name: sources, destinations, types,
states, reasons; nothing of a message, and no key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from itertools import accumulate
from typing import Any, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from sandbox.api.metrics import Numbers
from sandbox.journal.ledger import OPEN_STATES
from sandbox.journal.tally import DURATION_BOUNDS_S, LATENCY_BOUNDS_S

PREFIX: Final = "segment_sandbox_"


def exposition(numbers: Numbers, *, open_metrics: bool) -> tuple[bytes, str]:
    """Write the numbers, and those of this process where the system tells them; return them with their type."""
    registry = CollectorRegistry()
    registry.register(Families(numbers))
    ProcessCollector(registry=registry)
    if open_metrics:
        text: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]  # the library lacks it
        return text, openmetrics.CONTENT_TYPE_LATEST
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


class Families(Collector):
    """The metrics of one scrape."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, whether or not it has a value yet."""
        yield from _counters(self._numbers)
        yield from _histograms(self._numbers)
        yield from _gauges(self._numbers)


def _counters(numbers: Numbers) -> Iterator[Metric]:
    totals = numbers.totals
    yield _counter(
        "messages",
        "Messages that came in, by the state in which they did and why they went no further.",
        ("source", "type", "state", "reason"),
        totals.messages,
    )
    yield _counter(
        "deliveries",
        "Deliveries that came to their end, by the state in which they did and why.",
        ("destination", "state", "reason"),
        totals.deliveries,
    )
    yield _counter(
        "attempts",
        "Attempts that ended, by the state that they led to and their code, of which a status shows its class.",
        ("destination", "state", "code"),
        totals.attempts,
    )
    yield _counter(
        "requests_refused",
        "Requests that were turned away at the door, by the status of the answer.",
        ("status",),
        {(str(status),): count for status, count in totals.refused.items()},
    )
    runs = {(): numbers.gauges.function_runs}
    yield _counter(
        "function_runs", "Runs of functions that began, in the Event Tester and the Test Suite too.", (), runs
    )
    yield _counter(
        "reloads",
        "Changes of files that were put into effect, or could not be.",
        ("what", "result"),
        numbers.gauges.reloads,
    )


def _histograms(numbers: Numbers) -> Iterator[Metric]:
    totals = numbers.totals
    yield _histogram(
        "attempt_duration_seconds",
        "How long attempts took, whatever they came to, by the machine's clock.",
        DURATION_BOUNDS_S,
        totals.durations,
        totals.duration_s,
    )
    yield _histogram(
        "delivery_latency_seconds",
        "From a message's arrival to its successful delivery, retries included, by the sandbox's clock.",
        LATENCY_BOUNDS_S,
        totals.latencies,
        totals.latency_s,
    )


def _gauges(numbers: Numbers) -> Iterator[Metric]:
    gauges, destinations = numbers.gauges, sorted(numbers.gauges.under_way)
    states = sorted(OPEN_STATES)
    yield _gauge(
        "deliveries_open",
        "Deliveries that are not over, those under way included: the queue of a destination, and its retries.",
        ("destination", "state"),
        {(each, state): numbers.open.get((each, state), 0) for each in destinations for state in states},
    )
    yield _gauge(
        "deliveries_open_limit",
        "How many deliveries may be open; from there on, sources answer 429.",
        (),
        {(): numbers.open_limit},
    )
    yield _gauge(
        "attempts_under_way",
        "Attempts that are running.",
        ("destination",),
        {(each,): gauges.under_way[each] for each in destinations},
    )
    yield _gauge(
        "destination_paused",
        "1 where the deliveries of a destination are held back, else 0.",
        ("destination",),
        {(each,): int(each in gauges.paused) for each in destinations},
    )
    yield _gauge("journal_messages", "Messages that the journal holds.", (), {(): numbers.kept})
    yield _gauge(
        "function_workers", "Processes that run functions, the spare one included.", (), {(): gauges.function_workers}
    )
    yield _gauge(
        "clock_speed_ratio",
        "How fast the sandbox's clock goes: 1 is real, 0 is manual, N is fast:N.",
        (),
        {(): numbers.speed},
    )
    yield _gauge("clock_time_seconds", "Seconds since 1970 by the sandbox's clock.", (), {(): numbers.now_s})
    info = InfoMetricFamily(PREFIX.rstrip("_"), "What runs here.")
    info.add_metric([], {"version": _version()})
    yield info


def _counter(name: str, told: str, labels: Sequence[str], counts: Mapping[Any, float]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, told, labels=labels)
    for values, count in _ordered(counts):
        family.add_metric(values, count)
    return family


def _gauge(name: str, told: str, labels: Sequence[str], counts: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, told, labels=labels)
    for values, count in _ordered(counts):
        family.add_metric(values, count)
    return family


def _ordered(counts: Mapping[Any, float]) -> Iterable[tuple[list[str], float]]:
    """Give label values and numbers in an order; a label without a value is an empty one, as Prometheus has it."""
    return sorted(([value or "" for value in values], count) for values, count in counts.items())


def _histogram(
    name: str, told: str, bounds: Sequence[float], counts: Mapping[tuple[str, int], int], sums: Mapping[str, float]
) -> Metric:
    """Make a histogram by destination; Prometheus's buckets count what the smaller ones hold as well."""
    family = HistogramMetricFamily(PREFIX + name, told, labels=("destination",))
    limits = [*map(str, bounds), "+Inf"]
    for destination, total in sorted(sums.items()):
        held = accumulate(counts.get((destination, number), 0) for number in range(len(limits)))
        family.add_metric([destination], list(zip(limits, held, strict=True)), total)
    return family


@cache
def _version() -> str:
    return version("segment-sandbox")
