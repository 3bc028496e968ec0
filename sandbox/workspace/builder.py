"""The Settings Builder: the App's settings and what destinations give, read from the file and written into it.

What is written differs from the file in nothing but what was asked for: comments and order stay.
"""

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeAlias, get_args

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from sandbox.workspace.mistakes import Mistakes, dotted
from sandbox.workspace.models import API_KEY, ComponentName, SettingDefinition
from sandbox.workspace.names import key_of
from sandbox.workspace.positions import Key, locate
from sandbox.workspace.rules import build
from sandbox.workspace.tables import SettingTable, read_tables, value_at

Item: TypeAlias = dict[str, Any]
Values: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What destinations give, by their slugs and the keys of settings; None where they no longer give anything."""

BULLETS: Final = "••••••"
SHOWN_OF_SECRET: Final = 4
"""How many characters of a saved secret are shown. Source: the settings of a destination at Segment, 2019."""

_LONG_ENOUGH: Final = 2 * SHOWN_OF_SECRET
_SETTINGS: Final = ("app", "settings")
_FIELDS: Final = tuple(SettingTable.model_fields)
_ORDINARY: Final[Mapping[str, Any]] = {
    "description": "",
    "type": "string",
    "required": False,
    "sensitive": False,
    "options": [],
    "pattern": "",
    "default": None,
    "shown_for": list(get_args(ComponentName)),
}


class NotEditableError(Exception):
    """The file is written in a way in which it cannot be changed in place; the words say what to do."""


@dataclass(frozen=True, slots=True)
class MistakenField:
    """A mistake and the way to its field: `("settings", 2, "pattern")` or `("values", "crm", "region")`.

    The way is empty where the mistake is elsewhere in the file.
    """

    at: Key
    message: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The new text of the file, and all that would be wrong with it."""

    text: str
    mistakes: tuple[MistakenField, ...]


def setting_items(document: Mapping[str, Any]) -> list[Item]:
    """Return every setting of the App with every field filled in, apiKey first; secret defaults are masked."""
    items = [_filled(table) for table in _tables(document)]
    own = next((each for each in items if each["key"] == API_KEY.key), None)
    return [own or item_of(API_KEY), *(each for each in items if each is not own)]


def item_of(definition: SettingDefinition) -> Item:
    """Return a definition as the Settings Builder shows it."""
    item = asdict(definition)
    return _masked({**item, "options": list(definition.options), "shown_for": list(definition.shown_for)})


def destination_items(document: Mapping[str, Any], component: str) -> list[Item]:
    """Return the destinations of a component, with the values that they give; the secret ones are masked."""
    secret = _secret_keys(setting_items(document))
    return [
        {
            "slug": str(table.get("slug", "")),
            "source": str(table.get("source", "")),
            "enabled": table.get("enabled") is True,
            "values": shown_values(_table(table.get("settings")), secret),
        }
        for table in _array(document.get("destinations"))
        if table.get("component") == component
    ]


def shown_values(values: Mapping[str, Any], secret: Iterable[str]) -> dict[str, Any]:
    """Mask the values that are secret."""
    hidden = frozenset(secret)
    return {key: mask(value) if key in hidden else value for key, value in values.items()}


def mask(value: Any) -> str:
    """Hide a secret but for the end of a long one, by which it can be told from others."""
    if isinstance(value, str) and len(value) >= _LONG_ENOUGH:
        return BULLETS + value[-SHOWN_OF_SECRET:]
    return BULLETS


def edited(text: str, file: Path, settings: Sequence[Item], values: Values) -> Edited:
    """Put these settings, in this order, and these values into the text of the file.

    A setting that goes takes the values along that destinations give it; a mask in the place of a secret leaves it
    as it is.

    Raises:
        NotEditableError: the file is written in a way in which that is not possible.
    """
    before = tomllib.loads(text)
    if not isinstance(before.get("app"), dict):
        raise NotEditableError("it has no table [app]. Add it")
    tables, places = _wanted_tables(before, settings)
    given = _wanted_values(before, settings, values)
    wanted = _wanted_document(before, tables, given)
    try:
        changed = _with_settings(_with_values(text, before, given), before, tables)
        same = tomllib.loads(changed) == wanted
    except (TOMLKitError, ValueError, LookupError):
        same = False
    if not same:
        raise NotEditableError(
            "the settings stand in it in a way in which they cannot be changed in place. Write each as a table "
            "[[app.settings]] of its own, each destination as [[destinations]], or edit the file by hand"
        )
    return Edited(changed, (*_without_api_key(settings), *_mistakes(changed, file, places)))


# -- what is wanted --------------------------------------------------------------------------------------


def _wanted_tables(before: Mapping[str, Any], settings: Sequence[Item]) -> tuple[list[Item], list[int]]:
    """Return the tables to be written, and of which setting each is."""
    old = {_key(table): table for table in _tables(before)}
    tables, places = [], []
    for number, item in enumerate(settings):
        table = _written(item, old.get(_key(item), {}))
        if _key(item) != API_KEY.key or API_KEY.key in old or table != {"label": API_KEY.label}:
            tables.append(table)
            places.append(number)
    return tables, places


def _written(item: Item, old: Item) -> Item:
    """Leave out what a table need not say, unless it says it already."""
    ordinary = item_of(API_KEY) if _key(item) == API_KEY.key else _ORDINARY
    item = {name: value for name, value in item.items() if value is not None}
    if "default" in old and item.get("default") == mask(old["default"]):
        item["default"] = old["default"]
    table = {name: value for name, value in item.items() if name in old or value != ordinary.get(name)}
    if "key" not in old and table.get("key") == key_of(str(item.get("label", ""))):
        del table["key"]
    return {"label": item["label"], **table} if "label" in item else table


def _wanted_values(before: Mapping[str, Any], settings: Sequence[Item], values: Values) -> dict[int, Item]:
    """Return what each destination that changes is to give, by its number."""
    known = {each["key"] for each in setting_items(before)}
    secret = _secret_keys(setting_items(before))
    wanted = {}
    for number, table in enumerate(_array(before.get("destinations"))):
        if table.get("component") not in _ORDINARY["shown_for"]:
            continue
        old = _table(table.get("settings"))
        gone = known - {API_KEY.key} - _shown_for(table["component"], settings)
        given = {key: value for key, value in old.items() if key not in gone}
        for key, value in values.get(str(table.get("slug")), {}).items():
            if value is None:
                given.pop(key, None)
            elif not (key in secret and key in old and value == mask(old[key])):
                given[key] = value
        if given != old:
            wanted[number] = given
    return wanted


def _shown_for(component: str, settings: Sequence[Item]) -> set[str]:
    return {_key(each) for each in settings if component in _strings(each.get("shown_for", _ORDINARY["shown_for"]))}


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _wanted_document(before: Mapping[str, Any], tables: list[Item], given: Mapping[int, Item]) -> dict[str, Any]:
    wanted: dict[str, Any] = copy.deepcopy(dict(before))
    wanted["app"].pop("settings", None)
    if tables:
        wanted["app"]["settings"] = tables
    for number, values in given.items():
        wanted["destinations"][number]["settings"] = values
    return wanted


# -- the file's text ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one table of an array: from the comment right above its header to that of the next header."""

    start: int
    header: int
    end: int


def _with_values(text: str, before: Mapping[str, Any], given: Mapping[int, Item]) -> str:
    """Change what destinations give, each in its own lines."""
    lines = _lines(text)
    blocks = _blocks(text, ("destinations",), len(_array(before.get("destinations"))))
    for number, values in sorted(given.items(), reverse=True):
        block = blocks[number]
        lines[block.header : block.end] = [_changed_destination("".join(lines[block.header : block.end]), values)]
    return "".join(lines)


def _changed_destination(block: str, values: Item) -> str:
    document, rest = _parsed(block)
    table = document["destinations"][0]
    if isinstance(table.get("settings"), Table):
        _change(table["settings"], values)
    else:
        table["settings"] = _toml(values)
    return tomlkit.dumps(document) + rest


def _with_settings(text: str, before: Mapping[str, Any], tables: Sequence[Item]) -> str:
    """Write the tables of the settings one after the other, where the first of them stands or is to stand."""
    lines = _lines(text)
    old = [_key(each) for each in _tables(before)]
    blocks = _blocks(text, _SETTINGS, len(old))
    place = blocks[0].header if blocks else _end_of_app(text)
    kept = {key: "".join(lines[_begin(block, blocks) : block.end]) for key, block in zip(old, blocks, strict=True)}
    written = [
        _changed_setting(kept[_key(each)], each) if _key(each) in kept else _new_setting(each) for each in tables
    ]
    for block in reversed(blocks):
        del lines[_begin(block, blocks) : block.end]
    head = "".join(lines[:place])
    gap = "" if blocks or not head.strip() or head.endswith("\n\n") else "\n"
    return head + gap + "".join(written) + "".join(lines[place:])


def _begin(block: _Block, blocks: Sequence[_Block]) -> int:
    """Begin with the comment above a table; that above the first one is about all of them, and stays."""
    return block.header if block is blocks[0] else block.start


def _changed_setting(block: str, table: Item) -> str:
    head = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)*", block)
    comments = head[0] if head else ""
    document, rest = _parsed(block[len(comments) :])
    _change(document["app"]["settings"][0], table)
    return comments + tomlkit.dumps(document) + (rest or "\n")


def _new_setting(table: Item) -> str:
    made = tomlkit.table()
    for name in (*_FIELDS, *(each for each in table if each not in _FIELDS)):
        if name in table:
            made[name] = _toml(table[name])
    return f"[[app.settings]]\n{made.as_string()}\n"


def _parsed(block: str) -> tuple[tomlkit.TOMLDocument, str]:
    """Parse a block up to its last line, and return the empty lines behind it."""
    body = block.rstrip()
    return tomlkit.parse(body + "\n"), block[len(body) :].removeprefix("\n")


def _change(table: Any, wanted: Mapping[str, Any]) -> None:
    for name in [name for name in table if name not in wanted]:
        del table[name]
    for name, value in wanted.items():
        if name not in table or repr(tomlkit.item(table[name]).unwrap()) != repr(value):  # True is not 1
            table[name] = _toml(value)


def _toml(value: Any) -> Any:
    """Write a value in one line, tables and lists of them too."""
    if isinstance(value, list):
        return tomlkit.value(f"[{', '.join(_toml(each).as_string() for each in value)}]")
    if not isinstance(value, dict):
        return tomlkit.item(value)
    pairs = [f"{tomlkit.key(name).as_string()} = {_toml(each).as_string()}" for name, each in value.items()]
    return tomlkit.value(f"{{ {', '.join(pairs)} }}" if pairs else "{}")


def _blocks(text: str, key: Key, count: int) -> list[_Block]:
    """Find the lines of each table of an array, counted from 0; a table that has no header of its own has none.

    Raises:
        NotEditableError: the array is not written as tables.
    """
    lines = _lines(text)
    name = ".".join(map(str, key))
    header = re.compile(r"\s*\[\[\s*" + name.replace(".", r"\s*\.\s*") + r"\s*\]\]")
    positions = locate(text)
    found = []
    for number in range(count):
        own = (*key, number)
        line = positions[own]
        if not header.match(lines[line - 1]):
            raise NotEditableError(f"{name} is written as an array. Write each as a table [[{name}]]")
        after = [at for other, at in positions.items() if other[: len(own)] != own and at > line]
        end = _above(lines, min(after) - 1) if after else len(lines)
        found.append(_Block(_above(lines, line - 1), line - 1, end))
    return found


def _lines(text: str) -> list[str]:
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _above(lines: Sequence[str], header: int) -> int:
    """Go up from a header to the first line of the comment right above it."""
    while header > 0 and lines[header - 1].lstrip().startswith("#"):
        header -= 1
    return header


def _end_of_app(text: str) -> int:
    """Return the line before which the first setting goes: behind the App's own keys."""
    lines = _lines(text)
    positions = locate(text)
    own = {("app",), *(("app", name) for name in ("name", "description"))}
    after = [line for key, line in positions.items() if key not in own and line > positions["app",]]
    return _above(lines, min(after) - 1) if after else len(lines)


# -- what is wrong with it ---------------------------------------------------------------------------------


def _without_api_key(settings: Sequence[Item]) -> Iterable[MistakenField]:
    if not any(_key(each) == API_KEY.key for each in settings):
        words = "The setting apiKey is missing: it is in every App and cannot be removed. Put it back."
        yield MistakenField(("settings",), words)


def _mistakes(text: str, file: Path, places: Sequence[int]) -> Iterable[MistakenField]:
    document = tomllib.loads(text)
    mistakes = Mistakes(document, locate(text))
    build(file.absolute(), read_tables(mistakes), mistakes)
    for each in mistakes.found:
        yield MistakenField(_field(each.key, document, places), f"{dotted(each.key, document)} {each.words}")


def _field(key: Key, document: Mapping[str, Any], places: Sequence[int]) -> Key:
    match key:
        case ("app", "settings", int() as number, *rest):
            return ("settings", places[number], *rest[:1])
        case ("destinations", int() as number, "settings", *rest):
            return ("values", str(value_at(document, ("destinations", number, "slug"))), *rest[:1])
        case _:
            return ()


# -- the document as it was written ------------------------------------------------------------------------


def _tables(document: Mapping[str, Any]) -> list[Item]:
    return _array(value_at(document, _SETTINGS))


def _array(value: Any) -> list[Item]:
    return [_table(each) for each in value] if isinstance(value, list) else []


def _table(value: Any) -> Item:
    return value if isinstance(value, dict) else {}


def _key(table: Mapping[str, Any]) -> str:
    key = table.get("key")
    return key if isinstance(key, str) and key else key_of(str(table.get("label", "")))


def _filled(table: Item) -> Item:
    ordinary = item_of(API_KEY) if _key(table) == API_KEY.key else _ORDINARY
    filled = {"label": "", **ordinary, **table, "key": _key(table)}
    return _masked({name: filled[name] for name in chain(_FIELDS, (name for name in table if name not in _FIELDS))})


def _masked(item: Item) -> Item:
    secret = item["sensitive"] is True and item["default"] is not None
    return {**item, "default": mask(item["default"])} if secret else item


def _secret_keys(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(each["key"] for each in items if each["sensitive"] is True)
