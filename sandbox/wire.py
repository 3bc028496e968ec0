"""What goes over the wire towards a partner's service: one request, and what became of it."""

import asyncio
from dataclasses import dataclass
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values in the order in which they were, or are to be, sent; a name may occur twice."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to send, exactly as given: no header is added but Host and Content-Length."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, as it came; a compressed `body` is still compressed."""

    status: int
    reason: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class NetworkError:
    """Why no response came.

    `code` is Node's name for it, which is also Segment's: ECONNREFUSED, ENOTFOUND, ECONNRESET,
    ECONNABORTED (no answer before the deadline), EAI_AGAIN, EHOSTUNREACH, EPROTO (TLS), and our own
    SANDBOX_REFUSED where the sandbox would not connect. `message` is one sentence.
    """

    code: str
    message: str


class StruckAndGivenUpError(asyncio.CancelledError):
    """A request was given up after a recipe had struck it; `fault` is the recipe's number."""

    def __init__(self, fault: int) -> None:
        super().__init__()
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response or the error in its stead.

    `fault` is the number of the recipe that struck it on purpose; `None` where none did.
    """

    request: Request
    outcome: Response | NetworkError
    started_at_ms: int
    duration_ms: float
    fault: int | None = None
