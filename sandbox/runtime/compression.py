"""Node's `zlib` over Python's. Source: Node.js documentation, Zlib; the errors are those of Node 20."""

import zlib

from sandbox.runtime.operation import Operation, OperationError, Options

MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024
"""Beyond this a response counts as a decompression bomb."""

GZIP_MAGIC = b"\x1f\x8b"
_WINDOW_BITS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS, "deflate-raw": -zlib.MAX_WBITS}
CUT_OFF = OperationError("unexpected end of file", code="Z_BUF_ERROR", errno=-5)


def decompress(options: Options, data: bytes) -> bytes:
    """Decompress; the options are gzip, deflate, deflate-raw or unzip, and complete or partial.

    What is partial may be cut off, and gives what is there; node-fetch asks for it, with
    `finishFlush: Z_SYNC_FLUSH`.
    """
    name, wanted = options
    if name == "unzip":
        name = "gzip" if data.startswith(GZIP_MAGIC) else "deflate"
    output = bytearray()
    while data:
        stream = zlib.decompressobj(_WINDOW_BITS[name])
        output += _inflate(stream, data, MAX_DECOMPRESSED_BYTES - len(output))
        if not stream.eof and wanted == "complete":
            raise CUT_OFF
        data = stream.unused_data if name == "gzip" and stream.unused_data.startswith(GZIP_MAGIC) else b""
    return bytes(output)


def _inflate(stream: "zlib._Decompress", data: bytes, room: int) -> bytes:
    try:
        output = stream.decompress(data, room + 1)
    except zlib.error as error:
        raise OperationError(_node_message(str(error)), code="Z_DATA_ERROR", errno=-3) from error
    if len(output) > room:
        raise too_large()
    return output


def too_large() -> OperationError:
    """Say that it may be a decompression bomb."""
    limit = MAX_DECOMPRESSED_BYTES // 1024 // 1024
    return OperationError(f"the body is larger than {limit} MB when decompressed", code="ERR_BUFFER_TOO_LARGE")


def _node_message(text: str) -> str:
    """Keep zlib's own words, `incorrect header check`, out of Python's sentence around them."""
    return text.rpartition(": ")[2]


def compress(options: Options, data: bytes) -> bytes:
    """Compress; the options are the format, and level, memory level and strategy as Node numbers them."""
    name, level, memory_level, strategy = options
    stream = zlib.compressobj(level, zlib.DEFLATED, _WINDOW_BITS[name], memory_level, strategy)
    return stream.compress(data) + stream.flush()


def crc32(options: Options, data: bytes) -> bytes:
    """Compute a checksum, as JSON; the option is where it begins."""
    return str(zlib.crc32(data, options[0])).encode()


OPERATIONS: dict[str, Operation] = {"compress": compress, "crc32": crc32, "decompress": decompress}
