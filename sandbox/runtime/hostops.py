"""What the worker answers JavaScript synchronously: operations of Node that Python has natively.

They run on the isolate's thread. Those that need packages are imported when first asked for:
that takes longer than anything else a worker does, and few functions need them.
"""

import importlib
import json
import sys
from collections.abc import Iterable

from sandbox.runtime import compression, hashes
from sandbox.runtime.operation import Operation, OperationError, Options


def _utf16(_: Options, data: bytes) -> bytes:
    """Decode UTF-8 that may be cut off or wrong, as the Encoding standard does, into UTF-16."""
    return data.decode("utf-8", "replace").encode("utf-16-le")


_operations: dict[str, Operation] = {**compression.OPERATIONS, **hashes.OPERATIONS, "utf8 to utf16": _utf16}
_LATER = (
    "sandbox.runtime.brotli_streams",
    "sandbox.runtime.ciphers",
    "sandbox.runtime.keys",
    "sandbox.runtime.made_keys",
)


def look_for_packages_in(folders: Iterable[str]) -> None:
    """Tell a worker, which knows no installed packages, where the packages are that operations need."""
    sys.path.extend(folders)


def _operation(name: str) -> Operation:
    if name not in _operations:
        for module in _LATER:
            _operations.update(importlib.import_module(module).OPERATIONS)
    return _operations[name]


def operate(text: bytes, data: bytes) -> tuple[bool, bytes]:
    """Carry out `[operation, ...options]`; return whether it worked, and its bytes or the failure as JSON."""
    name, *options = json.loads(text)
    try:
        return True, _operation(name)(options, data)
    except OperationError as error:
        properties = error.properties
    except Exception as error:  # noqa: BLE001 - no exception may cross into the library's thread
        properties = {"message": f"{name} failed: {error}", "code": "ERR_OPERATION_FAILED", "errno": None}
    return False, json.dumps({key: value for key, value in properties.items() if value is not None}).encode()
