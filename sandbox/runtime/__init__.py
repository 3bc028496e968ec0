"""The partner's JavaScript, in processes that can be ended."""

from sandbox.runtime.invocation import (
    Crashed,
    Ending,
    FunctionCode,
    Invocation,
    LoadError,
    OutOfMemory,
    Returned,
    Sender,
    Threw,
    TimedOut,
)
from sandbox.runtime.runtime import FunctionRuntime

__all__ = [
    "Crashed",
    "Ending",
    "FunctionCode",
    "FunctionRuntime",
    "Invocation",
    "LoadError",
    "OutOfMemory",
    "Returned",
    "Sender",
    "Threw",
    "TimedOut",
]
