"""The project that `segment-sandbox init` begins: a workspace file that works, its code and sample events."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from sandbox.errors import UserMistakeError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Template: TypeAlias = Literal["function", "webhook"]

_RENAMED = {"gitignore": ".gitignore"}
"""Files that would mean something to the tools of this project under their own name."""


def write_template(folder: Path, template: Template) -> list[Path]:
    """Write a template's files into a folder, which is made where it is missing, and return their paths.

    Raises:
        UserMistakeError: where files of these names are there already, naming them; nothing is written then.
    """
    contents = {folder / path: content for path, content in _contents(template)}
    there = [str(path.relative_to(folder)) for path in contents if path.exists()]
    if there:
        words = f"{folder}: {', '.join(there)} would be overwritten"
        raise UserMistakeError(f"{words}. Move what is there, or choose another folder.")
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise UserMistakeError(f"{folder}: cannot be written to: {error.strerror}. Choose another folder.") from None
    return list(contents)


def _contents(template: Template) -> Iterator[tuple[Path, bytes]]:
    """Give each file of a template: where it goes, relative to the project, and its content."""
    from importlib.resources import files  # noqa: PLC0415 - every command would wait for it, init needs it

    root = files("sandbox.workspace") / "templates"
    yield from _below(root / "both", Path())
    yield from _below(root / template, Path())


def _below(folder: "Traversable", path: Path) -> Iterator[tuple[Path, bytes]]:
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = _RENAMED.get(each.name, each.name)
        if each.is_dir():
            yield from _below(each, path / name)
        else:
            yield path / name, each.read_bytes()
