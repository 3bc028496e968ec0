"""What goes into the function runtime and what comes out, as values."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sandbox.outcomes import LogLine
from sandbox.wire import Exchange, Request

DEFAULT_MEMORY_MB = 128
"""V8's heap. Segment publishes no figure; this is the smallest that AWS Lambda gives."""
BESIDE_HEAP_MB = 128
"""What the process may take beyond the heap: buffers, WebAssembly, the engine's own."""


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """The partner's code.

    Attributes:
        path: how stacks and errors name the file, e.g. `function.js`.
        source: the JavaScript.
        timeout_s: seconds that one invocation may take. Source: segment-docs, Functions, Usage limits.
        kind: which handlers there are: a subscription function has no onBatch, a source function onRequest only.
        handlers: "2019" to take the names of that year as well; today's win.
        web_globals: whether there are web globals that Segment's runtime is not known to have.
        memory_mb: how large V8's heap may become, in MB.
        repeatable: whether clock and random numbers are the same in every run.
    """

    path: str
    source: str
    timeout_s: float = 5.0
    kind: Literal["subscription", "destination", "source", "insert"] = "subscription"
    handlers: Literal["on", "2019"] = "on"
    web_globals: bool = False
    memory_mb: int = DEFAULT_MEMORY_MB
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to run: the handler for an event's type, onBatch, or onRequest; both values are JSON.

    `sender` sends its requests; `None` stands for the runtime's own.
    """

    kind: Literal["event", "batch", "request"]
    value: bytes
    settings: bytes
    sender: "Sender | None" = None


@dataclass(frozen=True, slots=True)
class LoadError:
    """Why the code does not load: a syntax error, or an error thrown at module scope.

    Attributes:
        message: with the error's name, e.g. `SyntaxError: Unexpected token '}'`.
        line: counted from 1, `None` where it is not known; likewise `column`.
        source_line: that line of the code.
        logs: what the module scope wrote to the console before.
    """

    message: str
    path: str
    line: int | None = None
    column: int | None = None
    source_line: str | None = None
    logs: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """The handler came to its end.

    Attributes:
        value_json: the callback return as JSON text, `None` when it is undefined.
        truncated: whether the text was too long and is only its beginning.
    """

    value_json: str | None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Threw:
    """The handler threw, or its promise was rejected.

    Attributes:
        name: the error's name, such as `RetryError`; the type of what was thrown when it is no Error.
        stack: message and the partner's own frames.
        properties: its other properties, as far as they are JSON and short.
    """

    name: str
    message: str
    stack: str
    properties: dict[str, object]


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The handler did not end within its limit and was ended."""

    limit_s: float


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """The handler used more memory than it may: of V8's heap, or of the process (heap, buffers, WebAssembly).

    Attributes:
        memory_mb: how large V8's heap might have become, in MB.
    """

    which: Literal["heap", "process"]
    memory_mb: int = DEFAULT_MEMORY_MB

    @property
    def sentence(self) -> str:
        """Say which limit was hit, and where it comes from."""
        if self.which == "heap":
            return f"V8's heap grew beyond {self.memory_mb} MB (memory in the workspace file)."
        limit = self.memory_mb + BESIDE_HEAP_MB
        return f"The process, heap and buffers together, grew beyond {limit} MB (memory in the workspace file + 128)."


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process ended without an answer, or broke the protocol; `detail` says which, in a sentence."""

    detail: str


Ending: TypeAlias = Returned | Threw | TimedOut | OutOfMemory | Crashed


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a handler.

    Attributes:
        logs: console output, in order, cut off after 256 KB.
        exchanges: one per request and redirect, in the order of their answers.
        duration_ms: from handing over the event to the ending, without waiting for a free worker.
        emitted: what a source function made, as JSON `{"events": […], "objects": […]}`; `None` for nothing.
        left_open: timers and requests that were still going when the handler had ended.
    """

    ending: Ending
    logs: tuple[LogLine, ...]
    exchanges: tuple[Exchange, ...]
    duration_ms: float
    emitted: str | None = None
    left_open: tuple[str, ...] = ()


class Sender(Protocol):
    """The way out to the network."""

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Send one request, following no redirect and decoding no body; network errors are outcomes."""
        ...
