"""Operations of Node's `crypto` that Python's standard library has: hashes, HMACs, derived keys, randomness."""

import hashlib
import hmac
import json
import os
from collections.abc import Callable

from sandbox.runtime.operation import Operation, OperationError, Options, Parts

MAX_BYTES = 16 * 1024 * 1024
"""Of randomness or of a derived key at once."""

_PLAIN = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_SHA3 = ("sha3-224", "sha3-256", "sha3-384", "sha3-512")
_HASHES = {
    **{name: name for name in _PLAIN},
    **{f"RSA-{name.upper()}": name for name in _PLAIN},
    **{f"{name}WithRSAEncryption": name for name in _PLAIN},
    **{name: name.replace("-", "_") for name in _SHA3},
    **{f"RSA-{name.upper()}": name.replace("-", "_") for name in _SHA3},
    **{f"id-rsassa-pkcs1-v1_5-with-{name}": name.replace("-", "_") for name in _SHA3},
    "RSA-SHA1-2": "sha1",
    "RSA-SHA512/224": "sha512_224",
    "RSA-SHA512/256": "sha512_256",
    "sha512-224": "sha512_224",
    "sha512-224WithRSAEncryption": "sha512_224",
    "sha512-256": "sha512_256",
    "sha512-256WithRSAEncryption": "sha512_256",
    "blake2b512": "blake2b",
    "blake2s256": "blake2s",
    "shake128": "shake_128",
    "shake256": "shake_256",
    "ripemd": "ripemd160",
    "ripemd160": "ripemd160",
    "ripemd160WithRSA": "ripemd160",
    "rmd160": "ripemd160",
    "RSA-RIPEMD160": "ripemd160",
    "md5-sha1": "md5-sha1",
    "ssl3-md5": "md5",
    "ssl3-sha1": "sha1",
    "sm3": "sm3",
    "RSA-SM3": "sm3",
    "sm3WithRSAEncryption": "sm3",
}
"""Node's names, and Python's. Source: `crypto.getHashes()` of Node 20."""
_PYTHON_NAMES = {name.lower(): python_name for name, python_name in _HASHES.items()}
_EXTENDABLE = {"shake_128": 16, "shake_256": 32}
"""Hashes of any length, and how many bytes Node takes of them unless told otherwise."""


def python_name(algorithm: str) -> str:
    """Return Python's name of a hash that has Node's name in lower case."""
    return _PYTHON_NAMES[algorithm]


def digest(options: Options, data: bytes) -> bytes:
    """Hash data; the options are the algorithm and, or `None`, how many bytes are wanted."""
    algorithm, length = options
    name = python_name(algorithm)
    if name in _EXTENDABLE:
        wanted = _EXTENDABLE[name] if length is None else length
        shake = hashlib.shake_128 if name == "shake_128" else hashlib.shake_256
        return shake(data, usedforsecurity=False).digest(wanted)
    result = hashlib.new(name, data, usedforsecurity=False).digest()
    if length not in (None, len(result)):
        raise OperationError(
            "error:030000B2:digital envelope routines::not XOF or invalid length",
            code="ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH",
        )
    return result


def authenticate(options: Options, data: bytes) -> bytes:
    """Compute an HMAC; the options are the algorithm and how many bytes of the data are the key."""
    algorithm, key_bytes = options
    return hmac.digest(data[:key_bytes], data[key_bytes:], python_name(algorithm))


def names(_: Options, __: bytes) -> bytes:
    """Return Node's names of the hashes as JSON."""
    return json.dumps(sorted(_HASHES)).encode()


_random_bytes: Callable[[int], bytes] = os.urandom


def make_repeatable() -> None:
    """Have the random bytes of this process be the same in every run."""
    from random import Random  # noqa: PLC0415 - no other worker waits for it

    global _random_bytes  # noqa: PLW0603 - the worker is one process with one function
    _random_bytes = Random(1).randbytes  # noqa: S311 - that is the point of it


def random(options: Options, _: bytes) -> bytes:
    """Return as many random bytes as asked for."""
    return _random_bytes(_bounded(options[0]))


def pbkdf2(options: Options, data: bytes) -> bytes:
    """Derive a key; the options are the algorithm, bytes of the password, iterations, bytes wanted."""
    algorithm, password_bytes, iterations, length = options
    parts = Parts(data)
    password = parts.take(password_bytes)
    return hashlib.pbkdf2_hmac(python_name(algorithm), password, parts.rest(), iterations, _bounded(length))


def scrypt(options: Options, data: bytes) -> bytes:
    """Derive a key; the options are bytes of the password, bytes wanted, N, r, p and the memory allowed."""
    password_bytes, length, cost, block_size, parallelization, memory_bytes = options
    parts = Parts(data)
    password = parts.take(password_bytes)
    try:
        return hashlib.scrypt(
            password,
            salt=parts.rest(),
            n=cost,
            r=block_size,
            p=parallelization,
            maxmem=min(memory_bytes, 2**31 - 1),
            dklen=_bounded(length),
        )
    except ValueError as error:
        raise OperationError("Invalid scrypt params", code="ERR_CRYPTO_INVALID_SCRYPT_PARAMS") from error


def hkdf(options: Options, data: bytes) -> bytes:
    """Derive a key; the options are the algorithm, bytes of key and salt, bytes wanted. Source: RFC 5869."""
    algorithm, key_bytes, salt_bytes, length = options
    parts = Parts(data)
    key, salt, info = parts.take(key_bytes), parts.take(salt_bytes), parts.rest()
    name = python_name(algorithm)
    block_bytes = hashlib.new(name, usedforsecurity=False).digest_size
    if length > 255 * block_bytes:
        raise OperationError("Invalid key length", code="ERR_CRYPTO_INVALID_KEYLEN")
    return _expand(name, hmac.digest(salt, key, name), info, length)


def _expand(name: str, secret: bytes, info: bytes, length: int) -> bytes:
    output = block = b""
    counter = 1
    while len(output) < length:
        block = hmac.digest(secret, block + info + bytes([counter]), name)
        output += block
        counter += 1
    return output[:length]


def _bounded(count: int) -> int:
    if count > MAX_BYTES:
        raise OperationError(f"{count} bytes were asked for, and {MAX_BYTES} is the most", code="ERR_OUT_OF_RANGE")
    return count


OPERATIONS: dict[str, Operation] = {
    "hash": digest,
    "hash names": names,
    "hkdf": hkdf,
    "hmac": authenticate,
    "pbkdf2": pbkdf2,
    "random": random,
    "scrypt": scrypt,
}
