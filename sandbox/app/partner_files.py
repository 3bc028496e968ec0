"""Files of the partner's that are written where asked: whole or not at all, and of which version they are."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from http import HTTPStatus
from pathlib import Path

from sandbox.access import ApiError


def version_of(body: bytes) -> str:
    """Return what tells a file's content from every other."""
    return hashlib.sha256(body).hexdigest()[:32]


def replace_file(path: Path, shown: str, body: bytes) -> None:
    """Put a whole new file in the place of the old one, behind a link where it is one; its mode stays.

    `shown` is its path as the partner knows it.

    Raises:
        ApiError: 409, it cannot be written.
    """
    path = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as written:
                written.write(body)
            shutil.copymode(path, name)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        message = f"{shown} cannot be written: {error.strerror}."
        hint = "Check who may write the file and its folder, and the room on the disk."
        raise ApiError(HTTPStatus.CONFLICT, "not_written", message, hint) from None
