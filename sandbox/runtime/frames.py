"""How server and worker talk: frames on one socket, each a length and a payload.

The length is four bytes, little-endian. From the server the first byte of the payload says what it is:
`S` set-up and `L` code to load (JSON, for the worker), `D` a message for the kernel (JSON, passed on as it
is). From the worker each payload is a JSON array of messages.
"""

SETUP, LOAD, DISPATCH = b"S", b"L", b"D"
LENGTH_BYTES = 4
MAX_FRAME_BYTES = 64 * 1024 * 1024


def frame(payload: bytes) -> bytes:
    """Put the length in front."""
    return len(payload).to_bytes(LENGTH_BYTES, "little") + payload


class FrameTooLongError(Exception):
    """The other side announced more than a frame may hold."""


class Unframer:
    """Cuts what arrives into payloads."""

    def __init__(self, limit: int = MAX_FRAME_BYTES) -> None:
        self._limit = limit
        self._pending = bytearray()

    def feed(self, data: bytes | memoryview) -> list[bytes]:
        """Take bytes as they come; return the payloads that are now complete.

        Raises:
            FrameTooLongError: a length is over the limit.
        """
        if not self._pending and self._is_one_frame(data):  # as nearly always
            return [bytes(data[LENGTH_BYTES:])]
        self._pending += data
        payloads = []
        at = 0
        while (payload := self._payload(at)) is not None:
            payloads.append(payload)
            at += LENGTH_BYTES + len(payload)
        del self._pending[:at]
        return payloads

    def _is_one_frame(self, data: bytes | memoryview) -> bool:
        length = len(data) - LENGTH_BYTES
        return length == int.from_bytes(data[:LENGTH_BYTES], "little") and length <= self._limit

    def _payload(self, at: int) -> bytes | None:
        start = at + LENGTH_BYTES
        if len(self._pending) < start:
            return None
        length = int.from_bytes(self._pending[at:start], "little")
        if length > self._limit:
            raise FrameTooLongError(f"a frame of {length} bytes; at most {self._limit} are taken")
        return bytes(self._pending[start : start + length]) if len(self._pending) >= start + length else None
