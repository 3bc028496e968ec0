"""What the lint is given, and what it finds."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]
"""An error keeps the code from running at Segment; a warning is what bites in production."""

Handlers: TypeAlias = Literal["on", "2019"]
"""Which handlers count: those of today, or the names of 2019 as well."""


Kind: TypeAlias = Literal["any", "subscription", "destination", "source", "insert"]
"""Which kind of function the code is, if it is known."""


@dataclass(frozen=True, slots=True)
class Script:
    """A function's code: `path` is how the partner knows it, `web_globals` whether the sandbox gives it those."""

    path: str
    source: str
    handlers: Handlers = "on"
    kind: Kind = "any"
    web_globals: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found in a file.

    Attributes:
        rule: what it is, a heading of docs/lint.md.
        line: counts from 1.
        column: counts from 1, in UTF-16 units as V8 counts them.
        message: what bites, why at Segment, and what to write.
        source_line: the line of the code, as it is there.
    """

    path: str
    line: int
    column: int
    severity: Severity
    rule: str
    message: str
    source_line: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity} {self.rule}: {self.message}"
