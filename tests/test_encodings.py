"""Compressed bodies, undone within bounds."""

import gzip
import zlib

import pytest

from sandbox.encodings import EncodingError, UndoneTooLargeError, undone

TEXT = b'{"event": "Signed Up"}' * 10


def raw_deflate(data: bytes) -> bytes:
    """Deflate without zlib's header, as some clients do."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("gzip", gzip.compress(TEXT), id="gzip"),
        pytest.param("GZIP ", gzip.compress(TEXT), id="gzip in capitals"),
        pytest.param("x-gzip", gzip.compress(TEXT), id="gzip by its old name"),
        pytest.param("gzip", gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:]), id="gzip in two members"),
        pytest.param("deflate", zlib.compress(TEXT), id="deflate"),
        pytest.param("deflate", raw_deflate(TEXT), id="deflate without a header"),
        pytest.param("identity", TEXT, id="none, by name"),
        pytest.param("", TEXT, id="none"),
    ],
)
def test_what_clients_use_is_undone(encoding: str, body: bytes) -> None:
    """The names are not case-sensitive, and deflate comes in two shapes."""
    assert undone(body, encoding, len(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        pytest.param("br", TEXT, "Content-Encoding br is not known; send gzip, deflate or none", id="br"),
        pytest.param("zstd", TEXT, "zstd is not known", id="zstd"),
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(TEXT)), "is not known", id="twice"),
        pytest.param("gzip", TEXT, "the body is not gzip: ", id="no gzip"),
        pytest.param("gzip", gzip.compress(TEXT)[:-12], "breaks off", id="half"),
        pytest.param("gzip", gzip.compress(TEXT) + b"more", "the body is not gzip: ", id="more behind it"),
    ],
)
def test_what_cannot_be_undone_is_told(encoding: str, body: bytes, words: str) -> None:
    """In a sentence that a client's author can act upon."""
    with pytest.raises(EncodingError) as caught:
        undone(body, encoding, 10_000)
    assert words in str(caught.value)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_grows_without_end_is_cut_off(encoding: str) -> None:
    """A kilobyte on the wire can be a gigabyte of memory."""
    compress = gzip.compress if encoding == "gzip" else zlib.compress
    with pytest.raises(UndoneTooLargeError):
        undone(compress(b"0" * 1_000_000), encoding, 100_000)


def test_nothing_stays_nothing() -> None:
    """An empty body has no encoding, whatever the header says."""
    assert undone(b"", "gzip", 10) == b""
