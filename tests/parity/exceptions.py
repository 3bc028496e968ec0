"""Where the sandbox differs from Node 20, knowingly: by case, the path of the value and the reason.

A path that ends in `*` stands for all that begin so. An entry that no longer differs fails the test.
"""

from typing import Final

_INTERNALS: Final = "V8 tells only Node itself what is inside a promise, a proxy or an iterator."
_REALM: Final = "Node runs the code in a context of its own, for which what the host makes has other constructors."
_NEWER_V8: Final = "The engine is newer than Node 20's, and the property is not worth a substitute of its own."
_UNDELETABLE: Final = "V8 does not let the property be deleted."
_STREAMS: Final = "The stream library is Node's own of another version; its private fields are shown."
_BUFFER: Final = "Buffer is npm's: its errors have no code and other words."

_BROTLI: Final = "The package refuses what stands behind the end of the data."

EXCEPTIONS: Final[dict[str, dict[str, str]]] = {
    "buffer-errors": {"returned.*": _BUFFER},
    "crypto-keys": {"returned.errors.4.0": "What the host refuses is an Error, here as everywhere."},
    "console-classes": {"logs.0.text": "An empty Buffer shows without the space."},
    "console-collections": {"logs.7.text": _INTERNALS},
    "console-hostile": {"logs.2.text": _INTERNALS},
    "console-objects": {"logs.5.text": "A generator function shows as `[Function: i] GeneratorFunction`."},
    "console-promises": {"logs.0.text": _INTERNALS},
    "console-response": {"logs.0.text": _STREAMS},
    "console-table": {"logs.16.text": _INTERNALS},
    "error-instanceof": {
        "returned.segment": _REALM,
        "returned.fetch": _REALM,
        "returned.event": _REALM,
        "returned.list": _REALM,
        "returned.buffer": _REALM,
    },
    "error-unhandled": {
        "ending": "The engine does not report rejections that nobody handles.",
        "returned": "likewise",
        "error": "likewise",
        "line": "likewise",
    },
    "fetch-refusals": {"returned.method": "The method is not looked at.", "requests": "likewise"},
    "https-uncaught": {"line": "Nothing of the partner's is on the stack when the answer comes."},
    "lang-builtins": {
        "returned.Symbol dispose": _UNDELETABLE,
        "returned.Symbol asyncDispose": _UNDELETABLE,
        "returned.WebAssembly compileStreaming": "It needs the web's fetch, which functions have not.",
        "returned.WebAssembly instantiateStreaming": "likewise",
        "returned.WebAssembly *": _NEWER_V8,
    },
    "lang-table": {
        "ending": "Packages are there only where the code names them.",
        "returned": "likewise",
        "error": "likewise",
        "line": "likewise",
    },
    "loader-early-close": {"message": "The place is in front.", "line": "likewise"},
    "loader-unclosed": {
        "message": "Segment's wrapper is blamed there; here the end of the code, where the mistake is.",
        "line": "likewise",
    },
    "timers-arguments": {
        "returned.chain": "A timer that was unref'd still counts as one that keeps the process.",
    },
    "zlib-brotli": {"returned.trailing*": _BROTLI},
}
