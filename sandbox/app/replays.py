"""Stored messages, sent again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import orjson

from sandbox.access import ApiError
from sandbox.app import connect
from sandbox.clock import SandboxClock
from sandbox.edits import PathError, edited
from sandbox.journal import Journal, Selection
from sandbox.pipeline import Pipeline, Replay, TooDeepError
from sandbox.workspace import Workspace

REPLAYED_MAX: Final = 10_000
"""Messages that one replay sends at most."""

_AT_ONCE: Final = 500
_HINT: Final = "A path names parts with dots between them, such as properties.products.0.id."


@dataclass(frozen=True, slots=True)
class Edits:
    """What is changed in each message: values by dotted path, and paths that are taken out."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    removals: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Replays:
    """Sends stored messages again."""

    journal: Journal
    pipeline: Pipeline
    clock: SandboxClock

    async def send(
        self, workspace: Workspace, selection: Selection, destination: str | None, edits: Edits
    ) -> list[int]:
        """Send what matches again, to one destination or to all of its source; return the new numbers.

        A message whose source is gone stays where it is, and so does all that came after the replay began.

        Raises:
            ApiError: there is no such destination, or an edit does not fit a message.
        """
        _check(workspace, destination)
        intakes = {intake.slug: intake for intake in connect.intakes(workspace).values()}
        newest, after, made = self.journal.seq, 0, list[int]()
        while len(made) < REPLAYED_MAX:
            limit = min(_AT_ONCE, REPLAYED_MAX - len(made))
            stored = await self.journal.read.bodies(selection, after, newest, limit)
            if not stored:
                break
            after = stored[-1][0]
            for source, group in groupby(stored, key=lambda each: each[1]):
                if source in intakes:
                    replays = [self._replay(seq, body, edits) for seq, _, body in group]
                    made += await self._write(intakes[source], replays, destination)
        return made

    async def count(self, workspace: Workspace, selection: Selection) -> int:
        """Return how many messages `send` would send again."""
        by_source = await self.journal.read.accepted(selection)
        sources = {intake.slug for intake in connect.intakes(workspace).values()}
        return min(REPLAYED_MAX, sum(count for source, count in by_source.items() if source in sources))

    def _replay(self, seq: int, body: bytes, edits: Edits) -> Replay:
        try:
            message = edited(orjson.loads(body), edits.changes, edits.removals)
        except PathError as error:
            raise ApiError(400, "bad_edit", f"Message {seq} cannot be changed so: {error}.", _HINT) from None
        return Replay(seq, message, self.clock.real_ms())

    async def _write(self, intake: Any, replays: Sequence[Replay], destination: str | None) -> list[int]:
        try:
            accepted = await self.pipeline.replay(intake, replays, destination)
        except TooDeepError as error:
            raise ApiError(400, "too_deep", f"The event cannot be sent: {error}.", "Flatten it.") from None
        return list(range(accepted.first, accepted.last + 1))


def _check(workspace: Workspace, destination: str | None) -> None:
    enabled = [each.slug for each in workspace.destinations if each.enabled]
    if destination is not None and destination not in enabled:
        message = f"There is no enabled destination {destination}."
        raise ApiError(404, "no_such_destination", message, f"Enabled are: {', '.join(enabled) or 'none'}.")
