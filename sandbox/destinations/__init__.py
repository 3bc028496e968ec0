"""One attempt at delivering one message to one destination."""

from typing import Protocol

from sandbox.wire import Exchange, Request


class Sender(Protocol):
    """Whoever sends requests: the network, or a fake in its place."""

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Send one request; what the network does is the exchange's outcome, never an exception."""
        ...
