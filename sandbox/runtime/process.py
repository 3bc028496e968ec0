"""A worker process from the server's side: start it, load code into it, run events in it, end it."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, assert_never

import orjson

from sandbox.clock import Clock
from sandbox.errors import CannotStartError
from sandbox.runtime import frames, loader, packages, v8
from sandbox.runtime.call import Call, Console
from sandbox.runtime.deadline import Deadline
from sandbox.runtime.invocation import (
    BESIDE_HEAP_MB,
    DEFAULT_MEMORY_MB,
    Crashed,
    Ending,
    FunctionCode,
    Invocation,
    LoadError,
    Order,
    OutOfMemory,
    Returned,
    Sender,
    Threw,
    TimedOut,
)
from sandbox.runtime.messages import (
    Asked,
    Broken,
    Ended,
    ForgedMessageError,
    Loaded,
    Logged,
    MemoryReached,
    Message,
    Ready,
    Refused,
    read,
)

SCRIPTS = Path(__file__).resolve().parent.parent / "_static" / "runtime"
START_TIMEOUT_S = 30.0
"""For a start, 0.1 s on an idle machine, so that a hopelessly loaded one does not hang."""
_EXIT_TIMEOUT_S = 10.0
"""For a process that has closed its socket to be gone: at once, unless the machine is hopelessly loaded."""
_RECEIVE_BYTES = 64 * 1024
_STDERR_BYTES = 4_000
_COMMAND = (sys.executable, "-I", "-S", str(Path(__file__).resolve().parent / "boot.py"))
_ENVIRONMENT = {"TZ": "UTC", "LANG": "C.UTF-8", "PATH": os.defpath}


class WorkerGoneError(Exception):
    """The process has ended, or has to, before it did what it was asked."""


@dataclass(frozen=True, slots=True)
class _Run:
    """The invocation in the worker, and where its requests are sent from."""

    call: Call
    tasks: asyncio.TaskGroup


class WorkerProcess(asyncio.BufferedProtocol):
    """One process with one isolate. One thing at a time: a start, a load, an invocation."""

    def __init__(self, process: asyncio.subprocess.Process, errors: IO[bytes], memory_mb: int) -> None:
        self._process = process
        self._errors = errors
        self._memory_mb = memory_mb
        self._transport: asyncio.Transport | None = None
        self._received = memoryview(bytearray(_RECEIVE_BYTES))
        self._unframer = frames.Unframer()
        self._deadline = Deadline(self._overdue, asyncio.get_running_loop())
        self._answer: asyncio.Future[Message] | None = None
        self._console: Console | None = None
        self._run: _Run | None = None
        self._verdict: OutOfMemory | Crashed | None = None
        self._invocations = 0
        self.usable = True
        self.handlers: frozenset[str] = frozenset()

    @classmethod
    async def start(cls, command: Sequence[str] = _COMMAND, *, memory_mb: int = DEFAULT_MEMORY_MB) -> "WorkerProcess":
        """Start a process and wait until its core and packages are there; its heap may hold `memory_mb`.

        Raises:
            CannotStartError: the V8 library does not fit, the JavaScript is not built, or it ended at once.
        """
        _check_built()
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                env=_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
            )
        except OSError as error:
            ours.close()
            errors.close()
            raise CannotStartError(f"No process for functions starts: {error}.") from error
        finally:
            theirs.close()
        worker = cls(process, errors, memory_mb)
        await asyncio.get_running_loop().create_connection(lambda: worker, sock=ours)
        await worker._set_up()
        return worker

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def gone(self) -> bool:
        """Whether the process has ended and left nothing."""
        return self._process.returncode is not None

    async def _set_up(self) -> None:
        setup = {
            "library": str(v8.library_folder()),
            "scripts": str(SCRIPTS),
            "packages": packages.ALWAYS,
            "python_folders": packages.python_folders(),
            "heap_mb": self._memory_mb,
            "data_mb": self._memory_mb + BESIDE_HEAP_MB,
        }
        try:
            answer = await self._ask(frames.SETUP, setup, START_TIMEOUT_S)
        except (WorkerGoneError, TimeoutError) as error:
            raise CannotStartError(f"No process for functions starts: {_sentence(await self._fate())}") from error
        if isinstance(answer, Broken):
            await self.end()
            raise CannotStartError(answer.message, answer.hint)

    async def _ask(self, kind: bytes, order: object, timeout_s: float) -> Message:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._send(kind + orjson.dumps(order))
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except (TimeoutError, asyncio.CancelledError) as error:
            if isinstance(error, TimeoutError) and answer.done() and not answer.cancelled():
                return answer.result()  # it was there in time; the loop was held up, as on a laptop that slept
            self.kill()
            raise
        finally:
            self._answer = None

    async def load(self, code: FunctionCode, clock: Clock) -> LoadError | None:
        """Load code and run its module scope; a worker with code that does not load is of no more use."""
        self._console = Console(clock)
        error = await self._load(code)
        return None if error is None else replace(error, logs=tuple(self._console.lines))

    async def _load(self, code: FunctionCode) -> LoadError | None:
        names = loader.names_for(code.kind, code.handlers)
        order = {
            "source": code.source,
            "packages": packages.named_in(code.source),
            "exposed": packages.exposed_for(web_globals=code.web_globals, repeatable=code.repeatable),
            "repeatable": code.repeatable,
            "names": names,
        }
        try:
            answer = await self._ask(frames.LOAD, order, code.timeout_s)
        except TimeoutError:
            return LoadError(f"Timeout: the module scope ran longer than {code.timeout_s:g} s", code.path)
        except WorkerGoneError:
            return LoadError(f"Module scope: {_sentence(await self._fate())}", code.path)
        if isinstance(answer, Loaded):
            self.handlers = answer.handlers
        if not isinstance(answer, Refused):
            return None
        self.kill()
        return LoadError(answer.message, code.path, answer.line, answer.column, answer.source_line)

    async def invoke(self, code: FunctionCode, order: Order, sender: Sender, clock: Clock) -> Invocation:
        """Run a handler; whatever becomes of it is the ending."""
        self._invocations += 1
        number = self._invocations
        console, self._console = self._console or Console(clock), None
        call = Call(number, sender, clock, console, limit_s=code.timeout_s, answer=self._dispatch)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            self._run = _Run(call, tasks)
            self._dispatch(b'["%b",%d,%b,%b]' % (order.kind.encode(), number, order.value, order.settings))
            try:
                ending = await self._ending(call, code)
            except BaseException:
                self.kill()
                raise
            finally:
                self._run = None
                call.stop_sending()
        duration_ms = (time.perf_counter() - started) * 1000
        return Invocation(
            ending, tuple(call.console.lines), tuple(call.exchanges), duration_ms, call.emitted, call.left_open
        )

    async def _ending(self, call: Call, code: FunctionCode) -> Ending:
        self._deadline.set(code.timeout_s)
        try:
            ended = await call.ended
        except TimeoutError:
            self.kill()
            return TimedOut(code.timeout_s)
        except WorkerGoneError:
            return await self._fate()
        finally:
            self._deadline.clear()
        call.emitted, call.left_open = ended.emitted, ended.left_open
        if ended.uncaught or _is_exhausted(ended.ending):
            self.kill()
        return _shown(ended.ending, code)

    def _overdue(self) -> None:
        """End the wait for the invocation under way."""
        if self._run is not None and not self._run.call.ended.done():
            self._run.call.ended.set_exception(TimeoutError())

    def _dispatch(self, message: bytes) -> None:
        self._send(frames.DISPATCH + message)

    def _send(self, payload: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frames.frame(payload))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the way to the worker."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker; it is a stream
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the same buffer again and again: a new one for each read costs more than the read."""
        del sizehint
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        """Take what the worker says; a worker that says what it may not is ended."""
        try:
            for payload in self._unframer.feed(self._received[:nbytes]):
                for message in read(payload):
                    self._take(message)
        except (ForgedMessageError, frames.FrameTooLongError) as error:
            self._condemn(Crashed(f"The function's process broke the protocol: {error}."))

    def _take(self, message: Message) -> None:
        match message:
            case Ready() | Broken() | Loaded() | Refused():
                self._answered(message)
            case MemoryReached(which=which):
                self._condemn(OutOfMemory(which, self._memory_mb))
            case Logged(invocation=number):
                self._console_of(number).keep(message)
            case Asked(invocation=number):
                run = self._running(number)
                run.call.asked(message, run.tasks)
            case Ended(invocation=number):
                self._running(number).call.ended.set_result(message)
            case _:
                assert_never(message)

    def _answered(self, message: Message) -> None:
        if self._answer is None or self._answer.done():
            raise ForgedMessageError("an answer to nothing")
        self._answer.set_result(message)

    def _console_of(self, number: int) -> Console:
        """Return where a line goes; module scope, which has the number 0, writes for the first invocation."""
        if number != 0 or self._invocations > 1:
            return self._running(number).call.console
        return self._console or self._running(1).call.console

    def _running(self, number: int) -> _Run:
        """Return the invocation that a message belongs to."""
        run = self._run
        if run is None or run.call.number != number or run.call.ended.done():
            raise ForgedMessageError("a message of no event that is under way")
        return run

    def _condemn(self, verdict: OutOfMemory | Crashed) -> None:
        if self._verdict is None:
            self._verdict = verdict
        self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that nothing will come any more."""
        del exc
        self.usable = False
        self._deadline.close()
        waiting = self._answer or (self._run.call.ended if self._run else None)
        if waiting is not None and not waiting.done():
            waiting.set_exception(WorkerGoneError())  # whoever waits reads the last words
        else:
            self._errors.close()

    def kill(self) -> None:
        """End the process at once."""
        self.usable = False
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._transport is not None:
            self._transport.abort()

    async def end(self) -> None:
        """End the process and wait until it is gone."""
        self.kill()
        await self._process.wait()
        self._errors.close()

    async def _fate(self) -> OutOfMemory | Crashed:
        """Say why the process is gone; one that closed its socket gets a moment to end by itself."""
        try:
            async with asyncio.timeout(_EXIT_TIMEOUT_S):
                status = await self._process.wait()
        except TimeoutError:
            self.kill()
            status = await self._process.wait()
        last_words = self._last_words()
        return self._verdict or _verdict(status, last_words, self._memory_mb)

    def _last_words(self) -> str:
        """Return what the process wrote before it ended, and let go of it."""
        if self._errors.closed:
            return ""  # ended on purpose meanwhile
        with self._errors as errors:
            errors.seek(0)
            return errors.read(_STDERR_BYTES).decode("utf-8", "replace")


def _check_built() -> None:
    if not (SCRIPTS / "kernel.js").is_file():
        raise CannotStartError(
            f"{SCRIPTS / 'kernel.js'} is missing: the JavaScript that functions run with is not built.",
            "Build it: python3 hatch_build.py",
        )


def _is_exhausted(ending: Returned | Threw) -> bool:
    """Say whether the engine got no more memory: the next event must not pay for what this one took."""
    return isinstance(ending, Threw) and ending.name == "RangeError" and "allocation failed" in ending.message


def _shown(ending: Returned | Threw, code: FunctionCode) -> Returned | Threw:
    if isinstance(ending, Returned):
        return ending
    stack = loader.own_stack(ending.stack, code.path, loader.names_for(code.kind, code.handlers))
    return Threw(ending.name, ending.message, stack, ending.properties)


def _sentence(fate: OutOfMemory | Crashed) -> str:
    if isinstance(fate, OutOfMemory):
        return fate.sentence
    return fate.detail


def _verdict(status: int, last_words: str, memory_mb: int) -> OutOfMemory | Crashed:
    """Tell what ended the process from its exit status and from what V8 wrote."""
    if "out of memory" in last_words.lower():
        return OutOfMemory("heap", memory_mb)
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with exit status {status}"
    lines = last_words.strip().splitlines()
    return Crashed(f"The function's process {how}{f': {lines[-1]}' if lines else '.'}")
