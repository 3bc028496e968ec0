"""What the doctor goes by, as plain values."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message in the journal; library, version and sentAt are what it says itself, as far as it does."""

    seq: int
    source: str | None
    state: str
    reason: str | None
    received_at_ms: int
    library: str | None = None
    version: str | None = None
    sent_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that was turned away at the door."""

    seq: int
    at_ms: int
    method: str
    path: str
    status: int
    code: str
    message: str
    source: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A write key that no source has.

    Attributes:
        shown: the key, masked.
        count: how many requests carried it since the sandbox started.
        near: the slug of a source whose key is so alike that it may be meant.
    """

    shown: str
    count: int
    last_at_ms: int
    near: str | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source of the workspace in effect."""

    slug: str
    write_key: str = field(repr=False)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the doctor looks at.

    Attributes:
        after: only what has a higher number is judged; the older tells which SDKs there are.
        arrived: the newest messages, newest first.
        refused: the newest refusals, newest first.
        tls_url: where the sandbox speaks TLS; None where it does not.
        workspace_mistake: what is wrong with the workspace file now.
        function_errors: why functions do not load, each a sentence.
        pending: deliveries that are not over, of at most `pending_limit`.
    """

    url: str
    after: int = 0
    tls_url: str | None = None
    sources: tuple[SourceState, ...] = ()
    arrived: tuple[Arrived, ...] = ()
    refused: tuple[Refused, ...] = ()
    unknown_keys: tuple[UnknownKey, ...] = ()
    workspace_mistake: str | None = None
    function_errors: tuple[str, ...] = ()
    pending: int = 0
    pending_limit: int = 1

    def new_messages(self) -> Iterator[Arrived]:
        """Give the messages that are judged, newest first."""
        return (each for each in self.arrived if each.seq > self.after)

    def new_refusals(self) -> Iterator[Refused]:
        """Give the refusals that are judged, newest first."""
        return (each for each in self.refused if each.seq > self.after)
