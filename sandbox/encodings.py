"""Compressed bodies, undone by ourselves, so that what cannot be undone is answered and shown as anything else."""

import zlib
from typing import Final

_GZIP: Final = 16 + zlib.MAX_WBITS
_RAW_DEFLATE: Final = -zlib.MAX_WBITS
_NAMES: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_ZLIB_METHOD: Final = 8
"""The low four bits of a zlib stream's first byte; a deflate stream without zlib's header has others."""


class EncodingError(ValueError):
    """A body cannot be undone; the message says why."""


class UndoneTooLargeError(EncodingError):
    """A body is larger than allowed once it is undone."""


def undone(body: bytes, encoding: str, most: int) -> bytes:
    """Undo a Content-Encoding: gzip or deflate, the latter with zlib's header or without; several are not known.

    Args:
        body: as it came; an empty one stays empty.
        encoding: the header's value.
        most: how many bytes may come out.

    Raises:
        EncodingError: the encoding is not known, or the body is not in it.
        UndoneTooLargeError: more than `most` bytes would come out.
    """
    name = encoding.strip().lower()
    if name in ("", "identity") or not body:
        return body
    if name not in _NAMES:
        raise EncodingError(f"Content-Encoding {encoding} is not known; send gzip, deflate or none")
    try:
        return _inflated(body, _window(body, _NAMES[name]), most)
    except zlib.error as error:
        raise EncodingError(f"the body is not {name}: {error}") from None


def _window(body: bytes, bits: int) -> int:
    return _RAW_DEFLATE if bits == zlib.MAX_WBITS and body[0] & 0x0F != _ZLIB_METHOD else bits


def _inflated(body: bytes, bits: int, most: int) -> bytes:
    """Inflate one member after the other, as gzip may have several."""
    found = bytearray()
    while body:
        member = zlib.decompressobj(bits)
        found += member.decompress(body, most + 1 - len(found))
        if len(found) > most:
            raise UndoneTooLargeError(f"the body has more than {most} bytes once it is undone")
        if not member.eof:
            raise EncodingError("the compressed body breaks off")
        body = member.unused_data
    return bytes(found)
