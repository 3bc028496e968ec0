"""Runs the lint once for many snippets: the process costs more than the look."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.lint import Finding, Script, lint

Look = Callable[..., Awaitable[tuple[Finding, ...]]]


@pytest.fixture(scope="session")
def look() -> Look:
    """Look over one piece of code."""

    async def looked(source: str, **script: Any) -> tuple[Finding, ...]:
        [findings] = await lint([Script("function.js", source, **script)])
        return findings

    return looked
