"""Says when the partner's files change; what to do about it is somebody else's."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

log = logging.getLogger(__name__)

STEP_MS: Final = 10
"""How long a save must have been quiet. A save that is seen half done does not load; the next one does."""


class Watcher:
    """Watches files, whether they exist yet or not; which ones may change at any time."""

    def __init__(self, on_change: Callable[[frozenset[Path]], Awaitable[None]]) -> None:
        self._on_change = on_change
        self._files: frozenset[Path] = frozenset()
        self._folders: frozenset[Path] = frozenset()
        self._moved = asyncio.Event()

    def watch(self, files: Iterable[Path], folders: Iterable[Path] = ()) -> None:
        """Watch these files, and every file directly in these folders."""
        wanted = frozenset(files), frozenset(folder for folder in folders if folder.is_dir())
        if wanted != (self._files, self._folders):
            self._files, self._folders = wanted
            self._moved.set()

    async def run(self) -> None:
        """Report changes until cancelled."""
        while True:
            self._moved.clear()
            places = {file.parent for file in self._files if file.parent.is_dir()} | self._folders
            if not places:
                await self._moved.wait()
                continue
            async for changes in awatch(
                *places,
                watch_filter=self._wanted,
                step=STEP_MS,
                stop_event=self._moved,
                recursive=False,
                rust_timeout=1_000,
            ):
                await self._on_change(frozenset(Path(path) for _, path in changes))

    def _wanted(self, _: Change, path: str) -> bool:
        file = Path(path)
        return file in self._files or file.parent in self._folders
