"""The worker process: one isolate, one socket, no network, nothing else.

The main thread reads frames; the isolate's thread runs JavaScript and sends what it posts; a third thread
watches the memory. Messages of its own are `ready`, `broken`, `loaded`, `refused` and `memory`; the others
are the kernel's and pass through unread.
"""

import ctypes
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from sandbox.errors import CannotStartError
from sandbox.runtime import frames, hashes, hostops, loader, v8

FLAGS = (
    "--single-threaded",
    "--max-semi-space-size=4",
    "--no-js-regexp-modifiers",  # from here on: newer than Node 20
    "--no-js-regexp-duplicate-named-groups",
    "--no-js-explicit-resource-management",
    "--no-harmony-temporal",
)
_ABOVE_LIMIT_MB = 384
"""V8 ends the process where its heap is full; the limit that is watched is well below, and ends it in order."""
BUFFER_BYTES = 256 * 1024
MB = 1024 * 1024
_HEADER_BYTES = 32
_MODE_STAGE, _MODE_REST = 1, 2
_WATCH_SECONDS = 0.05
_NEAR_LIMIT_BYTES = 8 * 1024 * 1024
_RECEIVE_BYTES = 256 * 1024


class Line:
    """The socket to the server; any thread may send."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, payload: bytes) -> None:
        """Send one frame; the worker ends when nobody listens any more."""
        try:
            with self._lock:
                self._connection.sendall(frames.frame(payload))
        except OSError:
            os._exit(0)

    def say(self, kind: str, **properties: object) -> None:
        """Send one message of the worker's own."""
        self.send(json.dumps([{"kind": kind, **properties}]).encode())

    def receive(self) -> bytes:
        """Wait for bytes; the worker ends when the server has gone."""
        try:
            data = self._connection.recv(_RECEIVE_BYTES)
        except OSError:
            data = b""
        if not data:
            os._exit(0)
        return data


class Bridge:
    """The host's side of `web/runtime/bridge.ts`; its methods run on the isolate's thread."""

    def __init__(self, line: Line, address: int) -> None:
        self._line = line
        self._header = (ctypes.c_int32 * (_HEADER_BYTES // 4)).from_address(address)
        self._body = address + _HEADER_BYTES
        self._room = BUFFER_BYTES - _HEADER_BYTES
        self._outgoing = b""
        self._staged = b""
        self._rest = b""

    def _text(self) -> bytes:
        text = ctypes.string_at(self._body, self._header[0])
        if not self._header[1]:
            return text
        return text.decode("utf-16-le", "surrogatepass").encode("utf-8", "replace")

    def send(self) -> None:
        """Pass on what JavaScript posted, once it is complete."""
        self._outgoing += self._text()
        if not self._header[4]:
            outgoing, self._outgoing = self._outgoing, b""
            self._line.send(outgoing)

    def operate(self) -> None:
        """Carry out an operation, take a part of its data, or give the next part of its result."""
        mode = self._header[3]
        if mode == _MODE_STAGE:
            self._staged += ctypes.string_at(self._body, self._header[2])
        elif mode == _MODE_REST:
            self._give(self._rest)
        else:
            self._carry_out()

    def _carry_out(self) -> None:
        data = self._staged + ctypes.string_at(self._body + self._header[0], self._header[2])
        self._staged = b""
        worked, result = hostops.operate(self._text(), data)
        self._header[3] = 0 if worked else 1
        self._give(result)

    def _give(self, result: bytes) -> None:
        part, self._rest = result[: self._room], result[self._room :]
        ctypes.memmove(self._body, part, len(part))
        self._header[0] = len(part)
        self._header[4] = 1 if self._rest else 0


class Kernel:
    """The JavaScript core in its isolate."""

    def __init__(self, line: Line, setup: dict[str, Any]) -> None:
        flags = (*FLAGS, f"--max-heap-size={setup['heap_mb'] + _ABOVE_LIMIT_MB}")
        self._isolate = v8.Isolate(v8.load_library(Path(setup["library"]), flags))
        v8.self_test(self._isolate)
        self.exhausted = self._isolate.heap_exhausted
        self._line = line
        self._scripts = Path(setup["scripts"])
        self._entries = self._start()
        self._dispatch = self._isolate.item(self._entries, "dispatch")
        self._isolate.limit_heap(setup["heap_mb"] * MB)

    def _start(self) -> v8.Handle:
        isolate = self._isolate
        buffer = isolate.evaluate(f"new ArrayBuffer({BUFFER_BYTES})")
        bridge = Bridge(self._line, isolate.address(buffer))
        host = isolate.array([buffer, isolate.notifier(bridge.operate), isolate.notifier(bridge.send)])
        return isolate.call(isolate.evaluate((self._scripts / "kernel.js").read_text("utf-8")), host)

    def register(self, package: str) -> None:
        """Make a package available; it is evaluated when it is first used."""
        script = (self._scripts / f"{package}.js").read_text("utf-8")
        self._call("register", self._isolate.evaluate(script))

    def warm(self, package: str) -> None:
        """Evaluate a package ahead of its first use."""
        self._call("warm", self._isolate.string(package.encode()))

    def expose(self, package: str) -> None:
        """Add what a package exports to the globals."""
        self._call("expose", self._isolate.string(package.encode()))

    def _call(self, entry: str, this: v8.Handle) -> v8.Handle:
        return self._isolate.call(self._isolate.item(self._entries, entry), this)

    def load(self, source: str, names: list[str]) -> dict[str, Any]:
        """Load partner code and run its module scope; return `handlers`, or why it is refused."""
        isolate, named = self._isolate, self._isolate.string(",".join(names).encode())
        bare = isolate.string(loader.normal(source).encode())
        checked = isolate.text(self._call("check", isolate.array([named, bare])))
        if checked:
            return _refusal(*self._syntax_place(checked, source, names))
        code = isolate.evaluate(loader.wrap(source, names))
        loaded: dict[str, Any] = json.loads(isolate.text(self._call("load", isolate.array([named, code]))))
        return loaded if "handlers" in loaded else _module_scope_error(loaded["thrown"], source, names)

    def _syntax_place(self, said: str, source: str, names: list[str]) -> loader.SyntaxPlace:
        """Say where code is no function body, without running any of it."""
        try:
            self._isolate.evaluate(loader.bare(source))
        except v8.JavaScriptError as error:
            place = loader.bare_place(error.text, source) if error.parsing else None
            if place is not None:
                return place
        try:
            self._isolate.evaluate(loader.wrap(source, names, unrun=True))
        except v8.JavaScriptError as error:
            if error.parsing:
                return loader.syntax_place(error.text, source, names, unrun=True)
        return said, None, None, None

    def dispatch(self, message: bytes) -> None:
        """Hand a message to JavaScript without waiting for what comes of it."""
        self._isolate.start_call(self._dispatch, message, self._isolate.free)


def _refusal(message: str, line: int | None, column: int | None, source_line: str | None) -> dict[str, object]:
    return {"message": message, "line": line, "column": column, "source_line": source_line}


def _module_scope_error(thrown: dict[str, Any], source: str, names: list[str]) -> dict[str, object]:
    line, column = loader.first_place(thrown["stack"], names)
    return _refusal(f"{thrown['name']}: {thrown['message']}", line, column, loader.line_of(source, line))


def limit_data(extra_bytes: int) -> int | None:
    """Let the process's data grow by `extra_bytes` at most; return the limit, `None` where there is none.

    Only now that V8 has reserved its address space: a limit set earlier keeps it from starting.
    """
    try:
        import resource  # noqa: PLC0415 - not there on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = data_bytes() + extra_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    except (ImportError, OSError, ValueError):
        return None
    return limit


def data_bytes() -> int:
    """Return the size of this process's data, in bytes, as the limit counts it."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
    return pages * os.sysconf("SC_PAGE_SIZE")


def watch_memory(line: Line, kernel: Kernel, limit: int | None) -> NoReturn:
    """Report once that the heap or the process has reached its limit; the server then ends the process."""
    while True:
        time.sleep(_WATCH_SECONDS)
        if kernel.exhausted():
            line.say("memory", which="heap")
        elif limit is not None and data_bytes() > limit - _NEAR_LIMIT_BYTES:
            line.say("memory", which="process")


def set_up(line: Line, setup: dict[str, Any]) -> Kernel:
    """Start V8, the core and Segment's packages; put the limits in place and say that all is ready."""
    hostops.look_for_packages_in(setup["python_folders"])
    try:
        kernel = Kernel(line, setup)
        for package in setup["packages"]:
            kernel.register(package)
            kernel.warm(package)
    except CannotStartError as error:
        line.say("broken", message=error.message, hint=error.hint)
        os._exit(1)
    limit = limit_data(setup["data_mb"] * MB)
    threading.Thread(target=watch_memory, args=(line, kernel, limit), daemon=True).start()
    line.say("ready")
    return kernel


def load(line: Line, kernel: Kernel, order: dict[str, Any]) -> None:
    """Load partner code and say what came of it."""
    for package in order["packages"]:
        kernel.register(package)
    for package in order["exposed"]:
        kernel.register(package)
        kernel.expose(package)
    if order["repeatable"]:
        hashes.make_repeatable()
    try:
        outcome = kernel.load(order["source"], order["names"])
    except v8.JavaScriptError:
        if not kernel.exhausted():
            raise
        line.say("memory", which="heap")  # the engine gave up before the watch saw it
        return
    line.say("loaded" if "handlers" in outcome else "refused", **outcome)


def main(descriptor: int) -> NoReturn:
    """Serve the socket until the server closes it."""
    line = Line(socket.socket(fileno=descriptor))
    unframer = frames.Unframer()
    kernel: Kernel | None = None
    while True:
        for payload in unframer.feed(line.receive()):
            kind, body = payload[:1], payload[1:]
            if kind == frames.SETUP:
                kernel = set_up(line, json.loads(body))
            elif kernel is not None and kind == frames.LOAD:
                load(line, kernel, json.loads(body))
            elif kernel is not None:
                kernel.dispatch(body)
