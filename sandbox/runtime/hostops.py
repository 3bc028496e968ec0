"""What the worker answers JavaScript synchronously: operations of Node that Python has natively.

Each takes its options, as JSON gave them, and bytes; it returns bytes. They run on the isolate's thread.
"""

import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Callable, Sequence
from typing import Any

MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024
"""Beyond this a response counts as a decompression bomb."""

MAX_RANDOM_BYTES = 16 * 1024 * 1024
_PLAIN_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_HASHES = {
    **{name: name for name in _PLAIN_HASHES},
    **{f"rsa-{name}": name for name in _PLAIN_HASHES},
    **{f"sha3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
    "sha512-224": "sha512_224",
    "sha512-256": "sha512_256",
    "ripemd160": "ripemd160",
}
"""Node's names, in lower case, and Python's."""
_WINDOW_BITS = {
    "gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
    "deflate-raw": -zlib.MAX_WBITS,
    "any": zlib.MAX_WBITS | 32,
}


class OperationError(Exception):
    """An operation failed, in Node's words."""

    def __init__(self, message: str, *, code: str, errno: int | None = None) -> None:
        super().__init__(message)
        self.properties = {"message": message, "code": code, "errno": errno}


def decompress(options: Sequence[Any], data: bytes) -> bytes:
    """Decompress gzip, deflate or deflate-raw; what is cut off in the middle gives what is there.

    Source: Node.js documentation, Zlib, with `finishFlush: Z_SYNC_FLUSH` as node-fetch asks.
    """
    window_bits = _WINDOW_BITS[options[0]]
    output = bytearray()
    while data:
        stream = zlib.decompressobj(window_bits)
        output += _inflate(stream, data, MAX_DECOMPRESSED_BYTES - len(output))
        data = stream.unused_data if options[0] == "gzip" and stream.unused_data[:2] == b"\x1f\x8b" else b""
    return bytes(output)


def _inflate(stream: "zlib._Decompress", data: bytes, room: int) -> bytes:
    try:
        output = stream.decompress(data, room + 1)
    except zlib.error as error:
        raise OperationError(_node_message(str(error)), code="Z_DATA_ERROR", errno=-3) from error
    if len(output) > room:
        limit = MAX_DECOMPRESSED_BYTES // 1024 // 1024
        raise OperationError(f"the body is larger than {limit} MB when decompressed", code="ERR_BUFFER_TOO_LARGE")
    return output


def _node_message(text: str) -> str:
    """Keep zlib's own words, `incorrect header check`, out of Python's sentence around them."""
    return text.rpartition(": ")[2]


def inflate(options: Sequence[Any], data: bytes) -> bytes:
    """Decompress all of the data, which must be whole. Source: Node.js documentation, Zlib, convenience methods."""
    stream = zlib.decompressobj(_WINDOW_BITS[options[0]])
    output = _inflate(stream, data, MAX_DECOMPRESSED_BYTES)
    if not stream.eof:
        raise OperationError("unexpected end of file", code="Z_BUF_ERROR", errno=-5)
    return output


def compress(options: Sequence[Any], data: bytes) -> bytes:
    """Compress data; the options are the format and the level, -1 for zlib's own."""
    stream = zlib.compressobj(int(options[1]), zlib.DEFLATED, _WINDOW_BITS[options[0]])
    return stream.compress(data) + stream.flush()


def pbkdf2(options: Sequence[Any], data: bytes) -> bytes:
    """Derive a key; the options are how many bytes of the data are the password, iterations, length, hash."""
    password_bytes, iterations, length, algorithm = options
    name = _python_name(algorithm)
    return hashlib.pbkdf2_hmac(name, data[:password_bytes], data[password_bytes:], int(iterations), int(length))


def sign(options: Sequence[Any], data: bytes) -> bytes:
    """Sign data; the options are the hash, and the key with how to use it."""
    from sandbox.runtime import signatures  # noqa: PLC0415 - most functions sign nothing, and it takes 30 ms

    return signatures.sign(_python_name(options[0]), options[1], data)


def verify(options: Sequence[Any], data: bytes) -> bytes:
    """Check a signature, which stands before the data; the options are hash, key, and its length."""
    from sandbox.runtime import signatures  # noqa: PLC0415 - most functions check nothing

    algorithm, key, length = options
    right = signatures.is_right(_python_name(algorithm), key, data[:length], data[length:])
    return bytes([1 if right else 0])


def digest(options: Sequence[Any], data: bytes) -> bytes:
    """Hash data; the option is Node's name of the algorithm."""
    return hashlib.new(_python_name(options[0]), data, usedforsecurity=False).digest()


def sign_with_key(options: Sequence[Any], data: bytes) -> bytes:
    """Compute an HMAC; the options are the algorithm and how many bytes of the data are the key."""
    algorithm, key_bytes = options
    return hmac.digest(data[:key_bytes], data[key_bytes:], _python_name(algorithm))


def hash_names(_: Sequence[Any], __: bytes) -> bytes:
    """Return Node's names of the algorithms, with spaces between."""
    return " ".join(sorted(_HASHES)).encode()


def _python_name(algorithm: str) -> str:
    return _HASHES[algorithm]


def random(options: Sequence[Any], _: bytes) -> bytes:
    """Return as many random bytes as asked for."""
    return os.urandom(min(int(options[0]), MAX_RANDOM_BYTES))


OPERATIONS: dict[str, Callable[[Sequence[Any], bytes], bytes]] = {
    "compress": compress,
    "decompress": decompress,
    "hash": digest,
    "hash names": hash_names,
    "hmac": sign_with_key,
    "inflate": inflate,
    "pbkdf2": pbkdf2,
    "random": random,
    "sign": sign,
    "verify": verify,
}


def operate(text: bytes, data: bytes) -> tuple[bool, bytes]:
    """Carry out `[operation, ...options]`; return whether it worked, and its bytes or the failure as JSON."""
    name, *options = json.loads(text)
    try:
        return True, OPERATIONS[name](options, data)
    except OperationError as error:
        properties = error.properties
    except Exception as error:  # noqa: BLE001 - no exception may cross into the library's thread
        properties = {"message": f"{name} failed: {error}", "code": "ERR_OPERATION_FAILED", "errno": None}
    return False, json.dumps({key: value for key, value in properties.items() if value is not None}).encode()
