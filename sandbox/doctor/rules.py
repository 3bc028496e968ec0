"""What looks wrong: each rule reads the facts and says cause and cure of what it finds."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeVar

from sandbox.doctor.facts import Arrived, Facts, Refused
from sandbox.outcomes import reason
from sandbox.sdks import Sdk, sdk_of

Severity: TypeAlias = Literal["problem", "note"]
Rule: TypeAlias = Callable[[Facts], Iterator["Finding"]]

OF_A_KIND_MAX: Final = 10
"""Findings of one rule, the newest."""

CLOCK_OFF_MS: Final = 60_000
CLOCK_LOOKED_AT: Final = 20
"""Newest messages of an SDK that must all be off: a single one may have waited in the SDK's queue."""

NEAR_BOUND: Final = 0.8
"""Share of the pending deliveries that a journal may hold from which on there is something to do."""

_FIRST_EVENT: Final = '{"userId":"user-1","event":"Signed Up"}'
_MINUTE_MS: Final = 60_000
_KEY_PATHS: Final = ("/settings", "/analytics.min.js")
"""Ends of paths that hold a write key; where that is unknown, another rule says so."""
_CALLED: Final = (
    *(f"/v1/{name}" for name in ("batch", "import", "identify", "track", "page", "screen", "group", "alias")),
    *(f"/v1/{name}" for name in "bitpsga"),
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks wrong, or a note on what may be meant so.

    Attributes:
        id: the rule, for programs; docs/doctor.md has a row for each.
        count: how often it was seen; 0 where that means nothing.
        last_at_ms: when it was seen last.
    """

    id: str
    severity: Severity
    cause: str
    cure: str
    count: int = 0
    last_at_ms: int | None = None


def findings(facts: Facts) -> list[Finding]:
    """Judge the facts: problems first, then notes, each in the order of the rules."""
    found = [finding for rule in RULES.values() for finding in _bounded(rule(facts))]
    return sorted(found, key=lambda finding: finding.severity != "problem")


def _bounded(found: Iterable[Finding]) -> list[Finding]:
    return list(found)[:OF_A_KIND_MAX]


# -- nothing, or at the wrong door -------------------------------------------------------------------------------


def nothing_arrived(facts: Facts) -> Iterator[Finding]:
    """Nothing has come at all, not even a refused request."""
    if any(facts.new_messages()) or any(facts.new_refusals()) or facts.unknown_keys:
        return
    before = max((each.received_at_ms for each in facts.arrived), default=None)
    cure = (
        f"Point an SDK at {facts.url}: `segment-sandbox sdk NAME` prints the lines for each; one that is "
        f"pointed here may still hold its events back, so flush it.{_first_line(facts)}"
    )
    cause = f"Nothing has arrived after number {facts.after}." if facts.arrived else "Nothing has arrived yet."
    yield Finding("nothing_arrived", "problem", cause, cure, last_at_ms=before)


def _first_line(facts: Facts) -> str:
    """Give a command that sends an event, where there is a source to send it to."""
    key = next((source.write_key for source in facts.sources if source.enabled), None)
    if key is None:
        return " No source is enabled: nothing can be sent."
    return f" Or begin with a line of curl:\ncurl -u {key}: {facts.url}/v1/track -d '{_FIRST_EVENT}'"


def unknown_path(facts: Facts) -> Iterator[Finding]:
    """Somebody asks for a path that no SDK should."""
    strays = [
        each for each in facts.new_refusals() if each.code == "not_found" and not each.path.endswith(_KEY_PATHS)
    ]
    for (method, path), seen in _grouped(strays, lambda each: (each.method, each.path)).items():
        cause = f"{method} {path}{_by(seen[0])}: {seen[0].message}."
        yield _seen("unknown_path", cause, _path_cure(path), seen)


def _path_cure(path: str) -> str:
    """Say what is too much in a path, or wrong with its letters, where that can be told."""
    if path != (lower := path.lower()) and lower.rstrip("/").endswith(_CALLED):
        return f"Paths are in lower case: {lower}."
    for called in _CALLED:
        prefix = path.rstrip("/").removesuffix(called)
        if prefix and path.rstrip("/").endswith(called):
            return f"The SDK puts {called} after the address that it is given: give it one without {prefix}."
    return "Check the address that the SDK was given: `segment-sandbox sdk` shows the lines for each SDK."


def tls_to_plain_port(facts: Facts) -> Iterator[Finding]:
    """Somebody speaks TLS where plain HTTP is spoken."""
    seen = [each for each in facts.new_refusals() if each.code == "sandbox_tls"]
    if seen:
        cure = (
            f"Give the SDK {facts.tls_url}, and have it trust the authority."
            if facts.tls_url
            else "Start with `segment-sandbox up --tls` and use the address that it prints, or give the SDK http://."
        )
        cause = f"An SDK speaks TLS to {facts.url}, where only plain HTTP is understood."
        yield _seen("tls_to_plain_port", cause, cure, seen)


def tls_is_off(facts: Facts) -> Iterator[Finding]:
    """An SDK that speaks https only came before, and cannot come now."""
    if facts.tls_url is not None:
        return
    now = {sdk.name for each in facts.new_messages() if (sdk := _sdk(each))}
    for name, seen in _grouped([each for each in facts.arrived if _needs_tls(each)], _sdk_name).items():
        if name not in now:
            cause = f"{seen[0].library} has sent to this sandbox before; it speaks https only, and TLS is off."
            cure = "Start with `segment-sandbox up --tls`."
            yield Finding("tls_is_off", "problem", cause, cure, len(seen), seen[0].received_at_ms)


# -- keys and sources --------------------------------------------------------------------------------------------


def unknown_write_key(facts: Facts) -> Iterator[Finding]:
    """A write key that no source has; Segment answers 200 and loses the events."""
    for key in sorted(facts.unknown_keys, key=lambda each: -each.last_at_ms):
        cause = f"No source has the write key {key.shown}."
        cure = (
            f"It is nearly that of the source {key.near}: compare them."
            if key.near
            else "Give the SDK a source's key: `segment-sandbox sdk NAME` shows it in place."
        )
        yield Finding("unknown_write_key", "problem", cause, cure, key.count, key.last_at_ms)


def source_disabled(facts: Facts) -> Iterator[Finding]:
    """A source is off; with events for it, that is a problem."""
    lost = _grouped(
        [each for each in facts.new_messages() if each.reason == "source_disabled"], lambda each: each.source
    )
    for source in facts.sources:
        if source.enabled:
            continue
        cure = f"Take enabled = false out of the source {source.slug} in the workspace file, if it should be on."
        if seen := lost.get(source.slug):
            yield _arrived("source_disabled", f"The source {source.slug} is disabled, and loses events.", cure, seen)
        else:
            yield Finding("source_disabled", "note", f"The source {source.slug} is disabled.", cure)


# -- what became of it -------------------------------------------------------------------------------------------


def refused(facts: Facts) -> Iterator[Finding]:
    """Requests that were turned away for other reasons."""
    elsewhere = {"not_found", "sandbox_tls", "sandbox_fault"}
    others = [
        each
        for each in facts.new_refusals()
        if each.code not in elsewhere and "no source has the write key" not in each.message
    ]
    for (status, _), seen in _grouped(others, lambda each: (each.status, each.message.partition(":")[0])).items():
        newest = seen[0]
        cause = f"{newest.method} {newest.path}{_by(newest)} was answered {status or 'nothing'}: {newest.message}."
        cure = "Look at what came: GET /_sandbox/refused. An SDK that minds the answer drops these events."
        yield _seen("refused", cause, cure, seen)


def dropped(facts: Facts) -> Iterator[Finding]:
    """Messages that went no further, by reason."""
    elsewhere = {"project_not_found", "source_disabled", None}
    stopped = [
        each
        for each in facts.new_messages()
        if each.state in {"failed_on_ingest", "filtered_at_source"} and each.reason not in elsewhere
    ]
    for code, seen in _grouped(stopped, lambda each: str(each.reason)).items():
        known = reason(code)
        yield _arrived("dropped", f"{code}: {known.happened}", known.remedy, seen)


def duplicates(facts: Facts) -> Iterator[Finding]:
    """Messages whose id was seen before."""
    again = [each for each in facts.new_messages() if each.state == "duplicate"]
    for source, seen in _grouped(again, lambda each: each.source or "").items():
        total = sum(each.source == source for each in facts.new_messages())
        cause = (
            f"{len(seen)} of the newest {total} messages of {source} are duplicates: their messageId was seen before."
        )
        cure = "That is as it should be after a retry; else give each event a messageId of its own, or none."
        yield _arrived("duplicates", cause, cure, seen, "note")


def clock_off(facts: Facts) -> Iterator[Finding]:
    """An SDK whose clock is off by more than a minute."""
    timed = [each for each in facts.new_messages() if each.sent_at_ms is not None]
    for (source, library), seen in _grouped(timed, lambda each: (each.source, each.library)).items():
        newest = seen[:CLOCK_LOOKED_AT]
        off_ms = min((_behind_ms(each) for each in newest), key=abs)
        if abs(off_ms) > CLOCK_OFF_MS:
            way = "behind" if off_ms > 0 else "ahead"
            cause = (
                f"The clock of {library or 'what sends'} to {source or 'an unknown source'} is {_long(abs(off_ms))} "
                f"{way}: so far is sentAt from when the events arrive."
            )
            cure = (
                "Set the clock of that machine, or send sentAt as the time of sending. Segment corrects timestamp by "
                "this difference, so that a wrong sentAt shifts every event."
            )
            yield Finding("clock_off", "problem", cause, cure, len(seen), seen[0].received_at_ms)


def _long(ms: int) -> str:
    """Write how long that is, in the unit that fits."""
    for unit, unit_ms in (("days", 24 * 60 * _MINUTE_MS), ("hours", 60 * _MINUTE_MS)):
        if ms >= 2 * unit_ms:
            return f"{ms // unit_ms:,} {unit}"
    return f"{ms / _MINUTE_MS:.1f} minutes"


def _behind_ms(message: Arrived) -> int:
    return message.received_at_ms - (message.sent_at_ms or 0)


def old_sdk(facts: Facts) -> Iterator[Finding]:
    """An SDK for which Segment offers a newer one."""
    old = [each for each in facts.new_messages() if (sdk := _sdk(each)) and sdk.superseded_by]
    for name, seen in _grouped(old, _sdk_name).items():
        sdk = _sdk(seen[0])
        newer = sdk.superseded_by if sdk else name
        cause = f"{seen[0].library} {seen[0].version} is an older SDK, which Segment has another for."
        cure = f"See `segment-sandbox sdk {newer}`."
        yield Finding("old_sdk", "note", cause, cure, len(seen), seen[0].received_at_ms)


def faults(facts: Facts) -> Iterator[Finding]:
    """Requests that failed on purpose."""
    seen = [each for each in facts.new_refusals() if each.code == "sandbox_fault"]
    if seen:
        cure = "`segment-sandbox faults list` shows the recipes, `segment-sandbox faults clear` ends them."
        yield _seen("faults", "Requests failed because a fault was asked for.", cure, seen, "note")


# -- the sandbox's own side --------------------------------------------------------------------------------------


def workspace_mistake(facts: Facts) -> Iterator[Finding]:
    """The workspace file as it is now cannot be put into effect."""
    if facts.workspace_mistake is not None:
        cure = "Mend the file; until then the last good one is in effect. `segment-sandbox check` shows all mistakes."
        yield Finding("workspace_mistake", "problem", facts.workspace_mistake, cure)


def function_does_not_load(facts: Facts) -> Iterator[Finding]:
    """A function's code cannot run."""
    for error in facts.function_errors:
        cure = "Mend the code; `segment-sandbox check` looks it over. Older code, where there is some, still serves."
        yield Finding("function_does_not_load", "problem", error, cure)


def pending_near_bound(facts: Facts) -> Iterator[Finding]:
    """So much is pending that events will be turned away, or are."""
    if facts.pending < NEAR_BOUND * facts.pending_limit:
        return
    full = facts.pending >= facts.pending_limit
    then = "sources answer 429" if full else "at the bound, sources answer 429"
    cause = f"{facts.pending:,} deliveries are pending, of at most {facts.pending_limit:,}: {then}."
    cure = "Resume what is paused and see why the destination is slow; or raise [journal] keep in the workspace file."
    yield Finding("pending_near_bound", "problem", cause, cure, facts.pending)


RULES: Final[Mapping[str, Rule]] = {
    rule.__name__: rule
    for rule in (
        workspace_mistake,
        function_does_not_load,
        nothing_arrived,
        tls_to_plain_port,
        tls_is_off,
        unknown_path,
        unknown_write_key,
        source_disabled,
        refused,
        dropped,
        clock_off,
        pending_near_bound,
        duplicates,
        old_sdk,
        faults,
    )
}
"""Every rule by the id of its findings."""


# -- words and groups --------------------------------------------------------------------------------------------


def _grouped(items: Iterable[T], key: Callable[[T], Any]) -> dict[Any, list[T]]:
    """Group items, those with the newest first."""
    groups: defaultdict[Hashable, list[T]] = defaultdict(list)
    for each in items:
        groups[key(each)].append(each)
    return dict(groups)


def _seen(rule: str, cause: str, cure: str, seen: list[Refused], severity: Severity = "problem") -> Finding:
    return Finding(rule, severity, cause, cure, len(seen), seen[0].at_ms)


def _arrived(rule: str, cause: str, cure: str, seen: list[Arrived], severity: Severity = "problem") -> Finding:
    """Make a finding about messages, and say from whom most of them come."""
    (sender, _), *_ = Counter(_sender(each) for each in seen).most_common(1)
    return Finding(rule, severity, f"{cause}{sender}", cure, len(seen), seen[0].received_at_ms)


def _sender(message: Arrived) -> str:
    return f" From {message.library} {message.version or ''}".rstrip() + "." if message.library else ""


def _by(request: Refused) -> str:
    return f" by {request.user_agent}" if request.user_agent else ""


def _sdk(message: Arrived) -> Sdk | None:
    return sdk_of(message.library, message.version or "") if message.library else None


def _sdk_name(message: Arrived) -> str:
    sdk = _sdk(message)
    return sdk.name if sdk else ""


def _needs_tls(message: Arrived) -> bool:
    sdk = _sdk(message)
    return sdk is not None and sdk.tls
