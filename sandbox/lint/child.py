"""Lints: run by path, as `python -I -S child.py LIBRARY SCRIPT`, with the request on its standard input.

The packages around the V8 driver are made here, empty, because their own `__init__` brings in the server.
"""

import sys
from pathlib import Path
from types import ModuleType


def _empty_package(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


def _main(library: str, script: str) -> None:
    from sandbox.runtime import v8  # noqa: PLC0415 - there only once the packages are made

    isolate = v8.Isolate(v8.load_library(Path(library), ["--single-threaded"]))
    function = isolate.evaluate(Path(script).read_text("utf-8"))
    report = isolate.call(function, isolate.string(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(isolate.text(report).encode())
    sys.stdout.flush()


if __name__ == "__main__":
    _sandbox = Path(__file__).resolve().parent.parent
    _empty_package("sandbox", _sandbox)
    _empty_package("sandbox.runtime", _sandbox / "runtime")
    _main(*sys.argv[1:])
