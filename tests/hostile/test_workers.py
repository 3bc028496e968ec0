"""A worker is given nothing that hostile code could use if it got out of V8."""

import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def _targets(pid: int) -> dict[int, str]:
    """Return what the file handles of a process stand for."""
    return {int(handle.name): str(handle.readlink()) for handle in Path(f"/proc/{pid}/fd").iterdir()}


def _read(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


async def test_a_worker_has_no_file_but_its_socket(hostile_runtime: Any) -> None:
    """Its input and output are nothing, its errors a nameless file."""
    for pid in hostile_runtime.process_ids():
        targets = _targets(pid)
        assert (targets.pop(0), targets.pop(1)) == ("/dev/null", "/dev/null")
        assert "(deleted)" in targets.pop(2)
        assert all(target.startswith("socket:") for target in targets.values()), targets


async def test_a_worker_knows_no_environment(hostile_runtime: Any) -> None:
    """Keys in the environment of the sandbox stay there."""
    for pid in hostile_runtime.process_ids():
        environment = _read(pid, "environ").strip(b"\0").split(b"\0")
        assert {pair.partition(b"=")[0] for pair in environment} == {b"TZ", b"LANG", b"PATH"}


async def test_a_worker_leaves_no_core(hostile_runtime: Any) -> None:
    """What is in its memory is not written to the disk when it crashes."""
    for pid in hostile_runtime.process_ids():
        limits = _read(pid, "limits").decode()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
