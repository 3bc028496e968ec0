"""Tables of code, loaded into one worker together: a start for each line would take most of the time."""

import itertools
import json
from collections.abc import Iterable
from typing import Any

from sandbox.runtime import FunctionCode, FunctionRuntime, Returned

_keys = itertools.count()


class Cases:
    """Bodies of async functions with one parameter, `settings`."""

    def __init__(self, runtime: FunctionRuntime, bodies: Iterable[str]) -> None:
        self._runtime = runtime
        self._key = f"cases {next(_keys)}"
        self._numbers = {body: number for number, body in enumerate(bodies)}

    async def load(self) -> None:
        """Load them all."""
        functions = ",\n".join(f"async (settings) => {{ {body} }}" for body in self._numbers)
        source = f"const CASES = [{functions}];\nonTrack = (event, settings) => CASES[event.number](settings)"
        error = await self._runtime.load(self._key, FunctionCode("cases.js", source))
        assert error is None, error

    async def value(self, body: str, settings: object = None) -> Any:
        """Return what one of them returns, as Python has it."""
        event = {"type": "track", "number": self._numbers[body]}
        invocation = await self._runtime.invoke(
            self._key, json.dumps(event).encode(), json.dumps(settings or {}).encode()
        )
        assert isinstance(invocation.ending, Returned), invocation.ending
        return None if invocation.ending.value_json is None else json.loads(invocation.ending.value_json)

    async def unload(self) -> None:
        """Let the worker go."""
        await self._runtime.unload(self._key)
