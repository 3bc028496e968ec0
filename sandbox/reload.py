"""Says when the partner's files change; what to do about it is somebody else's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from watchfiles import Change

STEP_MS: Final = 10
"""How long a save must have been quiet. A save that is seen half done does not load; the next one does."""

LOOK_MS: Final = 500
"""How often the files are looked at besides, for what happened while the watch was being moved."""

Stamp: TypeAlias = tuple[int, int] | None
"""Time and size of a file, None where there is none."""


class Watcher:
    """Watches files, whether they exist yet or not; which ones may change at any time."""

    def __init__(self, on_change: Callable[[frozenset[Path]], Awaitable[None]]) -> None:
        self._on_change = on_change
        self._files: frozenset[Path] = frozenset()
        self._folders: frozenset[Path] = frozenset()
        self._stamps: dict[Path, Stamp] = {}
        self._moved = asyncio.Event()

    def watch(self, files: Iterable[Path], folders: Iterable[Path] = ()) -> None:
        """Watch these files, and every file directly in these folders."""
        before = self._places()
        self._files, self._folders = frozenset(files), frozenset(folders)
        self._stamps = {file: self._stamps.get(file, _stamp(file)) for file in self._files}
        if self._places() != before:
            self._moved.set()

    async def run(self) -> None:
        """Report changes until cancelled."""
        from watchfiles import awatch  # noqa: PLC0415 - when all else is ready, which need not wait for it

        while True:
            self._moved.clear()
            places = self._places()
            if not places:
                await self._moved.wait()
                continue
            async for changes in awatch(
                *places,
                watch_filter=self._wanted,
                step=STEP_MS,
                stop_event=self._moved,
                recursive=False,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
            ):
                changed = self._restamped() | {path for _, name in changes if (path := Path(name)) not in self._files}
                if changed:
                    await self._on_change(frozenset(changed))
                if self._places() != places:
                    break

    def _places(self) -> frozenset[Path]:
        """Return the folders to watch, those that exist."""
        wanted = {file.parent for file in self._files} | self._folders
        return frozenset(place for place in wanted if place.is_dir())

    def _wanted(self, _: "Change", name: str) -> bool:
        path = Path(name)
        return path in self._files or path.parent in self._folders

    def _restamped(self) -> set[Path]:
        """Return the files that are not as they were, and remember how they are."""
        now = {file: _stamp(file) for file in self._files}
        changed = {file for file in now if now[file] != self._stamps[file]}
        self._stamps = now
        return changed


def _stamp(file: Path) -> Stamp:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
