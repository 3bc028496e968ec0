"""One attempt at delivering messages to one destination."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sandbox.outcomes import AttemptRecord
from sandbox.wire import Exchange, Request


class Sender(Protocol):
    """Whoever sends requests: the network, or a fake in its place."""

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Send one request; what the network does is the exchange's outcome, never an exception."""
        ...


@dataclass(frozen=True, slots=True)
class Try:
    """A message on its way to a destination, and which attempt this is.

    Attributes:
        body: the normalised message as JSON.
        number: of the attempt, counted from 1.
        at_ms: when the attempt begins, by the sandbox's clock.
    """

    destination: str
    type: str
    event: str | None
    message_id: str
    body: bytes
    number: int = 1
    at_ms: int = 0


class Attempts(Protocol):
    """A destination as delivery sees it: something that can be tried with one message."""

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Hand the message to the component once; news is a value, never an exception."""
        ...


@dataclass(frozen=True, slots=True)
class BatchRule:
    """When a batch goes out: with `max_count` messages, or `wait_s` seconds after its first one came.

    Source: segment-docs, Destination functions, Batching.
    """

    max_count: int
    wait_s: float


class BatchAttempts(ABC):
    """A destination that may take several messages in one attempt, or one like any other.

    A base class, for delivery asks before every attempt, and asking a protocol takes fifty times as long.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def batching(self) -> BatchRule | None:
        """Return how messages are collected; `None` while each is to be tried by itself."""

    @abstractmethod
    async def attempt(self, tried: Try) -> AttemptRecord:
        """Hand one message over; see `Attempts`."""

    @abstractmethod
    async def attempt_batch(self, tried: Sequence[Try]) -> Sequence[AttemptRecord]:
        """Hand several messages over at once; the records are in the messages' order."""
