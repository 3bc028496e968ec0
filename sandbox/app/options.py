"""How a sandbox is started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.clock import Rate
from sandbox.password import Password

DEFAULT_PORT: Final = 8484
DEFAULT_TLS_PORT: Final = 8485


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of `segment-sandbox up`; `keep` or `clock` None means what the workspace file says.

    `journal` is the folder of the journal; None means `.segment-sandbox` beside the workspace file.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls: bool = False
    tls_port: int = DEFAULT_TLS_PORT
    allow_hosts: tuple[str, ...] = ()
    password: Password | None = None
    ephemeral: bool = False
    journal: Path | None = None
    offline: bool = False
    keep: int | None = None
    clock: Rate | None = None
    reload: bool = True
