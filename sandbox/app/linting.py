"""Looks functions over as they are loaded, beside everything else, and notes in the journal what was found."""

import asyncio
import logging
from collections import Counter
from dataclasses import asdict
from typing import Final, NoReturn

from sandbox.errors import UserMistakeError
from sandbox.journal import Journal
from sandbox.lint import Finding, LintBrokenError, Script, lint

log = logging.getLogger(__name__)

FINDINGS_NOTED: Final = 100
"""For one script; whoever has more is told how many, and sees them with `segment-sandbox check`."""


class LintNotes:
    """Takes scripts at any time, and looks them over one after the other, only the newest of each path."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: dict[str, Script] = {}
        self._asked = asyncio.Event()
        self._seen: dict[str, tuple[Script, int]] = {}

    def look_at(self, script: Script) -> None:
        """Have a script looked over soon; one that was, and has not changed since, is not again."""
        seen = self._seen.get(script.path)
        if seen is None or seen[0] != script:
            self._waiting[script.path] = script
            self._asked.set()

    async def run(self) -> NoReturn:
        """Look over what is asked for, until cancelled; what goes wrong here stops nothing else."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            scripts, self._waiting = list(self._waiting.values()), {}
            try:
                found = await lint(scripts)
            except (UserMistakeError, LintBrokenError, OSError):
                log.exception("functions could not be looked over")
                continue
            for script, findings in zip(scripts, found, strict=True):
                await self._note(script, findings)

    async def _note(self, script: Script, findings: tuple[Finding, ...]) -> None:
        """Note what was found; that nothing is found any more is news, that nothing is found is none."""
        _, before = self._seen.get(script.path, (script, 0))
        self._seen[script.path] = (script, len(findings))
        if findings or before:
            counted = Counter(each.severity for each in findings)
            shown = [asdict(each) for each in findings[:FINDINGS_NOTED]]
            numbers = {"errors": counted["error"], "warnings": counted["warning"]}
            await self._journal.note("lint", path=script.path, **numbers, findings=shown)
