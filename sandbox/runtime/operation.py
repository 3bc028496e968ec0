"""What an operation of the host's is: it takes options and bytes, and returns bytes."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Options: TypeAlias = Sequence[Any]
Operation: TypeAlias = Callable[[Options, bytes], bytes]


class OperationError(Exception):
    """An operation failed, in Node's words; `code` is `None` where Node's error has none."""

    def __init__(self, message: str, *, code: str | None, errno: int | None = None) -> None:
        super().__init__(message)
        self.properties = {"message": message, "code": code, "errno": errno}


class Parts:
    """Takes bytes apart that JavaScript put together."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        start, self._at = self._at, self._at + count
        return self._data[start : self._at]

    def rest(self) -> bytes:
        """Return what is left."""
        return self._data[self._at :]
