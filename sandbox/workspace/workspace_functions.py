"""The workspace's own functions: whether each has what its kind needs, and nothing of another kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.workspace.document import tables_with_slug, unique
from sandbox.workspace.mistakes import Mistakes, cause_of, did_you_mean, shown
from sandbox.workspace.models import FunctionKind, WorkspaceFunction
from sandbox.workspace.positions import Key
from sandbox.workspace.settings import free_settings
from sandbox.workspace.tables import WorkspaceFunctionTable

_NEEDED: Final[Mapping[FunctionKind, str]] = {"source": "source", "insert": "destination"}
"""The key that says what a function of this kind stands at; a destination function is named by destinations."""

_OF_ONE_KIND: Final[Mapping[str, FunctionKind]] = {
    "source": "source",
    "destination": "insert",
    "batch_max_count": "destination",
    "batch_wait": "destination",
}


def functions_of(
    folder: Path, tables: Mapping[Key, WorkspaceFunctionTable], mistakes: Mistakes
) -> tuple[WorkspaceFunction, ...]:
    """Make the functions; what is wrong with one is added to the mistakes."""
    unique("functions", "slug", "is the {what} of another function as well (line {line}). Choose another.", mistakes)
    words = "names a {what} that has an insert function already (line {line}). It has one at most: remove one."
    unique("functions", "destination", words, mistakes)
    return tuple(_function(folder, key, table, mistakes) for key, table in tables.items())


def _function(folder: Path, key: Key, table: WorkspaceFunctionTable, mistakes: Mistakes) -> WorkspaceFunction:
    code = folder / table.code
    if words := code_words(code, table.code):
        mistakes.add((*key, "code"), words)
    _check_kind(key, table, mistakes)
    return WorkspaceFunction(
        slug=table.slug,
        name=table.name or table.slug,
        kind=table.kind,
        code=code,
        timeout=table.timeout,
        handlers=table.handlers,
        web_globals=table.web_globals,
        memory=table.memory,
        settings=free_settings((*key, "settings"), table.settings, mistakes),
        source=table.source,
        destination=table.destination,
        batch_max_count=table.batch_max_count,
        batch_wait=table.batch_wait,
    )


def _check_kind(key: Key, table: WorkspaceFunctionTable, mistakes: Mistakes) -> None:
    """Check the keys that belong to one kind of function only."""
    for name, kind in _OF_ONE_KIND.items():
        if name in table.model_fields_set and kind != table.kind:
            words = f'belongs to kind = "{kind}"; this is "{table.kind}". Remove it.'
            mistakes.add((*key, name), words + _HINT.get((table.kind, name), ""))
    if table.handlers == "2019" and table.kind == "insert":
        words = 'is "2019"; there were no insert functions before 2023. Remove it.'
        mistakes.add((*key, "handlers"), words)
    needed = _NEEDED.get(table.kind)
    if needed is not None:
        _check_end(key, table, needed, mistakes)


_HINT: Final[Mapping[tuple[FunctionKind, str], str]] = {
    ("destination", "source"): " Connect it by a table of [[destinations]] with function = its slug.",
    ("destination", "destination"): " Connect it by a table of [[destinations]] with function = its slug.",
}


def _check_end(key: Key, table: WorkspaceFunctionTable, name: str, mistakes: Mistakes) -> None:
    """Check that the source or destination that a function stands at is there."""
    given = table.source if name == "source" else table.destination
    known = [str(each["slug"]) for each in tables_with_slug(mistakes.document, f"{name}s")]
    if given is None:
        words = f"is missing. Add the slug of {_WHICH[table.kind]}: {name} = {shown(next(iter(known), '…'))}."
        mistakes.add((*key, name), words)
    elif given not in known:
        mistakes.add((*key, name), f"is {shown(given)}; there is no such {name}. {did_you_mean(given, known)}")


_WHICH: Final[Mapping[FunctionKind, str]] = {
    "source": "the source that it feeds",
    "insert": "the destination that it stands before",
}


def code_words(code: Path, written: str) -> str | None:
    """Say why a function's code cannot be read; `None` when it can."""
    try:
        code.read_bytes().decode()
    except FileNotFoundError:
        return f"is {shown(written)}; there is no such file. Create it, or mend the path."
    except UnicodeDecodeError:
        return f"is {shown(written)}; the file is not UTF-8 text. Save it as UTF-8."
    except (OSError, ValueError) as error:
        return f"is {shown(written)}; the file cannot be read: {cause_of(error)}. Mend the path."
    return None
