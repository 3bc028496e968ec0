"""Runs the lint once for many snippets: the process costs more than the look."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.lint import Finding, Script, lint

Look = Callable[..., Awaitable[tuple[Finding, ...]]]


@pytest.fixture(scope="session")
def look() -> Look:
    """Look over one piece of code."""

    async def looked(source: str, **script: str) -> tuple[Finding, ...]:
        [findings] = await lint([Script("function.js", source, **script)])  # type: ignore[arg-type]  # one key, checked by the test
        return findings

    return looked
