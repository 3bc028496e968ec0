"""The workspace: the partner's file, read and checked, or the embedded default where there is none."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.faults import AnyRecipe
from sandbox.workspace.embedded import WRITE_KEY, embedded
from sandbox.workspace.models import (
    API_KEY,
    SANDBOX_URL,
    ComponentName,
    Components,
    Destination,
    FunctionComponent,
    FunctionKind,
    HandlerNames,
    JournalLimits,
    OAuth,
    OAuthKey,
    PartnerApp,
    SettingDefinition,
    SettingType,
    SettingValue,
    Source,
    WebhookComponent,
    Workspace,
    WorkspaceFunction,
)
from sandbox.workspace.names import key_of, slug_of
from sandbox.workspace.project import Template, write_template
from sandbox.workspace.secrets import secrets_of

__all__ = [
    "API_KEY",
    "FILE_NAME",
    "SANDBOX_URL",
    "WRITE_KEY",
    "ComponentName",
    "Components",
    "Destination",
    "FunctionComponent",
    "FunctionKind",
    "HandlerNames",
    "JournalLimits",
    "OAuth",
    "OAuthKey",
    "PartnerApp",
    "SettingDefinition",
    "SettingType",
    "SettingValue",
    "Source",
    "Template",
    "WebhookComponent",
    "Workspace",
    "WorkspaceFunction",
    "embedded",
    "find",
    "key_of",
    "load",
    "read_recipe",
    "secrets_of",
    "slug_of",
    "write_template",
]

FILE_NAME = "workspace.toml"


def find(folder: Path) -> Path | None:
    """Return the workspace file of a folder, `None` when it has none."""
    file = folder / FILE_NAME
    return file if file.exists() or file.is_symlink() else None


def load(file: Path) -> Workspace:
    """Read a workspace file.

    Raises:
        UserMistakeError: with every mistake in the file, one on each line, as `file:line: path what to do`.
    """
    from sandbox.workspace.file import read  # noqa: PLC0415 - pydantic costs more than all the rest to import

    return read(file)


def read_recipe(order: Mapping[str, Any], sources: Iterable[str], destinations: Iterable[str]) -> AnyRecipe:
    """Read one table of `[[faults]]` that came by another way than the file; these are the slugs there are.

    Raises:
        UserMistakeError: with every mistake in it, one on each line.
    """
    from sandbox.workspace import faults  # noqa: PLC0415 - as above

    return faults.read_alone(order, sources, destinations)
