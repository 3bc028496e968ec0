"""The password of those who may use the page and the API from another machine."""

import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandbox.errors import UserMistakeError

PASSWORD_VARIABLE: Final = "SEGMENT_SANDBOX_PASSWORD"  # noqa: S105 - the variable's name
SHORTEST: Final = 8
"""Letters a password has at least: with `GUESSES` it takes years to try out words."""

GUESSES: Final = 20
"""How many wrong passwords may come from one address in `WINDOW_S`; then none is looked at."""
WINDOW_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Password:
    """What a password has to equal; the password itself is not kept."""

    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "Password":
        """Remember a password."""
        return cls(_digest(text))

    def equals(self, text: str) -> bool:
        """Compare in a time that tells nothing of the password."""
        return hmac.compare_digest(self.digest, _digest(text))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


class Guesses:
    """Wrong passwords by the address that they came from, counted anew every `WINDOW_S` seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since = now()
        self._wrong: Counter[str] = Counter()

    def too_many(self, address: str) -> bool:
        """Say whether an address has guessed too often lately."""
        if self._now() - self._since >= WINDOW_S:
            self._since = self._now()
            self._wrong.clear()
        return self._wrong[address] >= GUESSES

    def add(self, address: str) -> None:
        """Count one more."""
        self._wrong[address] += 1


def password_of(file: Path | None, environment: Mapping[str, str]) -> Password | None:
    """Read the password from the file that is named, else from the environment; None where there is neither.

    Raises:
        UserMistakeError: the file cannot be read, or what it holds is no password.
    """
    if file is not None:
        return _checked(_read(file), f"--password-file {file}")
    text = environment.get(PASSWORD_VARIABLE)
    return None if text is None else _checked(text, PASSWORD_VARIABLE)


def _read(file: Path) -> str:
    hint = "Write the password into a file as its only line, and let nobody else read it."
    try:
        return file.read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise UserMistakeError(f"--password-file {file}: {error.strerror}.", hint) from error
    except UnicodeDecodeError as error:
        raise UserMistakeError(f"--password-file {file} is not text in UTF-8.", hint) from error


def _checked(text: str, where: str) -> Password:
    if len(text) < SHORTEST or not text.isprintable():
        message = f"{where} holds no password: {SHORTEST} letters or more on one line are expected."
        raise UserMistakeError(message, "Make one, for instance with `openssl rand -hex 16`.")
    return Password.of(text)
