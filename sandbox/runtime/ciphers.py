"""Node's AES ciphers over the cryptography package: they run on between updates, as Node's do.

Source: Node.js documentation, Crypto, classes Cipher and Decipher; the errors are those of Node 20.
"""

import itertools
from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from sandbox.runtime.operation import Operation, OperationError, Options, Parts

MAX_RUNNING = 1_000
"""Ciphers that were begun and not ended; beyond that the oldest is given up."""
_LEAST_TAG_BYTES = 4
_PADDED = ("cbc", "ecb")
_MODES: dict[str, Callable[[bytes], modes.CBC | modes.CTR | modes.ECB]] = {
    "cbc": modes.CBC,
    "ctr": modes.CTR,
    "ecb": lambda _: modes.ECB(),  # noqa: S305 - partner code asks for it, as it may of Node
}


class Running(Protocol):
    """A cipher between its start and its end."""

    def update(self, data: bytes) -> bytes:
        """Take data; return what of the result is certain."""

    def authenticate(self, data: bytes) -> None:
        """Take data that is authenticated but not encrypted."""

    def end(self, tag: bytes) -> bytes:
        """Return the rest; behind it, when GCM encrypts, a tag of 16 bytes. `tag` is what decrypting expects."""


class _Plain:
    """CBC, CTR and ECB; the padding of PKCS 7 in blocks."""

    def __init__(self, name: str, key: bytes, iv: bytes, *, decrypts: bool, pads: bool) -> None:
        cipher = Cipher(algorithms.AES(key), _MODES[name](iv))
        self._context = cipher.decryptor() if decrypts else cipher.encryptor()
        self._decrypts = decrypts
        padding = PKCS7(algorithms.AES.block_size)
        self._padding = (padding.unpadder() if decrypts else padding.padder()) if pads else None

    def update(self, data: bytes) -> bytes:
        if self._padding is None:
            return self._context.update(data)
        if self._decrypts:
            return self._padding.update(self._context.update(data))
        return self._context.update(self._padding.update(data))

    def authenticate(self, data: bytes) -> None:
        """Nothing: these modes authenticate nothing."""

    def end(self, _: bytes) -> bytes:
        if self._padding is None:
            return self._finish(b"")
        return self._unpad(self._finish(b"")) if self._decrypts else self._finish(self._padding.finalize())

    def _finish(self, last: bytes) -> bytes:
        try:
            return self._context.update(last) + self._context.finalize()
        except ValueError as error:
            message = "error:1C80006B:Provider routines::wrong final block length"
            raise OperationError(message, code="ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH") from error

    def _unpad(self, last: bytes) -> bytes:
        assert self._padding is not None  # noqa: S101 - only called where there is one
        try:
            return self._padding.update(last) + self._padding.finalize()
        except ValueError as error:
            message = "error:1C800064:Provider routines::bad decrypt"
            raise OperationError(message, code="ERR_OSSL_BAD_DECRYPT") from error


class _Encrypting:
    """GCM, encrypting."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        self._context = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()
        self.update, self.authenticate = self._context.update, self._context.authenticate_additional_data

    def end(self, _: bytes) -> bytes:
        return self._context.finalize() + self._context.tag


class _Decrypting:
    """GCM, decrypting."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        self._context = Cipher(algorithms.AES(key), modes.GCM(iv, min_tag_length=_LEAST_TAG_BYTES)).decryptor()
        self.update, self.authenticate = self._context.update, self._context.authenticate_additional_data

    def end(self, tag: bytes) -> bytes:
        try:
            return self._context.finalize_with_tag(tag)
        except (InvalidTag, ValueError) as error:
            raise OperationError("Unsupported state or unable to authenticate data", code=None) from error


_running: dict[int, Running] = {}
_handles = itertools.count(1)


def start(options: Options, data: bytes) -> bytes:
    """Begin; the options are mode, whether to decrypt, whether to pad, bytes of the key. Returns a handle."""
    mode, decrypts, pads, key_bytes = options
    parts = Parts(data)
    handle = next(_handles)
    _running[handle] = _made(mode, parts.take(key_bytes), parts.rest(), decrypts=decrypts, pads=pads)
    if len(_running) > MAX_RUNNING:
        del _running[next(iter(_running))]
    return str(handle).encode()


def _made(mode: str, key: bytes, iv: bytes, *, decrypts: bool, pads: bool) -> Running:
    if mode != "gcm":
        return _Plain(mode, key, iv, decrypts=decrypts, pads=pads and mode in _PADDED)
    return _Decrypting(key, iv) if decrypts else _Encrypting(key, iv)


def authenticate(options: Options, data: bytes) -> bytes:
    """Add data that is authenticated only; the option is the handle."""
    _found(options[0]).authenticate(data)
    return b""


def update(options: Options, data: bytes) -> bytes:
    """Encrypt or decrypt more; the option is the handle."""
    return _found(options[0]).update(data)


def end(options: Options, data: bytes) -> bytes:
    """Encrypt or decrypt the rest; the option is the handle, the data the tag that GCM is to check."""
    ending = _found(options[0])
    del _running[options[0]]
    return ending.end(data)


def _found(handle: int) -> Running:
    try:
        return _running[handle]
    except KeyError:
        message = f"the cipher was given up: {MAX_RUNNING} others were begun after it and not ended"
        raise OperationError(message, code="ERR_CRYPTO_INVALID_STATE") from None


OPERATIONS: dict[str, Operation] = {
    "cipher start": start,
    "cipher authenticate": authenticate,
    "cipher update": update,
    "cipher end": end,
}
