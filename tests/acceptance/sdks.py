"""Segment's own SDKs for servers, each as a process that sends what it is told to."""

import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.needs import missing, node, npm_package
from tests.programs import output_of

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sdk:
    """An SDK.

    Attributes:
        package: what the program imports.
        library: its name in `context.library`.
        program: the file that sends with it.
        quick: its options for tests that do not wait for long; `{retries}` stands for how often it is to try again.
        trust: the variable of the environment that makes it trust an authority.
        final: statuses after which it gives an event up at once.
        transient: statuses after which it sends again.
    """

    package: str
    library: str
    program: str
    quick: Mapping[str, Any]
    trust: str
    final: tuple[int, ...]
    transient: tuple[int, ...]

    async def send(
        self,
        host: str,
        write_key: str,
        *rounds: list[str],
        environment: Mapping[str, str] | None = None,
        max_retries: int = 3,
        options: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> list[str]:
        """Track events, each round flushed before the next; return what the SDK complained of.

        `options` are those of the SDK's client, in place of the quick ones.
        """
        quick = {name: max_retries if value == RETRIES else value for name, value in self.quick.items()}
        chosen = quick if options is None else dict(options)
        order = {"package": self.package, "host": host, "writeKey": write_key, "rounds": rounds, "options": chosen}
        stdout = await output_of(*self.command(), json.dumps(order | more), environment=environment)
        errors: list[str] = json.loads(stdout)
        return errors

    def command(self) -> list[str]:
        """Return how the program is started; where it cannot be, skip loudly."""
        program = str(HERE / self.program)
        if program.endswith(".py"):
            if importlib.util.find_spec(self.package) is None:
                missing(f"there is no package {self.package}; install the test extra")
            return [sys.executable, program]
        npm_package(self.package)
        return [str(node()), program]


RETRIES: Final = "{retries}"
_LATER: Final = (429, 500, 502, 503, 504)
_REFUSED: Final = (400, 401, 403, 404, 413)
_PYTHON: Final = {"upload_interval": 0.05, "timeout": 5, "max_retries": RETRIES}
PYTHON: Final = Sdk(
    "segment.analytics",
    "analytics-python",
    "sdk_python.py",
    _PYTHON,
    "REQUESTS_CA_BUNDLE",
    final=(*_REFUSED, 501, 505, 511),
    transient=(*_LATER, 408, 410, 460),
)
NODE: Final = Sdk(
    "@segment/analytics-node",
    "@segment/analytics-node",
    "sdk_node.mjs",
    {"flushAt": 100, "httpRequestTimeout": 5000, "maxRetries": RETRIES},
    "NODE_EXTRA_CA_CERTS",
    final=PYTHON.final,
    transient=PYTHON.transient,
)
OLD_PYTHON: Final = Sdk(
    "analytics",
    "analytics-python",
    "sdk_python.py",
    _PYTHON,
    "REQUESTS_CA_BUNDLE",
    final=(*_REFUSED, 408, 410, 460),
    transient=(*_LATER, 501, 505, 511),
)
OLD_NODE: Final = Sdk(
    "analytics-node",
    "analytics-node",
    "sdk_node.mjs",
    {"flushAt": 100, "timeout": 5000, "retryCount": RETRIES},
    "NODE_EXTRA_CA_CERTS",
    final=OLD_PYTHON.final,
    transient=OLD_PYTHON.transient,
)
SDKS: Final = [pytest.param(PYTHON, id="python"), pytest.param(NODE, id="node")]
OLD_SDKS: Final = [pytest.param(OLD_PYTHON, id="older python"), pytest.param(OLD_NODE, id="older node")]
ALL_SDKS: Final = [*SDKS, *OLD_SDKS]
