"""Functions whose time limit is short on purpose, on a machine that may be too busy even for harmless code in it."""

from collections.abc import Awaitable, Callable

from sandbox.runtime import FunctionCode, FunctionRuntime, Invocation, Threw, TimedOut


async def load_in_time(runtime: FunctionRuntime, key: str, code: FunctionCode) -> None:
    """Load code that loads; again where the machine was too busy."""
    while (error := await runtime.load(key, code)) is not None:
        assert error.message.startswith("Timeout: "), error


async def end_in_time(invoke: Callable[[], Awaitable[Invocation]]) -> Invocation:
    """Run an event that ends by itself; again where the machine was too busy."""
    while _is_late(invocation := await invoke()):
        pass
    return invocation


def _is_late(invocation: Invocation) -> bool:
    """Tell whether the event, or the code in a new worker for it, ran into the limit."""
    ending = invocation.ending
    return isinstance(ending, TimedOut) or (isinstance(ending, Threw) and ending.name == "Timeout")
