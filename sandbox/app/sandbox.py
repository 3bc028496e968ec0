"""The running sandbox: puts a workspace into effect, again at every change, and answers for it."""

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.access import ApiError
from sandbox.app import connect
from sandbox.clock import Clock
from sandbox.delivery import Delivery
from sandbox.errors import UserMistakeError
from sandbox.journal import Accepted, Journal
from sandbox.messages import Arrival
from sandbox.outbound import Outbound
from sandbox.pipeline import Calls, Pipeline, TooDeepError
from sandbox.reload import Watcher
from sandbox.runtime import FunctionCode, FunctionRuntime, LoadError
from sandbox.samples import load_folder
from sandbox.sources import TrackingApi
from sandbox.workspace import FILE_NAME, Source, Workspace, embedded, find, load

log = logging.getLogger(__name__)

SAMPLES_FOLDER = "sample_events"


@dataclass(frozen=True, slots=True)
class CodeState:
    """A function's code as it stands: `error` says why it does not load, `serving` whether older code runs."""

    path: str
    error: str | None = None
    serving: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """The objects that a sandbox is made of, each built once."""

    clock: Clock
    journal: Journal
    outbound: Outbound
    runtime: FunctionRuntime
    delivery: Delivery
    pipeline: Pipeline
    tracking: TrackingApi


class Sandbox:
    """Keeps what runs in line with the workspace file.

    Attributes:
        workspace: the one in effect, with the sandbox's address filled in.
    """

    def __init__(self, parts: Parts, workspace: Workspace, url: str) -> None:
        self._parts = parts
        self.url = url
        self.workspace = workspace.at(url)
        self._code: dict[Path, CodeState] = {}
        self._file_error: str | None = None
        self._watcher: Watcher | None = None

    # -- putting a workspace into effect ------------------------------------------------------------

    async def start(self) -> None:
        """Load the code and connect the destinations; code that does not load is shown, and stops nothing."""
        await self._load_code()
        self._connect()
        await self._stop_orphans(await self._parts.journal.read.pending_destinations())

    def watch_with(self, watcher: Watcher) -> None:
        """Have this watcher watch the workspace's files, whichever they are."""
        self._watcher = watcher
        self._watch()

    async def on_change(self, files: frozenset[Path]) -> None:
        """Put changed files into effect: the workspace file, the function's code, sample events."""
        started = time.perf_counter()
        if self._workspace_file in files:
            await self._reload_workspace(started)
        function = self.workspace.app.components.function
        if function is not None and function.code in files:
            await self._reload_code(started)
        if samples := [file for file in files if file.parent == self._samples]:
            await self._reload_samples(samples)

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
        self.workspace = workspace.at(self.url)
        await self._load_code()
        self._connect()
        await self._stop_orphans(before)
        self._watch()
        await self._note_reload("workspace", self._workspace_file, started, None)

    async def _reload_code(self, started: float) -> None:
        await self._load_code()
        for path, code in self._code.items():
            await self._note_reload("function", path, started, code.error)

    async def _reload_samples(self, files: Iterable[Path]) -> None:
        """Look the changed sample events over; they are read again whenever they are sent."""
        _, mistakes = load_folder(self._samples)
        for file in sorted(files):
            error = next((mistake for mistake in mistakes if file.name in mistake), None)
            await self._note_reload("samples", file, time.perf_counter(), error)

    async def _note_reload(self, what: str, path: Path, started: float, error: str | None) -> None:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        shown = self._shown(path)
        await self._parts.journal.note("reload", what=what, path=shown, error=error, took_ms=milliseconds)

    async def _load_code(self) -> None:
        """Build the function's new code; the old one serves until it stands, and after it if it does not."""
        function = self.workspace.app.components.function
        for path in [path for path in self._code if function is None or path != function.code]:
            del self._code[path]
            await self._parts.runtime.unload(str(path))
        if function is None:
            return
        shown = self._shown(function.code)
        try:
            source = await asyncio.to_thread(function.code.read_text, encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            failure: str | None = f"{shown} cannot be read: {error}"
        else:
            code = FunctionCode(shown, source, function.timeout)
            failed = await self._parts.runtime.load(str(function.code), code)
            failure = None if failed is None else load_sentence(failed)
        before = self._code.get(function.code)
        serving = failure is None or (before is not None and before.serving)
        self._code[function.code] = CodeState(shown, failure, serving)

    def _connect(self) -> None:
        """Swap in the sources and destinations; what is planned already goes to the old ones."""
        parts, workspace = self._parts, self.workspace
        parts.tracking.use(connect.intakes(workspace), strict=workspace.strict)
        parts.delivery.connect(connect.attempts(workspace, parts.runtime, parts.outbound))

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
        function = self.workspace.app.components.function
        files = [self._workspace_file, *([function.code] if function else [])]
        self._watcher.watch(files, [self._samples])

    @property
    def _workspace_file(self) -> Path:
        return self.workspace.file or self.workspace.folder / FILE_NAME

    @property
    def _samples(self) -> Path:
        return self.workspace.folder / SAMPLES_FOLDER

    def _shown(self, path: Path) -> str:
        """Show a path as the partner knows it: relative to the workspace, else its name."""
        return (
            str(path.relative_to(self.workspace.folder)) if path.is_relative_to(self.workspace.folder) else path.name
        )

    # -- answering for it ----------------------------------------------------------------------------

    def mistakes(self) -> list[str]:
        """Return what is wrong with the partner's files at this moment, in sentences."""
        errors = [self._file_error, *(code.error for code in self._code.values())]
        return [error for error in errors if error is not None]

    def health(self) -> dict[str, Any]:
        """Return what is running and what is wrong."""
        return {
            "status": "ok",
            "url": self.url,
            "mistakes": self.mistakes(),
            "pending": self._parts.journal.pending,
            "under_way": self._parts.delivery.under_way,
            "full": self._parts.journal.full,
        }

    def describe(self) -> dict[str, Any]:
        """Return the sources and destinations as `GET /_sandbox/workspace` shows them."""
        workspace = self.workspace
        return {
            "slug": workspace.slug,
            "name": workspace.name,
            "file": str(workspace.file) if workspace.file else None,
            "sources": [
                {"slug": each.slug, "name": each.name, "write_key": each.write_key, "enabled": each.enabled}
                for each in workspace.sources
            ],
            "destinations": [self._destination(each.slug) for each in workspace.destinations],
        }

    def _destination(self, slug: str) -> dict[str, Any]:
        destination = next(each for each in self.workspace.destinations if each.slug == slug)
        return {
            "slug": slug,
            "name": destination.name,
            "kind": destination.component,
            "source": destination.source,
            "enabled": destination.enabled,
            "state": self.destination_state(slug),
            "target": self.target(slug),
        }

    def destination_state(self, slug: str) -> str:
        """Say in a word or two how a destination stands."""
        destination = next(each for each in self.workspace.destinations if each.slug == slug)
        if not destination.enabled:
            return "disabled"
        if slug in self._parts.delivery.paused():
            return "paused"
        if destination.component == "function" and (code := self._function_state()) and code.error:
            return "old code serves" if code.serving else "does not load"
        return "ready"

    def target(self, slug: str) -> str:
        """Return where a destination's messages go: the endpoint, or the file of the function."""
        destination = next(each for each in self.workspace.destinations if each.slug == slug)
        components = self.workspace.app.components
        if destination.component == "webhook":
            return components.webhook.endpoint if components.webhook else ""
        return self._shown(components.function.code) if components.function else ""

    def _function_state(self) -> CodeState | None:
        return next(iter(self._code.values()), None)

    def pause(self, destination: str, *, paused: bool) -> bool:
        """Hold a destination's deliveries back, or let them go on; False when there is none of that name."""
        delivery = self._parts.delivery
        return delivery.pause(destination) if paused else delivery.resume(destination)

    async def send(self, event: dict[str, Any], source: str | None, *, keep_message_id: bool) -> Accepted:
        """Send one event through a source as an SDK would; it gets a new messageId unless told to keep its own.

        Raises:
            ApiError: there is no such source, or the event cannot be written.
        """
        intake = connect.intake_of(self.workspace, self._source(source))
        if not keep_message_id:
            event = {key: value for key, value in event.items() if key != "messageId"}
        arrival = Arrival(self._parts.clock.now_ms(), "server", intake.project_id)
        calls = Calls((event,), arrival, delete_allowed=True)
        try:
            return await self._parts.pipeline.take(intake, calls)
        except TooDeepError as error:
            raise ApiError(400, "too_deep", f"The event cannot be sent: {error}.", "Flatten it.") from None

    def _source(self, slug: str | None) -> Source:
        sources = self.workspace.sources
        if slug is None and len(sources) == 1:
            return sources[0]
        found = next((each for each in sources if each.slug == slug), None)
        if found is None:
            names = ", ".join(each.slug for each in sources)
            message = "Which source is meant?" if slug is None else f"There is no source {slug}."
            raise ApiError(404, "no_such_source", message, f"Name one of: {names}.")
        return found


def load_sentence(failed: LoadError) -> str:
    """Say why code does not load: file, line, column, the message and the source line."""
    place = ":".join(str(part) for part in (failed.path, failed.line, failed.column) if part is not None)
    sentence = f"{place}: {failed.message}"
    return f"{sentence}\n    {failed.source_line.strip()}" if failed.source_line else sentence
