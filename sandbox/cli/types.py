"""`segment-sandbox types`: declarations that let an editor complete and check a function."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, assert_never

import click

from sandbox.errors import UserMistakeError
from sandbox.workspace import SettingDefinition, SettingValue, Workspace, embedded, find, load

DECLARATIONS: Final = "segment.d.ts"
CONFIGURATION: Final = "jsconfig.json"

_GLOBALS: Final = Path(__file__).with_name("functions.d.ts")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*")
_CONFIGURATION_TEXT: Final = """\
{
  "compilerOptions": {
    "target": "ES2023",
    "lib": ["ES2023"],
    "types": [],
    "module": "ESNext",
    "moduleDetection": "force",
    "checkJs": true,
    "strict": true,
    "noImplicitAny": false,
    "useUnknownInCatchVariables": false
  },
  "include": ["**/*.js", "**/*.d.ts"]
}
"""
"""Node 20's language without the globals of browsers; every file a world of its own, as at Segment."""


def run(folder: Path, output: Path | None) -> None:
    """Write the declarations, and the editor's configuration where the folder has none; `-` prints them.

    Raises:
        UserMistakeError: the workspace file is wrong, or the file cannot be written.
    """
    file = find(folder)
    text = declarations(embedded(folder) if file is None else load(file))
    if output == Path("-"):
        click.echo(text, nl=False)
        return
    _write(output or Path(DECLARATIONS), text)
    if output is None and not (folder / CONFIGURATION).exists():
        _write(Path(CONFIGURATION), _CONFIGURATION_TEXT)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UserMistakeError(f"{path}: cannot be written: {error.strerror}. Choose another file with -o.") from None
    click.echo(f"wrote {path}")


def declarations(workspace: Workspace) -> str:
    """Return the text of the declarations: what all functions see, and the settings of this App."""
    return "\n".join([_GLOBALS.read_text("utf-8"), *_settings(workspace), ""])


def _settings(workspace: Workspace) -> Iterator[str]:
    yield f"// -- settings of {_one_line(workspace.app.name)} {'-' * 60}\n"
    yield "interface FunctionSettings {"
    for setting in workspace.app.settings:
        if "function" in setting.shown_for:
            yield f"  /** {_one_line(setting.description or setting.label).replace('*/', '* /')} */"
            yield f"  {_key(setting.key)}{_mark(setting)}: {_type(setting)};"
    yield "}"
    for function in workspace.functions:
        yield f"\n/** The settings of the function {function.slug}. */"
        yield f"interface {_type_name(function.slug)} {{"
        yield from (f"  {_key(key)}: {_type_of(value)};" for key, value in function.settings.items())
        yield "}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _key(key: str) -> str:
    return key if _IDENTIFIER.fullmatch(key) else json.dumps(key)


def _type_name(slug: str) -> str:
    """Return the name of a function's settings: `orders-webhook` has `OrdersWebhookSettings`."""
    name = "".join(part.capitalize() for part in slug.split("-"))
    return f"{'' if name[:1].isalpha() else '_'}{name}Settings"


def _mark(setting: SettingDefinition) -> str:
    """Return what marks a setting that may be missing."""
    return "" if setting.required or setting.default is not None else "?"


def _type(setting: SettingDefinition) -> str:
    match setting.type:
        case "string" | "boolean" | "number":
            return setting.type
        case "array":
            return "string[]"
        case "map":
            return "Record<string, string>"
        case "select":
            return " | ".join(json.dumps(option) for option in setting.options) or "string"
        case _:
            assert_never(setting.type)


def _type_of(value: SettingValue) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "string[]"
        case dict():
            return "Record<string, string>"
        case _:
            assert_never(value)
