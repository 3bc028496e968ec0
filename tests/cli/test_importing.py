"""Files that cannot be imported: what is said of them, with nothing sent."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from sandbox.cli.importing import LINE_MAX_BYTES, LINES_TOLD, Wanted, run
from sandbox.errors import UserMistakeError

NOWHERE = "http://127.0.0.1:9"
GOOD = b'{"type":"track","userId":"u","event":"E"}\n'


def told(file: Path | str, resume: str | None = None) -> str:
    """Import a file with a mistake and return what is said."""
    with pytest.raises(UserMistakeError) as mistake:
        run(Wanted(str(file), None, keep_message_id=False, resume=resume, as_json=False), NOWHERE)
    return mistake.value.message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(GOOD + b"\xff\xfe{}\n", ":2 is UTF-16; save the file as UTF-8: ", id="UTF-16"),
        pytest.param(GOOD + b'{"a":"\xe9"}\n', ":2 is no JSON: ", id="Latin-1"),
        pytest.param(GOOD + b'{"a":"\x00"}\n', ":2 is no JSON: ", id="NUL in a string"),
        pytest.param(b"\x00" * 100, ":1 is no JSON: ", id="NUL alone"),
        pytest.param(b"\x1f\x8b\x08\x00", ":1 is compressed with gzip; unpack the file first: ", id="gzip"),
        pytest.param(b'{"a":NaN}', ":1 is no JSON: ", id="NaN"),
        pytest.param(GOOD + b"[1]", ":2 is no object; each line is one event.", id="an array"),
        pytest.param(b"[" * 5_000 + b"]" * 5_000, ":1 is no JSON: ", id="very deep"),
        pytest.param(b'{"a":' * 300 + b"1" + b"}" * 300, ":1 cannot be sent: ", id="deep"),
        pytest.param(b"x" * (3 * LINE_MAX_BYTES) + b"\n{bad", ":2 is no JSON: ", id="after a huge line"),
        pytest.param(b"x" * (3 * LINE_MAX_BYTES), f":1 is longer than {LINE_MAX_BYTES} bytes; ", id="a huge line"),
        pytest.param(orjson.dumps({"a": "x" * 40_000}), " bytes as it is sent; Segment takes 32768.", id="large"),
    ],
)
def test_a_line_that_is_no_event_is_told(tmp_path: Path, content: bytes, expected: str) -> None:
    """By its number, and with what is wrong."""
    file = tmp_path / "events"
    file.write_bytes(content)
    assert expected in told(file)


def test_the_lines_told_are_bounded(tmp_path: Path) -> None:
    """A picture is not a thousand pages of mistakes."""
    file = tmp_path / "events"
    file.write_bytes(b"x\n" * (LINES_TOLD + 5))
    lines = told(file).splitlines()
    assert (len(lines), lines[-1]) == (LINES_TOLD + 1, "And 5 more.")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda folder: folder, id="a folder"),
        pytest.param(lambda folder: folder / "missing", id="nothing"),
        pytest.param(lambda folder: f"{folder}/a\0b", id="a name with a NUL"),
    ],
)
def test_what_is_no_file_is_a_sentence(tmp_path: Path, make: Callable[[Path], Path | str]) -> None:
    """Not a traceback."""
    assert " cannot be read: " in told(make(tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="SKIPPED: there are no named pipes")
def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    """Its lines are checked before any is sent, as those of a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(GOOD * 3 + b"{bad",))
    writer.start()
    assert ":4 is no JSON: " in told(pipe)
    writer.join()


@pytest.mark.parametrize("resume", ["", "1", "x:1", f"{'0' * 32}:0", f"{'0' * 32}:-1", f"{'0' * 32}:{'9' * 30}"])
def test_what_is_no_import_cannot_be_resumed(tmp_path: Path, resume: str) -> None:
    """The sentence says where to take it from."""
    assert told(tmp_path, resume).endswith("names no import and line.")


def test_without_a_sandbox_nothing_is_to_be_resumed(tmp_path: Path) -> None:
    """The usual sentence; nothing was on its way."""
    file = tmp_path / "events"
    file.write_bytes(GOOD)
    assert told(file).startswith("No sandbox answers at ")
    assert "up to line" not in told(file)
