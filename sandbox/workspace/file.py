"""From the text of the workspace file to the workspace, or to the list of all that is wrong with it."""

import re
import tomllib
from pathlib import Path
from typing import Any

from sandbox.errors import UserMistakeError
from sandbox.workspace.mistakes import Mistakes, cause_of, printable
from sandbox.workspace.models import Workspace
from sandbox.workspace.positions import Key, locate
from sandbox.workspace.rules import build
from sandbox.workspace.tables import read_tables

_WHERE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def read(file: Path) -> Workspace:
    """Read a workspace file.

    Raises:
        UserMistakeError: with every mistake in the file, one on each line.
    """
    document, lines = _parsed(_text(file), file.name)
    mistakes = Mistakes(document, lines)
    workspace = build(file.absolute(), read_tables(mistakes), mistakes)
    if mistakes.found:
        raise UserMistakeError("\n".join(mistakes.sentences(file.name)))
    return workspace


def parsed(body: bytes, file: Path) -> dict[str, Any]:
    """Parse what a workspace file holds, whatever mistakes there are beyond TOML's.

    Raises:
        UserMistakeError: it is no TOML.
    """
    return _parsed(_decoded(body, file), file.name)[0]


def _text(file: Path) -> str:
    try:
        return _decoded(file.read_bytes(), file)
    except (OSError, ValueError) as error:
        raise UserMistakeError(f"{file}: the file cannot be read: {cause_of(error)}. Check its path.") from None


def _decoded(body: bytes, file: Path) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserMistakeError(f"{file.name}:{line}: the file is not UTF-8 text. Save it as UTF-8.") from None


def _parsed(text: str, file_name: str) -> tuple[dict[str, Any], dict[Key, int]]:
    try:
        return tomllib.loads(text), locate(text)
    except RecursionError:
        words = f"{file_name}:1: the file nests tables or arrays too deeply. Make it flatter."
        raise UserMistakeError(words) from None
    except ValueError as error:  # TOMLDecodeError is one; so is a number of too many digits
        raise UserMistakeError(_syntax_words(str(error), text, file_name)) from None


def _syntax_words(found: str, text: str, file_name: str) -> str:
    """Write `file:line:column: what is wrong`, with the line of the file below it."""
    rows = text.rstrip().split("\n")
    where = _WHERE.search(found)
    line = int(where["line"]) if where and where["line"] else len(rows)
    column = int(where["column"]) if where and where["column"] else len(rows[line - 1]) + 1
    words = _WHERE.sub("", found)
    row = rows[line - 1] if line <= len(rows) else ""
    sentence = printable(f"{file_name}:{line}:{column}: this is not TOML: {words}. Mend this line:")
    return f"{sentence}\n    {printable(row.strip())}"
