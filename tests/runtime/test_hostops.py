"""Operations that the worker answers synchronously."""

import gzip
import json
import zlib
from collections.abc import Callable

import brotli
import pytest

from sandbox.runtime.compression import MAX_DECOMPRESSED_BYTES
from sandbox.runtime.hostops import operate


def called(*options: object, data: bytes = b"") -> tuple[bool, bytes]:
    return operate(json.dumps(options).encode(), data)


@pytest.mark.parametrize(
    ("options", "data", "expected"),
    [
        pytest.param(("decompress", "gzip", "partial"), gzip.compress(b"x"), b"x", id="gzip"),
        pytest.param(("decompress", "deflate", "partial"), zlib.compress(b"x"), b"x", id="deflate"),
        pytest.param(
            ("decompress", "gzip", "partial"), gzip.compress(b"a") + gzip.compress(b"b"), b"ab", id="two members"
        ),
        pytest.param(("decompress", "gzip", "partial"), gzip.compress(b"a") + b"\0\0", b"a", id="padding"),
        pytest.param(("decompress", "gzip", "partial"), b"", b"", id="nothing"),
    ],
)
def test_an_operation_returns_bytes(options: tuple[str, ...], data: bytes, expected: bytes) -> None:
    """An operation that works returns what Node would."""
    assert called(*options, data=data) == (True, expected)


def test_a_cut_off_body_gives_what_is_there() -> None:
    """node-fetch asks zlib to be lenient about the end."""
    worked, output = called("decompress", "gzip", "partial", data=gzip.compress(b"hello" * 1000, mtime=0)[:-8])
    assert (worked, output) == (True, b"hello" * 1000)


@pytest.mark.parametrize(
    ("options", "data", "message", "code"),
    [
        pytest.param(
            ("decompress", "gzip", "partial"), b"none", "incorrect header check", "Z_DATA_ERROR", id="no gzip"
        ),
        pytest.param(("no such",), b"", "no such failed: 'no such'", "ERR_OPERATION_FAILED", id="unknown"),
    ],
)
def test_a_failure_is_told_in_nodes_words(options: tuple[str, ...], data: bytes, message: str, code: str) -> None:
    """A failure comes as message and code; nothing is raised."""
    worked, failure = called(*options, data=data)
    assert not worked
    assert json.loads(failure)["message"] == message
    assert json.loads(failure)["code"] == code


@pytest.mark.parametrize(
    ("options", "compress"),
    [
        pytest.param(("decompress", "gzip", "partial"), gzip.compress, id="gzip"),
        pytest.param(("brotli decompress", "complete"), brotli.compress, id="brotli"),
    ],
)
def test_a_decompression_bomb_fails(options: tuple[str, ...], compress: Callable[[bytes], bytes]) -> None:
    """What would fill the memory is refused."""
    worked, failure = called(*options, data=compress(bytes(MAX_DECOMPRESSED_BYTES + 1)))
    assert not worked
    assert json.loads(failure)["message"] == "the body is larger than 64 MB when decompressed"
