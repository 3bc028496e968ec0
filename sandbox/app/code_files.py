"""A function's code in the partner's own file: shown with what is wrong with it, and written where asked."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final

from sandbox.access import ApiError, not_found
from sandbox.app.functions import FunctionFile, Functions, component_file, function_files, function_key
from sandbox.app.partner_files import replace_file, version_of
from sandbox.errors import UserMistakeError
from sandbox.lint import LintBrokenError, Script, lint
from sandbox.workspace import Workspace

MAX_BYTES: Final = 1024 * 1024
"""How large code may be that is shown or written; what Segment takes is less."""


class CodeFiles:
    """Reads and writes the files that the workspace file names as code, and no others."""

    def __init__(self, functions: Functions, workspace: Callable[[], Workspace]) -> None:
        self._functions = functions
        self._workspace = workspace
        self._writing = asyncio.Lock()

    async def show(self, slug: str) -> dict[str, Any]:
        """Return the code as it stands on disk, how it loads, and what the lint finds in it.

        Raises:
            ApiError: there is no such component, or its file cannot be shown.
        """
        file = self._file(slug)
        body = await asyncio.to_thread(_read, file)
        text, code, state = _text_of(body, file), file.code, self._functions.state(file.key)
        script = Script(code.path, text, code.handlers, code.kind, code.web_globals)
        return {
            "component": slug,
            "path": code.path,
            "version": version_of(body),
            "text": text,
            "state": "ready" if state is None else state.words,
            "error": state.error if state else None,
            "error_line": state.line if state else None,
            "findings": await _findings(script),
        }

    async def write(self, slug: str, text: str, version: str) -> dict[str, Any]:
        """Write the code, if the file is still of this version; whoever watches it loads it.

        Raises:
            ApiError: there is no such component, its file is not the partner's own or has changed, or it cannot be
                written.
        """
        file = self._file(slug)
        if self._workspace().file is None:
            message = f"{file.code.path} belongs to segment-sandbox itself; nothing was written."
            hint = "`segment-sandbox init` makes a workspace with a function of your own."
            raise ApiError(HTTPStatus.CONFLICT, "not_your_own", message, hint)
        body = text.encode()
        _check_size(len(body), file)
        async with self._writing:
            found = version_of(await asyncio.to_thread(_read, file))
            if found != version:
                message = f"{file.code.path} has changed on disk since it was read; nothing was written."
                hint = f"Read it again, put your change in, and write it with version {found}."
                raise ApiError(HTTPStatus.CONFLICT, "changed_meanwhile", message, hint)
            await asyncio.to_thread(replace_file, file.path, file.code.path, body)
        return {"component": slug, "path": file.code.path, "version": version_of(body)}

    def _file(self, slug: str) -> FunctionFile:
        """Find the file of the App's function, or of a function of the workspace's own.

        Raises:
            ApiError: 404, with those that there are.
        """
        workspace = self._workspace()
        component = workspace.app.components.function
        files = {each.key: each for each in function_files(workspace)}
        named = {each.slug: files[function_key(each)] for each in workspace.functions}
        if component is not None:
            named["function"] = component_file(workspace, component)
        if slug not in named:
            names = ", ".join(named) or "none; add [app.components.function] to the workspace file"
            raise not_found(f"component {slug} with code", f"Those with code: {names}.")
        return named[slug]


async def _findings(script: Script) -> list[dict[str, Any]]:
    """Look the code over; a lint that fails finds nothing, and stops nothing."""
    try:
        (found,) = await lint([script])
    except (UserMistakeError, LintBrokenError, OSError):
        return []
    return [{**asdict(each), "page": f"docs/lint.md#{each.rule}"} for each in found]


def _read(file: FunctionFile) -> bytes:
    """Read a file that is not too large.

    Raises:
        ApiError: 404 where it cannot be read, 413 where it is larger than is shown.
    """
    try:
        _check_size(file.path.stat().st_size, file)
        return file.path.read_bytes()
    except OSError as error:
        raise not_found(f"file {file.code.path} that can be read", f"{error.strerror}: check the file.") from None


def _check_size(size: int, file: FunctionFile) -> None:
    if size > MAX_BYTES:
        message = f"{file.code.path} has {size} bytes; at most {MAX_BYTES} are shown and written here."
        raise ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "code_too_large", message, "Split it, or edit it elsewhere."
        )


def _text_of(body: bytes, file: FunctionFile) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        message = f"{file.code.path} is no UTF-8 at byte {error.start}."
        raise ApiError(HTTPStatus.CONFLICT, "not_utf8", message, "Save it as UTF-8.") from None
