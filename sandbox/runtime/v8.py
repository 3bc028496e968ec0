"""One V8 isolate, driven through the C interface of the mini-racer library.

The only file that knows this library. Its documented Python interface is not used: it hands every call
over between threads several times, and has no synchronous call from JavaScript to the host.

An isolate runs on a thread of its own inside the library. Calls are queued to that thread; callbacks
(`done`, notifiers) run on it and must return soon.
"""

import ctypes
import importlib.util
import sys
import threading
from collections.abc import Callable, Sequence
from ctypes import c_bool, c_char_p, c_int64, c_size_t, c_uint8, c_uint64, c_void_p
from pathlib import Path
from typing import TypeAlias

from sandbox.errors import CannotStartError

NEEDED_VERSION = "mini-racer 0.14"

_NULL, _BOOL, _INTEGER, _DOUBLE, _STRING, _UNDEFINED = 1, 2, 3, 4, 5, 11
_FIRST_ERROR, _PARSE_ERROR, _OUT_OF_MEMORY = 200, 201, 202
_NAMES = {"darwin": "libmini_racer.dylib", "win32": "mini_racer.dll"}


class _Payload(ctypes.Union):
    _fields_ = (("address", c_void_p), ("integer", c_int64), ("double", ctypes.c_double))


class _Value(ctypes.Structure):
    """A value as the library hands it over; `type` says which part of the payload counts."""

    _pack_ = 1
    _fields_ = (("payload", _Payload), ("length", c_size_t), ("type", c_uint8))


Handle: TypeAlias = int
"""The address of a value that lives in the isolate until it is freed; a number costs ctypes less than a pointer."""

_Callback = ctypes.CFUNCTYPE(None, c_uint64, c_void_p)
_H, _U = c_void_p, c_uint64
_SYMBOLS: dict[str, tuple[list[object], object]] = {
    "mr_init_v8": ([c_char_p, c_char_p], None),
    "mr_init_context": ([_Callback], _U),
    "mr_free_value": ([_U, _H], None),
    "mr_alloc_string_val": ([_U, c_char_p, _U, c_uint8], _H),
    "mr_eval": ([_U, _H, _U], _U),
    "mr_call_function": ([_U, _H, _H, _H, _U], _U),
    "mr_make_js_callback": ([_U, _U], _H),
    "mr_array_push": ([_U, _H, _H], _H),
    "mr_get_object_item": ([_U, _H, _H], _H),
    "mr_set_hard_memory_limit": ([_U, c_size_t], None),
    "mr_hard_memory_limit_reached": ([_U], c_bool),
}


class JavaScriptError(Exception):
    """What an evaluation threw, as the library words it: place, message, source line."""

    def __init__(self, text: str, *, parsing: bool) -> None:
        super().__init__(text.partition("\n\n")[2][:500])  # without the source line, which may be very long
        self.text = text
        self.parsing = parsing


def library_folder() -> Path:
    """Return the folder that holds the library and its ICU data.

    Raises:
        CannotStartError: mini-racer is not installed.
    """
    found = importlib.util.find_spec("py_mini_racer")
    for folder in (found.submodule_search_locations or ()) if found else ():
        return Path(folder)
    raise CannotStartError(
        f"{NEEDED_VERSION} is not installed, and functions cannot run without it.",
        "Install segment-sandbox again: pip install --force-reinstall segment-sandbox",
    )


def load_library(folder: Path, flags: Sequence[str]) -> ctypes.CDLL:
    """Load the library from `folder` and initialise V8 with `flags`, once per process.

    Raises:
        CannotStartError: it is another version than the one this file knows.
    """
    path = folder / _NAMES.get(sys.platform, "libmini_racer.so")
    try:
        library = ctypes.CDLL(str(path))
        for name, (arguments, result) in _SYMBOLS.items():
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, result
    except (OSError, AttributeError) as error:
        raise CannotStartError(
            f"The V8 library at {path} does not fit ({error}); {NEEDED_VERSION} is needed.",
            "Install it: pip install 'mini-racer==0.14.*'",
        ) from error
    library.mr_init_v8(" ".join(flags).encode(), str(folder / "icudtl.dat").encode())
    return library


class Isolate:
    """A JavaScript world of its own."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._next_id = 1
        self._done: dict[int, Callable[[Handle], None]] = {}
        self._notified: dict[int, Callable[[], None]] = {}
        self._keep_alive = _Callback(self._called_back)
        self._context = library.mr_init_context(self._keep_alive)
        self._no_arguments = self.evaluate("[]")
        self._keep_thread()

    def _keep_thread(self) -> None:
        """Keep what Python knows of the isolate's thread, which it would set up anew for every callback."""
        self.free(self.call(self.notifier(ctypes.pythonapi.PyGILState_Ensure), self._no_arguments))

    def _called_back(self, identifier: int, handle: Handle) -> None:
        """Take what the library reports; runs on the isolate's thread."""
        notified = self._notified.get(identifier)
        if notified is not None:
            notified()
        done = self._done.pop(identifier, self.free)
        done(handle)

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def free(self, handle: Handle) -> None:
        """Let go of a value."""
        self._library.mr_free_value(self._context, handle)

    def string(self, text: bytes) -> Handle:
        """Copy UTF-8 text into the isolate."""
        handle: Handle = self._library.mr_alloc_string_val(self._context, text, len(text), _STRING)
        return handle

    def error(self, handle: Handle) -> JavaScriptError | None:
        """Return the error that a result stands for, if it does."""
        value = _Value.from_address(handle)
        if value.type < _FIRST_ERROR:
            return None
        text = ctypes.string_at(value.payload.address, value.length).decode("utf-8", "replace")
        return JavaScriptError(text, parsing=value.type == _PARSE_ERROR)

    def text(self, handle: Handle) -> str:
        """Return a string value and free it.

        Raises:
            TypeError: it is no string.
        """
        value = _Value.from_address(handle)
        if value.type != _STRING:
            raise TypeError(f"a string was expected, not a value of type {value.type}")
        text = ctypes.string_at(value.payload.address, value.length).decode("utf-8", "replace")
        self.free(handle)
        return text

    def address(self, handle: Handle) -> int:
        """Return where an ArrayBuffer's bytes are in this process."""
        return int(_Value.from_address(handle).payload.address)

    def start_call(self, function: Handle, text: bytes, done: Callable[[Handle], None]) -> None:
        """Queue `function` with a string as `this`; `done` gets the result on the isolate's thread."""
        this = self.string(text)
        self._start_call(function, this, done)
        self.free(this)

    def _start_call(self, function: Handle, this: Handle, done: Callable[[Handle], None]) -> None:
        identifier = self._new_id()
        self._done[identifier] = done
        self._library.mr_call_function(self._context, function, this, self._no_arguments, identifier)

    def _start_evaluation(self, source: Handle, done: Callable[[Handle], None]) -> None:
        identifier = self._new_id()
        self._done[identifier] = done
        self._library.mr_eval(self._context, source, identifier)

    def _wait(self, start: Callable[[Callable[[Handle], None]], None]) -> Handle:
        finished = threading.Event()
        results: list[Handle] = []

        def done(handle: Handle) -> None:
            results.append(handle)
            finished.set()

        start(done)
        finished.wait()
        error = self.error(results[0])
        if error is not None:
            self.free(results[0])
            raise error
        return results[0]

    def evaluate(self, source: str) -> Handle:
        """Run a script to its end and return its value.

        Raises:
            JavaScriptError: it does not parse, or it threw.
        """
        text = self.string(source.encode())
        try:
            return self._wait(lambda done: self._start_evaluation(text, done))
        finally:
            self.free(text)

    def call(self, function: Handle, this: Handle) -> Handle:
        """Call a function with `this` and no arguments, and return its value.

        Raises:
            JavaScriptError: it threw.
        """
        return self._wait(lambda done: self._start_call(function, this, done))

    def notifier(self, notified: Callable[[], None]) -> Handle:
        """Make a JavaScript function that calls `notified` synchronously, on the isolate's thread."""
        identifier = self._new_id()
        self._notified[identifier] = notified
        handle: Handle = self._library.mr_make_js_callback(self._context, identifier)
        return handle

    def array(self, items: Sequence[Handle]) -> Handle:
        """Make an array of values."""
        array = self.evaluate("[]")
        for item in items:
            self.free(self._library.mr_array_push(self._context, array, item))
        return array

    def item(self, owner: Handle, name: str) -> Handle:
        """Return a property of an object of our own; partner code may hide a getter behind one."""
        key = self.string(name.encode())
        handle: Handle = self._library.mr_get_object_item(self._context, owner, key)
        self.free(key)
        return handle

    def limit_heap(self, limit_bytes: int) -> None:
        """Set the size beyond which the heap counts as exhausted; see `heap_exhausted`."""
        self._library.mr_set_hard_memory_limit(self._context, limit_bytes)

    def heap_exhausted(self) -> bool:
        """Tell whether the heap has outgrown its limit; the isolate is of no more use then."""
        return bool(self._library.mr_hard_memory_limit_reached(self._context))


def self_test(isolate: Isolate) -> None:
    """Try what the worker relies on: strings, calls, synchronous notifications, shared bytes.

    Raises:
        CannotStartError: the library behaves differently from the version this file knows.
    """
    heard: list[bytes] = []
    buffer = isolate.evaluate("new ArrayBuffer(8)")
    notifier = isolate.notifier(lambda: heard.append(ctypes.string_at(isolate.address(buffer), 2)))
    host = isolate.array([buffer, notifier])
    probe = isolate.evaluate(
        "(function () { new Uint8Array(this[0]).set([104, 105]); this[1](); return 'caf\\u00e9'; })"
    )
    answer = isolate.text(isolate.call(probe, host))
    if answer != "café" or heard != [b"hi"]:
        raise CannotStartError(
            f"The V8 library does not behave as {NEEDED_VERSION} does.",
            "Install it: pip install 'mini-racer==0.14.*'",
        )
