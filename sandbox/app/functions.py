"""The code of every function: loaded at the start, and again at every save."""

import asyncio
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.app.cures import cure
from sandbox.lint import Script
from sandbox.runtime import FunctionCode, FunctionRuntime, LoadError
from sandbox.workspace import FunctionComponent, Workspace, WorkspaceFunction

LOGS_SHOWN = 10
"""Lines of the module scope's log that are told with a load error, the newest."""
LOG_LINE_SHOWN = 200


@dataclass(frozen=True, slots=True)
class FunctionFile:
    """One function's code as the workspace has it.

    Attributes:
        key: names it in the runtime.
        path: where the file is.
        code: what the runtime needs to know of it, but for the source.
    """

    key: str
    path: Path
    code: FunctionCode


@dataclass(frozen=True, slots=True)
class CodeState:
    """A function's code as it stands: `error` says why it does not load, `serving` whether older code runs.

    `line` is that of the error, counted from 1, where it is known.
    """

    path: str
    error: str | None = None
    serving: bool = True
    line: int | None = None

    @property
    def words(self) -> str:
        """Say in a word or two how the function stands."""
        if self.error is None:
            return "ready"
        return "old code serves" if self.serving else "does not load"


def function_files(workspace: Workspace) -> list[FunctionFile]:
    """Return the code of the App's function and of each of the workspace's own."""
    component = workspace.app.components.function
    own = [_own_file(workspace, each) for each in workspace.functions]
    return own if component is None else [component_file(workspace, component), *own]


def component_key(component: FunctionComponent) -> str:
    """Name the App's function in the runtime; other code is another function there."""
    return f"app:{component.code}"


def function_key(function: WorkspaceFunction) -> str:
    """Name a function of the workspace's own in the runtime; its destinations share it."""
    return f"{function.slug}:{function.code}"


def component_file(workspace: Workspace, component: FunctionComponent) -> FunctionFile:
    """Return the code of the App's function."""
    code = FunctionCode(
        shown_path(workspace, component.code),
        "",
        component.timeout,
        kind="subscription",
        handlers=component.handlers,
        web_globals=component.web_globals,
        memory_mb=component.memory,
    )
    return FunctionFile(component_key(component), component.code, code)


def _own_file(workspace: Workspace, function: WorkspaceFunction) -> FunctionFile:
    code = FunctionCode(
        shown_path(workspace, function.code),
        "",
        function.timeout,
        kind=function.kind,
        handlers=function.handlers,
        web_globals=function.web_globals,
        memory_mb=function.memory,
    )
    return FunctionFile(function_key(function), function.code, code)


def shown_path(workspace: Workspace, path: Path) -> str:
    """Show a path as the partner knows it: relative to the workspace, else its name."""
    return str(path.relative_to(workspace.folder)) if path.is_relative_to(workspace.folder) else path.name


class Functions:
    """Keeps the runtime's code in line with the workspace; code that does not load leaves the old one serving."""

    def __init__(self, runtime: FunctionRuntime, on_loaded: Callable[[Script], None]) -> None:
        self._runtime = runtime
        self._on_loaded = on_loaded
        self._states: dict[str, CodeState] = {}

    async def load(self, workspace: Workspace) -> None:
        """Load every function, and let go of those that are gone."""
        wanted = function_files(workspace)
        for key in self._states.keys() - {each.key for each in wanted}:
            await self._unload(key)
        for each in wanted:
            await self._load(each)

    async def reload(self, workspace: Workspace, files: Container[Path]) -> list[tuple[Path, CodeState]]:
        """Load the functions whose code is in these files; return how each stands now."""
        touched = [each for each in function_files(workspace) if each.path in files]
        return [(each.path, await self._load(each)) for each in touched]

    def state(self, key: str) -> CodeState | None:
        """Return how a function's code stands."""
        return self._states.get(key)

    def errors(self) -> list[str]:
        """Return why functions do not load, each reason once."""
        errors = (state.error for state in self._states.values())
        return list(dict.fromkeys(error for error in errors if error is not None))

    async def _unload(self, key: str) -> None:
        """Let go of a function that is gone; one that never loaded is not in the runtime."""
        if self._states.pop(key).serving:
            await self._runtime.unload(key)

    async def _load(self, file: FunctionFile) -> CodeState:
        """Build the new code; the old one serves until it stands, and after it if it does not."""
        loaded = await load_file(self._runtime, file.key, file)
        if isinstance(loaded, LoadError):
            before = self._states.get(file.key)
            serving = before is not None and before.serving
            state = CodeState(file.code.path, load_sentence(loaded), serving, loaded.line)
        else:
            self._on_loaded(Script(loaded.path, loaded.source, loaded.handlers, loaded.kind, loaded.web_globals))
            state = CodeState(loaded.path)
        self._states[file.key] = state
        return state


async def load_file(
    runtime: FunctionRuntime, key: str, file: FunctionFile, *, repeatable: bool = False
) -> FunctionCode | LoadError:
    """Load the code that stands in a file; return it, or why it does not load."""
    try:
        source = await asyncio.to_thread(file.path.read_text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return LoadError(f"the file cannot be read: {error}", file.code.path)
    code = replace(file.code, source=source, repeatable=repeatable)
    return await runtime.load(key, code) or code


def load_sentence(failed: LoadError) -> str:
    """Say why code does not load: file, line, column, message, source line, the cure, and what was logged before."""
    place = ":".join(str(part) for part in (failed.path, failed.line, failed.column) if part is not None)
    sentence = f"{place}: {failed.message}"
    source = [f"    {failed.source_line.strip()}"] if failed.source_line else []
    return "\n".join([sentence, *source, *load_notes(failed)])


def load_notes(failed: LoadError) -> list[str]:
    """Say beyond the place and the message: the cure where one is known, and what was logged before, as lines."""
    words = cure(failed)
    return [*([f"    {words}"] if words else []), *_logged_before(failed)]


def _logged_before(failed: LoadError) -> list[str]:
    """Show the newest lines that the module scope wrote, indented, each cut to its beginning."""
    shown = failed.logs[-LOGS_SHOWN:]
    heading = ["The module scope logged:"] if shown else []
    return [*heading, *(f"    {line.level}: {line.text[:LOG_LINE_SHOWN]}" for line in shown)]
