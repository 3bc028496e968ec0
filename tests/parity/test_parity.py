"""Functions end here as they end in Node 20 with Segment's packages."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.clock import RealClock
from sandbox.runtime import FunctionCode, FunctionRuntime, Invocation, LoadError
from sandbox.wire import Exchange, NetworkError, Request
from tests.needs import node, npm_package
from tests.parity.answers import ANSWERS, answers_as_json
from tests.parity.cases import PATH, SETTINGS, Case, Record, all_cases, comparable, differences, recorded
from tests.parity.exceptions import EXCEPTIONS

NODE_S = 60
RUNNER = Path(__file__).resolve().parent / "node_runner.mjs"
ENVIRONMENT = {"TZ": "UTC", "LANG": "en_US.UTF-8"}


class CannedSender:
    """Answers as the table says, and everything else with ENOTFOUND."""

    async def send(self, request: Request, *, timeout_s: float) -> Exchange:
        """Answer at once, or never."""
        host = request.url.split("/")[2].rpartition(":")[0] or request.url.split("/")[2]
        answer = ANSWERS.get(request.url, NetworkError("ENOTFOUND", f"getaddrinfo ENOTFOUND {host}"))
        if answer is None:
            await asyncio.sleep(timeout_s)
            answer = NetworkError("ECONNABORTED", "no answer came in time")
        return Exchange(request, answer, 0, 0.0)


@pytest.fixture(scope="session")
def node_records() -> Mapping[str, Record]:
    """What every function came to in Node, all run in one process."""
    npm_package("node-fetch")
    job = {"answers": answers_as_json(), "cases": [case.as_json() for case in all_cases()]}
    command = [str(node()), "--no-warnings", str(RUNNER)]
    done = subprocess.run(
        command, input=json.dumps(job), env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=NODE_S
    )
    assert done.returncode == 0, done.stderr
    records: dict[str, Record] = json.loads(done.stdout)
    return records


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parity_runtime() -> AsyncIterator[FunctionRuntime]:
    """A runtime that sends nowhere."""
    started = FunctionRuntime(CannedSender(), RealClock())
    await started.start()
    yield started
    await started.close()


async def run_here(runtime: FunctionRuntime, case: Case) -> Invocation | LoadError:
    """Run a function once in a worker of its own."""
    error = await runtime.load(case.name, FunctionCode(PATH, case.code, kind=case.kind))
    if error is not None:
        return error
    given = case.name, json.dumps(case.value).encode(), json.dumps(SETTINGS).encode()
    match case.call:
        case "event":
            invocation = await runtime.invoke(*given)
        case "batch":
            invocation = await runtime.invoke_batch(*given)
        case _:
            invocation = await runtime.invoke_request(*given)
    await runtime.unload(case.name)
    return invocation


def _excepted(path: str, expected: Mapping[str, str]) -> str | None:
    """Return the exception that a difference falls under."""
    return next((key for key in expected if key == path or (key.endswith("*") and path.startswith(key[:-1]))), None)


def _shown(found: Mapping[str, tuple[Any, Any]]) -> str:
    lines = (f"{path}\n    here: {ours!r}\n    Node: {nodes!r}" for path, (ours, nodes) in found.items())
    return "\n".join(lines)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in all_cases()])
async def test_a_function_ends_as_in_node(
    case: Case, node_records: Mapping[str, Record], parity_runtime: FunctionRuntime
) -> None:
    """Outcome, error, line, logs and requests are Node's, but for the exceptions, each of which still differs."""
    here = comparable(recorded(await run_here(parity_runtime, case)))
    found = differences(here, comparable(node_records[case.name]))
    expected = EXCEPTIONS.get(case.name, {})
    unexpected = {path: pair for path, pair in found.items() if _excepted(path, expected) is None}
    assert not unexpected, f"{case.name} differs from Node:\n{_shown(unexpected)}"
    stale = set(expected) - {_excepted(path, expected) for path in found}
    assert not stale, f"{case.name} no longer differs here; remove from exceptions.py: {sorted(stale)}"


def test_exceptions_name_cases_that_exist() -> None:
    """No exception outlives its case."""
    assert not set(EXCEPTIONS) - {case.name for case in all_cases()}
