"""Starts the worker: run by path, as `python -I -S boot.py`, with the number of its socket.

The packages around the worker are made here, empty, because their own `__init__` brings in the server's
half, which a worker neither needs nor should pay for.
"""

import sys
from pathlib import Path
from types import ModuleType


def _empty_package(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


if __name__ == "__main__":
    _here = Path(__file__).resolve().parent
    _empty_package("sandbox", _here.parent)
    _empty_package("sandbox.runtime", _here)

    from sandbox.runtime.worker import main

    main(int(sys.argv[1]))
