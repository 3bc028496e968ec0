"""The running sandbox: puts a workspace into effect, again at every change, and answers for it."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.access import ApiError
from sandbox.api.metrics import Gauges
from sandbox.app import connect
from sandbox.app.code_files import CodeFiles
from sandbox.app.describe import describe
from sandbox.app.dev_center import DevCenter
from sandbox.app.examination import Side, examine
from sandbox.app.functions import Functions, function_files, shown_path
from sandbox.app.linting import LintNotes
from sandbox.app.replays import Edits, Replays
from sandbox.app.setting_files import SettingFiles
from sandbox.clock import SandboxClock
from sandbox.delivery import Delivery
from sandbox.destinations.faults import Gate
from sandbox.errors import UserMistakeError
from sandbox.faults import Faults
from sandbox.journal import Accepted, Journal, Selection
from sandbox.lint import Script
from sandbox.messages import Arrival
from sandbox.outbound import Outbound
from sandbox.pipeline import Calls, Pipeline, TooDeepError
from sandbox.reload import Watcher
from sandbox.runtime import FunctionRuntime
from sandbox.samples import load_folder
from sandbox.sources import SourceFunctions, TokenServer, TrackingApi
from sandbox.workspace import FILE_NAME, Source, Workspace, embedded, find, load, secrets_of

log = logging.getLogger(__name__)

SAMPLES_FOLDER = "sample_events"


@dataclass(frozen=True, slots=True)
class TlsAddress:
    """Where the sandbox speaks TLS, and the certificate file of the authority that a client has to trust for it."""

    url: str
    authority: Path


@dataclass(frozen=True, slots=True)
class Parts:
    """The objects that a sandbox is made of, each built once."""

    clock: SandboxClock
    journal: Journal
    outbound: Outbound
    runtime: FunctionRuntime
    delivery: Delivery
    pipeline: Pipeline
    tracking: TrackingApi
    source_functions: SourceFunctions
    lint: LintNotes
    token_server: TokenServer
    faults: Faults


class Sandbox:
    """Keeps what runs in line with the workspace file.

    Attributes:
        workspace: the one in effect, with the sandbox's address filled in.
        tls: where it speaks TLS as well; None where it does not.
        dev_center: the Event Tester and the Test Suite.
        code_files: the functions' code in the partner's files.
        setting_files: the settings in the partner's workspace file.
    """

    def __init__(self, parts: Parts, workspace: Workspace, url: str, tls: TlsAddress | None = None) -> None:
        self._parts = parts
        self.url = url
        self.tls = tls
        self.workspace = workspace.at(url)
        self._earlier_secrets: frozenset[str] = frozenset()
        self._functions = Functions(parts.runtime, self._look_over)
        self._file_error: str | None = None
        self._watcher: Watcher | None = None
        self._began_after = parts.journal.seq
        self._reloads: Counter[tuple[str, str]] = Counter()
        self.dev_center = DevCenter(
            parts.runtime, parts.outbound, parts.clock, url, lambda: self.workspace, self._functions.state
        )
        self.code_files = CodeFiles(self._functions, lambda: self.workspace)
        self.setting_files = SettingFiles(lambda: self.workspace)

    def _look_over(self, script: Script) -> None:
        """Have the partner's own code looked over; that of the embedded workspace is the sandbox's own."""
        if self.workspace.file is not None:
            self._parts.lint.look_at(script)

    # -- putting a workspace into effect ------------------------------------------------------------

    async def start(self) -> None:
        """Load the code and connect the destinations; code that does not load is shown, and stops nothing."""
        await self._functions.load(self.workspace)
        self._connect()
        await self._stop_orphans(await self._parts.journal.read.pending_destinations())
        await self._parts.source_functions.take_up_again()

    def watch_with(self, watcher: Watcher) -> None:
        """Have this watcher watch the workspace's files, whichever they are."""
        self._watcher = watcher
        self._watch()

    async def on_change(self, files: frozenset[Path]) -> None:
        """Put changed files into effect: the workspace file, the functions' code, sample events."""
        started = time.perf_counter()
        if self._workspace_file in files:
            await self._reload_workspace(started)
        await self._reload_functions(files, started)
        if samples := [file for file in files if file.is_relative_to(self._samples)]:
            self._watch()  # there may be a new folder among them
            await self._reload_samples(set(_json_files(samples)))

    async def _reload_workspace(self, started: float) -> None:
        folder = self.workspace.folder
        try:
            file = find(folder)
            workspace = embedded(folder) if file is None else load(file)
        except UserMistakeError as mistake:
            self._file_error = str(mistake)
            await self._note_reload("workspace", self._workspace_file, started, str(mistake))
            return
        self._file_error = None
        before = {each.slug for each in self.workspace.destinations if each.enabled}
        if workspace.clock != self.workspace.clock:
            self._parts.clock.go(workspace.clock)
        self._earlier_secrets = self.secrets()
        self.workspace = workspace.at(self.url)
        await self._functions.load(self.workspace)
        self._connect()
        await self._stop_orphans(before)
        await self._parts.source_functions.give_up_orphans()
        self._watch()
        await self._note_reload("workspace", self._workspace_file, started, None)

    async def _reload_functions(self, files: frozenset[Path], started: float) -> None:
        """Put new code into effect; a destination may collect its messages differently with it."""
        reloaded = await self._functions.reload(self.workspace, files)
        for path, state in reloaded:
            await self._note_reload("function", path, started, state.error)
        if reloaded:
            self._connect()

    async def _reload_samples(self, files: Iterable[Path]) -> None:
        """Look the changed sample events over; they are read again whenever they are sent."""
        _, mistakes = load_folder(self._samples)
        for file in sorted(files):
            error = next((mistake for mistake in mistakes if file.name in mistake), None)
            await self._note_reload("samples", file, time.perf_counter(), error)

    async def _note_reload(self, what: str, path: Path, started: float, error: str | None) -> None:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        shown = shown_path(self.workspace, path)
        self._reloads[what, "ok" if error is None else "error"] += 1
        await self._parts.journal.note("reload", what=what, path=shown, error=error, took_ms=milliseconds)

    def _connect(self) -> None:
        """Swap in the sources and destinations; what is planned already goes to the old ones."""
        parts, workspace = self._parts, self.workspace
        parts.tracking.use(
            connect.intakes(workspace), strict=workspace.strict, oauth_enforced=connect.oauth_enforced(workspace)
        )
        parts.token_server.use(connect.signers(workspace))
        parts.source_functions.use(connect.source_functions(workspace))
        parts.faults.keep_lasting(workspace.faults)
        gate = Gate(parts.faults, parts.outbound, parts.clock)
        parts.delivery.connect(connect.attempts(workspace, parts.runtime, gate), connect.at_once(workspace))

    async def _stop_orphans(self, slugs: set[str]) -> None:
        """Stop what is pending for destinations that are gone or switched off."""
        known = {each.slug: each.enabled for each in self.workspace.destinations}
        for slug in sorted(slugs):
            if not known.get(slug):
                reason = "sandbox_destination_disabled" if slug in known else "sandbox_destination_removed"
                await self._parts.journal.stop(slug, reason)

    def _watch(self) -> None:
        if self._watcher is None:
            return
        files = [self._workspace_file, *(each.path for each in function_files(self.workspace))]
        folders = (place for place in self._samples.rglob("*") if place.is_dir())
        self._watcher.watch(files, [self._samples, *folders])

    @property
    def _workspace_file(self) -> Path:
        return self.workspace.file or self.workspace.folder / FILE_NAME

    @property
    def _samples(self) -> Path:
        return self.workspace.folder / SAMPLES_FOLDER

    # -- answering for it ----------------------------------------------------------------------------

    def mistakes(self) -> list[str]:
        """Return what is wrong with the partner's files at this moment, in sentences."""
        return [*([self._file_error] if self._file_error else []), *self._functions.errors()]

    def health(self) -> dict[str, Any]:
        """Return what is running and what is wrong."""
        delivery, reruns = self._parts.delivery, self._parts.source_functions.reruns
        return {
            "status": "ok",
            "url": self.url,
            "tls": {"url": self.tls.url, "authority": str(self.tls.authority)} if self.tls else None,
            "mistakes": self.mistakes(),
            "pending": self._parts.journal.pending,
            "reruns": reruns.waiting,
            "under_way": delivery.under_way + reruns.under_way,
            "full": self._parts.journal.full or reruns.full,
        }

    def gauges(self) -> Gauges:
        """Return what `/metrics` shows beyond what the journal counts."""
        parts = self._parts
        return Gauges(
            under_way=parts.delivery.under_way_by_destination(),
            paused=parts.delivery.paused(),
            function_runs=parts.runtime.runs,
            function_workers=len(parts.runtime.process_ids()),
            reloads=dict(self._reloads),
        )

    def secrets(self) -> frozenset[str]:
        """Return the values of sensitive settings, those of earlier workspace files too: they are in the journal."""
        return self._earlier_secrets | secrets_of(self.workspace)

    async def doctor(self, after: int | None) -> dict[str, Any]:
        """Say what has arrived from which SDK, and what looks wrong after a number, by default since the start."""
        side = Side(
            url=self.url,
            tls_url=self.tls.url if self.tls else None,
            workspace=self.workspace,
            workspace_mistake=self._file_error,
            function_errors=tuple(self._functions.errors()),
        )
        after = self._began_after if after is None else after
        return await examine(self._parts.journal, self._parts.tracking, side, after)

    def describe(self) -> dict[str, Any]:
        """Return the sources, functions and destinations as `GET /_sandbox/workspace` shows them."""
        return describe(self.workspace, self._functions, self._parts.delivery.paused(), self.url)

    def source_slugs(self) -> list[str]:
        """Return the slugs of the sources."""
        return [each.slug for each in self.workspace.sources]

    def destination_slugs(self) -> list[str]:
        """Return the slugs of the destinations."""
        return [each.slug for each in self.workspace.destinations]

    async def settle(self) -> None:
        """Wait until neither a call of a source function nor a delivery is due or under way."""
        reruns = self._parts.source_functions.reruns
        await reruns.settle()
        await self._parts.delivery.settle()
        while not reruns.settled:  # a delivery may have called one
            await reruns.settle()
            await self._parts.delivery.settle()

    def pause(self, destination: str, *, paused: bool) -> bool:
        """Hold a destination's deliveries back, or let them go on; False when there is none of that name."""
        delivery = self._parts.delivery
        return delivery.pause(destination) if paused else delivery.resume(destination)

    async def send(self, event: dict[str, Any], source: str | None, *, keep_message_id: bool) -> Accepted:
        """Send one event through a source as an SDK would; it gets a new messageId unless told to keep its own.

        Raises:
            ApiError: there is no such source, the event cannot be written, or too much is pending.
        """
        if not keep_message_id:
            event = {key: value for key, value in event.items() if key != "messageId"}
        return await self._take((event,), source, "/_sandbox/send")

    async def batch(self, events: Sequence[dict[str, Any]], source: str | None) -> Accepted:
        """Send events through a source as one batch, with the messageIds that they have; all of them, or none.

        Raises:
            ApiError: there is no such source, an event cannot be written, or too much is pending.
        """
        return await self._take(events, source, "/_sandbox/batch")

    async def _take(self, events: Sequence[dict[str, Any]], source: str | None, path: str) -> Accepted:
        intake = connect.intake_of(self.workspace, self._source(source))
        journal = self._parts.journal
        if journal.full:
            message = (
                f"{journal.pending} deliveries are pending; from {journal.pending_limit} on nothing is taken in."
            )
            raise ApiError(429, "too_many_requests", message, "Send it again when some of them are over.")
        arrival = Arrival(self._parts.clock.real_ms(), "server", intake.project_id, path=path)
        calls = Calls(events, arrival, delete_allowed=True)
        try:
            return await self._parts.pipeline.take(intake, calls)
        except TooDeepError as error:
            raise ApiError(400, "too_deep", f"The event cannot be sent: {error}.", "Flatten it.") from None

    async def try_again(self, selection: Selection) -> int:
        """Begin the schedule anew for the deliveries that match; return how many those are."""
        enabled = [each.slug for each in self.workspace.destinations if each.enabled]
        return await self._parts.journal.try_again(selection, enabled)

    async def replay(
        self, selection: Selection, destination: str | None, changes: Mapping[str, Any], removals: Sequence[str]
    ) -> list[int]:
        """Send stored messages again, changed or not; return the new numbers.

        Raises:
            ApiError: there is no such destination, or an edit does not fit a message.
        """
        return await self._replays.send(self.workspace, selection, destination, Edits(changes, removals))

    async def count_replay(self, selection: Selection) -> int:
        """Return how many messages a replay would send."""
        return await self._replays.count(self.workspace, selection)

    @property
    def _replays(self) -> Replays:
        return Replays(self._parts.journal, self._parts.pipeline, self._parts.clock)

    async def reset(self, source: str | None) -> int:
        """Forget everything, or what belongs to a source; return how many messages that were.

        Raises:
            ApiError: there is no such source.
        """
        slug = None if source is None else self._source(source).slug
        removed = await self._parts.journal.reset(slug)
        self._parts.source_functions.forget(slug)
        return removed

    def _source(self, slug: str | None) -> Source:
        sources = self.workspace.sources
        if slug is None and len(sources) == 1:
            return sources[0]
        found = next((each for each in sources if each.slug == slug), None)
        if found is None:
            names = ", ".join(each.slug for each in sources)
            message = (
                "Which source is meant?"
                if slug is None
                else f"There is no source {slug if slug.isprintable() else ascii(slug)}."
            )
            raise ApiError(404, "no_such_source", message, f"Name one of: {names}.")
        return found


def _json_files(changed: Iterable[Path]) -> Iterator[Path]:
    """Yield what may be a sample among what changed, a folder's files for a folder."""
    for path in changed:
        yield from path.rglob("*.json") if path.is_dir() else [path] if path.suffix == ".json" else []
