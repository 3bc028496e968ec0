"""Starts the sandbox, serves until told to stop, and takes everything down again."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from sandbox.access import Guard
from sandbox.api import make_api
from sandbox.api.metrics import MetricsEndpoint
from sandbox.app.http_server import Runner
from sandbox.app.linting import LintNotes
from sandbox.app.options import Options
from sandbox.app.sandbox import Parts, Sandbox, TlsAddress
from sandbox.app.state import announced, state_folder
from sandbox.clock import Clock, SandboxClock
from sandbox.delivery import Delivery
from sandbox.errors import CannotStartError
from sandbox.faults import Faults
from sandbox.journal import Journal, Refusal
from sandbox.outbound import Outbound
from sandbox.pipeline import Pipeline
from sandbox.reload import Watcher
from sandbox.runtime import FunctionRuntime
from sandbox.sources import Cdn, FaultGate, SourceFunctions, Tokens, TokenServer, TrackingApi
from sandbox.sources.tracking_api import READ_MAX_BYTES
from sandbox.spec import DEDUPLICATION_WINDOW_MS
from sandbox.ui import page_routes
from sandbox.workspace import Workspace, embedded, find, load

STOP_S: Final = 2
"""How long a stop waits for requests under way, in seconds."""


_EVERY_ADDRESS: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound

OnReady = Callable[[Sandbox, Journal], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The parts that are there before the workspace is read.

    So the first worker can start meanwhile, which takes longer than all the rest; only a function waits for it.
    """

    clock: SandboxClock
    outbound: Outbound
    runtime: FunctionRuntime


@dataclass(frozen=True, slots=True)
class _Secure:
    """The second listener, which speaks TLS."""

    listener: socket.socket
    context: ssl.SSLContext
    address: TlsAddress


async def serve(options: Options, on_ready: OnReady, stop: asyncio.Event) -> None:
    """Run a sandbox until `stop` is set; `on_ready` runs beside it once it answers.

    Raises:
        UserMistakeError: the workspace file is wrong.
        CannotStartError: the port is in use, or the folder is.
    """
    clock = SandboxClock()
    outbound = Outbound(clock, offline=options.offline)
    runtime = FunctionRuntime(outbound, clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(outbound.close)
        stack.push_async_callback(runtime.close)
        starting = asyncio.create_task(runtime.start(), name="first worker")
        try:
            sandbox, parts = await _open(stack, options, Beginnings(clock, outbound, runtime))
        finally:
            await starting
        await _run(options, sandbox, parts, on_ready, stop)


async def _open(stack: AsyncExitStack, options: Options, beginnings: Beginnings) -> tuple[Sandbox, Parts]:
    """Put the workspace into effect, and answer; the stack takes it all down in reverse."""
    workspace = await asyncio.to_thread(read_workspace, options)
    beginnings.clock.go(workspace.clock)
    state = stack.enter_context(state_folder(options.folder, ephemeral=options.ephemeral, journal=options.journal))
    listener = stack.enter_context(_bound(options.host, options.port, "--port"))
    url = _url("http", options.host, listener)
    secure = await _secure_listener(stack, options, state, beginnings.clock) if options.tls else None
    beginnings.outbound.set_home(url)
    await beginnings.outbound.start()
    parts = _build(stack, workspace, state, beginnings)
    sandbox = Sandbox(parts, workspace, url, secure.address if secure else None)
    await sandbox.start()
    runner = Runner(_application(options, sandbox, parts), _tls_teller(parts), shutdown_timeout=STOP_S)
    await _listen(stack, runner, listener, secure)
    stack.enter_context(announced(state, url))
    return sandbox, parts


async def _secure_listener(stack: AsyncExitStack, options: Options, state: Path, clock: Clock) -> _Secure:
    """Bind the second port, and have a certificate for it."""
    from sandbox.app import tls  # noqa: PLC0415 - only who uses TLS waits for it

    listener = stack.enter_context(_bound(options.host, options.tls_port, "--tls-port"))
    names = _certificate_names(options)
    prepared = await asyncio.to_thread(tls.prepare, state, clock, names)
    address = TlsAddress(_url("https", options.host, listener), prepared.authority)
    return _Secure(listener, prepared.context, address)


def _certificate_names(options: Options) -> list[str]:
    """Return what clients may call the sandbox, beyond the names of the loopback."""
    return [name for name in (*options.allow_hosts, options.host) if name not in _EVERY_ADDRESS]


def read_workspace(options: Options) -> Workspace:
    """Read the folder's workspace file, or take the embedded default; flags win over the file."""
    file = find(options.folder)
    workspace = embedded(options.folder) if file is None else load(file)
    if options.clock is not None:
        workspace = replace(workspace, clock=options.clock)
    if options.keep is None:
        return workspace
    limits = replace(workspace.journal, keep=options.keep, pending=10 * options.keep)
    return replace(workspace, journal=limits)


def _build(stack: AsyncExitStack, workspace: Workspace, state: Path, beginnings: Beginnings) -> Parts:
    """Build the other parts from the bottom up; the stack closes them in reverse."""
    clock = beginnings.clock
    limits = workspace.journal
    journal = Journal(
        state, clock, keep=limits.keep, pending_limit=limits.pending, seen_for_ms=DEDUPLICATION_WINDOW_MS
    )
    stack.push_async_callback(journal.close)
    pipeline = Pipeline(journal)
    tokens = Tokens(clock)
    tracking = TrackingApi(pipeline, journal, clock, tokens)
    return Parts(
        clock=clock,
        journal=journal,
        outbound=beginnings.outbound,
        runtime=beginnings.runtime,
        delivery=Delivery(journal, clock),
        pipeline=pipeline,
        tracking=tracking,
        token_server=TokenServer(tokens, tracking, journal),
        source_functions=SourceFunctions(beginnings.runtime, pipeline, journal, clock),
        lint=LintNotes(journal),
        faults=Faults(),
    )


def _application(options: Options, sandbox: Sandbox, parts: Parts) -> web.Application:
    guard = Guard((*options.allow_hosts, options.host), options.password)
    application = web.Application(client_max_size=READ_MAX_BYTES)
    gate = FaultGate(parts.faults, parts.tracking, parts.journal)
    cdn = Cdn(parts.tracking)
    application.add_routes(gate.before([*cdn.routes(), *parts.tracking.routes(), *parts.token_server.routes()]))
    application.add_routes(parts.source_functions.routes())
    application.add_subapp("/_sandbox/", make_api(sandbox, parts.journal, parts.faults, parts.clock, guard))
    application.add_routes(MetricsEndpoint(sandbox.gauges, parts.journal, parts.clock, guard).routes())
    application.add_routes(page_routes(guard))
    return application


def _tls_teller(parts: Parts) -> Callable[[], None]:
    """Return what notes, as a refused request, that TLS came to the port for plain HTTP."""

    def tell() -> None:
        words = "TLS came to the port for plain HTTP; use http://, or start with --tls and use the port that it names"
        refusal = Refusal(parts.clock.real_ms(), "TLS", "/", 0, "sandbox_tls", words, None, None, "")
        parts.journal.refuse_soon(refusal)

    return tell


async def _listen(stack: AsyncExitStack, runner: Runner, listener: socket.socket, secure: _Secure | None) -> None:
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listener).start()
    if secure is not None:
        await web.SockSite(runner, secure.listener, ssl_context=secure.context).start()


async def _run(options: Options, sandbox: Sandbox, parts: Parts, on_ready: OnReady, stop: asyncio.Event) -> None:
    """Deliver, watch and report until told to stop; then let the attempts under way end."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(parts.delivery.run(), name="delivery")]
        tasks.append(group.create_task(parts.source_functions.reruns.run(), name="reruns"))
        tasks.append(group.create_task(parts.lint.run(), name="lint"))
        if options.reload:
            watcher = Watcher(sandbox.on_change)
            sandbox.watch_with(watcher)
            tasks.append(group.create_task(watcher.run(), name="reload"))
        tasks.append(group.create_task(on_ready(sandbox, parts.journal), name="report"))
        await stop.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await asyncio.gather(parts.source_functions.reruns.drain(), parts.delivery.drain())
        for task in tasks:
            task.cancel()


@contextmanager
def _bound(host: str, port: int, option: str) -> Iterator[socket.socket]:
    """Bind the port before anything else is built, so that a port in use is told at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        hint = "Use an address of this machine, such as 127.0.0.1."
        raise CannotStartError(f"--host {host}: {error.strerror}.", hint) from error
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(1024)
        except OSError as error:
            hint = f"Stop what uses it, or choose another: {option} 0 takes a free one."
            raise CannotStartError(f"{host}:{port} cannot be bound: {error.strerror}.", hint) from error
        listener.setblocking(False)  # noqa: FBT003 - its only parameter
        yield listener


def _url(scheme: str, host: str, listener: socket.socket) -> str:
    """Return the address to show: the host as given, or the loopback when it means every address."""
    port = listener.getsockname()[1]
    name = "127.0.0.1" if host in _EVERY_ADDRESS else host
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"
