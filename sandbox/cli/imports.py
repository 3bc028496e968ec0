"""Imports what `up` runs with, without what such imports do in vain.

Half of the time until the sandbox is ready is spent here.
"""

import gc
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol


class Run(Protocol):
    """What `up` runs."""

    def __call__(self, folder: Path, flags: Mapping[str, Any]) -> int:
        """Serve until interrupted; return the exit code."""
        ...


def import_up() -> Run:
    """Import `up`; looking for garbage is left switched off, for `up` to switch on."""
    gc.disable()
    with _no_authorities():
        import aiohttp  # noqa: F401, PLC0415 - for its own sake
    from sandbox.cli.up import run  # noqa: PLC0415 - behind aiohttp

    return run


@contextmanager
def _no_authorities() -> Iterator[None]:
    """Have the machine's certificate authorities not be found.

    aiohttp reads them twice when it is imported, an eighth of all that importing takes. `outbound` reads them
    itself, when it first needs them.
    """
    name = ssl.get_default_verify_paths().openssl_cafile_env
    before = os.environ.get(name)
    os.environ[name] = os.devnull
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before
