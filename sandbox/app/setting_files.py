"""The Settings Builder over the partner's workspace file: what it says of settings, shown and written."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from sandbox.access import ApiError, not_found
from sandbox.app.partner_files import replace_file, version_of
from sandbox.errors import UserMistakeError
from sandbox.workspace import Workspace

_BY_HAND: Final = "Edit the file by hand."


class SettingFiles:
    """Shows the settings of the App and the values of its destinations, and writes them to the workspace file."""

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        self._workspace = workspace
        self._writing = asyncio.Lock()

    async def show(self, slug: str) -> dict[str, Any]:
        """Return the App's settings and the destinations of a component, as the file has them now.

        Raises:
            ApiError: there is no such component, or the file cannot be read.
        """
        file = self._file(slug)
        if file is None:
            return {"component": slug, "path": None, "version": None, **_embedded(self._workspace(), slug)}
        body = await asyncio.to_thread(_read, file)
        return {"component": slug, "path": file.name, "version": version_of(body), **_shown(body, file, slug)}

    async def write(
        self, slug: str, version: str, settings: Sequence[dict[str, Any]], values: Mapping[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """Write settings and values, if the file is still of this version and would be without mistakes.

        Whoever watches the file loads it.

        Raises:
            ApiError: there is no such component or destination, there is no file or it has changed, what is to be
                written has mistakes, or it cannot be written.
        """
        file = self._file(slug)
        if file is None:
            message = "The embedded workspace is no file; nothing was written."
            hint = "`segment-sandbox init` writes a workspace of your own."
            raise ApiError(HTTPStatus.CONFLICT, "not_your_own", message, hint)
        self._check_destinations(slug, values)
        async with self._writing:
            body = await asyncio.to_thread(_read, file)
            if version_of(body) != version:
                message = f"{file.name} has changed on disk since it was read; nothing was written."
                hint = f"Read it again, put your change in, and write it with version {version_of(body)}."
                raise ApiError(HTTPStatus.CONFLICT, "changed_meanwhile", message, hint)
            new = await asyncio.to_thread(_edited, body, file, settings, values)
            await asyncio.to_thread(replace_file, file, file.name, new)
        return {"component": slug, "path": file.name, "version": version_of(new), **_shown(new, file, slug)}

    def _file(self, slug: str) -> Path | None:
        """Return the workspace file of a component of the App, None where there is no file.

        Raises:
            ApiError: 404, the App has no such component.
        """
        workspace = self._workspace()
        components = workspace.app.components
        there = {"function": components.function, "webhook": components.webhook}
        if there.get(slug) is None:
            names = ", ".join(name for name, component in there.items() if component is not None) or "none"
            raise not_found(f"component {slug} of the App", f"Those it has: {names}.")
        return workspace.file

    def _check_destinations(self, slug: str, values: Mapping[str, Any]) -> None:
        """Refuse values for what is no destination of the component.

        Raises:
            ApiError: 404, with those that there are.
        """
        known = [each.slug for each in self._workspace().destinations if each.component == slug]
        unknown = [each for each in values if each not in known]
        if unknown:
            raise not_found(
                f"destination {unknown[0]} of the component {slug}", f"Those it has: {', '.join(known) or 'none'}."
            )


def _embedded(workspace: Workspace, component: str) -> dict[str, Any]:
    from sandbox.workspace.builder import item_of, shown_values  # noqa: PLC0415 - pydantic, as in sandbox.workspace

    secret = [each.key for each in workspace.app.settings if each.sensitive]
    return {
        "settings": [item_of(each) for each in workspace.app.settings],
        "destinations": [
            {
                "slug": each.slug,
                "source": each.source,
                "enabled": each.enabled,
                "values": shown_values(each.settings, secret),
            }
            for each in workspace.destinations
            if each.component == component
        ],
    }


def _shown(body: bytes, file: Path, component: str) -> dict[str, Any]:
    from sandbox.workspace.builder import destination_items, setting_items  # noqa: PLC0415 - likewise

    document = _document(body, file)
    return {"settings": setting_items(document), "destinations": destination_items(document, component)}


def _edited(
    body: bytes, file: Path, settings: Sequence[dict[str, Any]], values: Mapping[str, dict[str, Any]]
) -> bytes:
    from sandbox.workspace.builder import NotEditableError, edited  # noqa: PLC0415 - likewise

    _document(body, file)
    text = body.decode()
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    ends = "\r\n" if "\r\n" in text else "\n"
    try:
        new = edited(text.removeprefix(mark).replace("\r\n", "\n"), file, settings, values)
    except NotEditableError as error:
        message = f"{file.name} was not written: {error}."
        raise ApiError(HTTPStatus.CONFLICT, "not_editable", message, _BY_HAND) from None
    if new.mistakes:
        message = "\n".join(each.message for each in new.mistakes)
        hint = "Nothing was written. Each stands at its field; mend it there."
        beside = {"mistakes": [asdict(each) for each in new.mistakes]}
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_settings", message, hint, beside)
    return (mark + new.text.replace("\n", ends)).encode()


def _document(body: bytes, file: Path) -> dict[str, Any]:
    """Parse the file as it stands on disk, mistakes of other kinds than those of TOML included.

    Raises:
        ApiError: 409, it is no TOML.
    """
    from sandbox.workspace.file import parsed  # noqa: PLC0415 - likewise

    try:
        return parsed(body, file)
    except UserMistakeError as mistake:
        raise ApiError(HTTPStatus.CONFLICT, "file_unreadable", mistake.message, _BY_HAND) from None


def _read(file: Path) -> bytes:
    """Read the workspace file.

    Raises:
        ApiError: 409, it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file.name} cannot be read: {error.strerror}."
        raise ApiError(
            HTTPStatus.CONFLICT, "file_unreadable", message, "Check the file and who may read it."
        ) from None
