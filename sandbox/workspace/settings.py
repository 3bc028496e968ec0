"""Settings: which definitions the App has, and whether a value fits its definition."""

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.workspace.mistakes import Mistakes, choices, did_you_mean, kind_of
from sandbox.workspace.models import API_KEY, SANDBOX_URL, ComponentName, SettingDefinition, SettingValue
from sandbox.workspace.names import key_of
from sandbox.workspace.positions import Key
from sandbox.workspace.tables import DestinationTable, SettingTable

LOOPBACK = "http://127.0.0.1:8484"
"""What the sandbox's own address counts as while it is not yet known."""

LARGEST_EXACT = 2**53 - 1
"""The largest whole number that JavaScript tells from its neighbours."""

_FREE_FOR_API_KEY = {"label", "key", "description", "pattern"}

_EXPECTED = {
    "string": "a string",
    "select": "a string",
    "boolean": "true or false",
    "number": "a number",
    "array": "an array of strings",
    "map": "a table of strings",
}


def definitions(tables: Mapping[Key, SettingTable], mistakes: Mistakes) -> tuple[SettingDefinition, ...]:
    """Make the App's definitions, apiKey first; what is wrong with one is added to the mistakes."""
    defined = {API_KEY.key: API_KEY}
    seen: dict[str, Key] = {}
    for key, table in tables.items():
        definition = _definition(table)
        if definition.key in seen:
            first = mistakes.line(seen[definition.key])
            mistakes.add(key, f'has the key "{definition.key}" of line {first}. Give it a key of its own.')
            continue
        seen[definition.key] = key
        for name, words in _complaints(table, definition):
            mistakes.add((*key, *name), words)
        defined[definition.key] = definition
    return tuple(defined.values())


def _definition(table: SettingTable) -> SettingDefinition:
    key = table.key or key_of(table.label)
    if key == API_KEY.key:
        return replace(
            API_KEY,
            label=table.label,
            description=table.description or API_KEY.description,
            pattern=table.pattern if "pattern" in table.model_fields_set else API_KEY.pattern,
        )
    return SettingDefinition(
        label=table.label,
        key=key,
        description=table.description,
        type=table.type,
        required=table.required,
        sensitive=table.sensitive,
        options=table.options,
        pattern=table.pattern,
        default=table.default,
        shown_for=table.shown_for,
    )


def _complaints(table: SettingTable, definition: SettingDefinition) -> list[tuple[Key, str]]:
    """List what is wrong with a definition: the name in its table and the words."""
    if definition.key == API_KEY.key:
        fixed = sorted(table.model_fields_set - _FREE_FOR_API_KEY)
        words = "cannot be set: apiKey is a required, sensitive string in every App. Remove it."
        found: list[tuple[Key, str]] = [((name,), words) for name in fixed]
        return found + _pattern_complaints(definition)
    return [
        *_key_complaints(definition),
        *_option_complaints(definition),
        *_pattern_complaints(definition),
        *_default_complaints(definition),
    ]


def _key_complaints(definition: SettingDefinition) -> list[tuple[Key, str]]:
    if definition.key and not definition.key[0].isdigit():
        return []
    return [(("label",), "makes no key that begins with a letter. Add key, such as customSetting.")]


def _option_complaints(definition: SettingDefinition) -> list[tuple[Key, str]]:
    if definition.type == "select" and not definition.options:
        return [(("options",), 'is missing; a select needs some. Add options = ["one", "two"].')]
    if definition.type != "select" and definition.options:
        return [(("options",), f'belongs to type = "select"; this is "{definition.type}". Remove it.')]
    return []


def _pattern_complaints(definition: SettingDefinition) -> list[tuple[Key, str]]:
    if not definition.pattern:
        return []
    if definition.type != "string":
        return [(("pattern",), f'belongs to type = "string"; this is "{definition.type}". Remove it.')]
    try:
        _compiled(definition.pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return [(("pattern",), f"is not a regular expression: {error}. Mend it, or remove it.")]
    return []


def _default_complaints(definition: SettingDefinition) -> list[tuple[Key, str]]:
    if definition.default is None:
        return []
    words = complaint(definition, definition.default)
    return [(("default",), words)] if words else []


def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what later Pythons may read differently
        return re.compile(pattern)


def complaint(definition: SettingDefinition, value: Any) -> str | None:
    """Say in what way a value breaks its definition, without repeating the value; `None` when it fits."""
    if not _has_type(definition, value):
        expected = _EXPECTED[definition.type]
        return f"is {_kind(definition, value)}; expected {expected}. Change it, or the setting's type."
    if definition.type == "select" and definition.options and value not in definition.options:
        return f"is not among the options; expected {choices(definition.options)}."
    if definition.type == "string" and value and not _matches(definition.pattern, value):
        length = f"{len(value)} character{'s' if len(value) != 1 else ''}"
        return f"has {length} and does not match {definition.pattern}. Change it, or the setting's pattern."
    return None


def _kind(definition: SettingDefinition, value: Any) -> str:
    if definition.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return "a number that JavaScript cannot hold"
    if (definition.type, type(value)) in {("array", list), ("map", dict)}:
        return f"{kind_of(value)} with more in it than strings"
    return kind_of(value)


def _has_type(definition: SettingDefinition, value: Any) -> bool:
    match definition.type:
        case "string" | "select":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return _is_number(value)
        case "array":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case "map":
            return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_EXACT


def _matches(pattern: str, value: str) -> bool:
    """Try a pattern as Segment's page does: somewhere in the value, the empty pattern everywhere."""
    try:
        return _compiled(pattern).search(value.replace(SANDBOX_URL, LOOPBACK)) is not None
    except (re.error, OverflowError, RecursionError):
        return True  # said where the pattern is defined


def free_settings(key: Key, given: Mapping[str, Any], mistakes: Mistakes) -> dict[str, SettingValue]:
    """Check the settings of a function of the workspace's own, which have no definitions, only Segment's types.

    Source: segment-docs, Functions, Create settings and secrets.
    """
    for name, value in given.items():
        if not isinstance(value, str | bool) and not _holds_strings(value):
            words = f"is {kind_of(value)}; expected a string, a boolean, an array or a table of strings. Change it."
            mistakes.add((*key, name), words)
    return dict(given)


def _holds_strings(value: Any) -> bool:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [None]
    return all(isinstance(each, str) for each in held)


def settings_of(
    key: Key,
    table: DestinationTable,
    component: ComponentName,
    defined: tuple[SettingDefinition, ...],
    *,
    unread: frozenset[str],
    mistakes: Mistakes,
) -> dict[str, SettingValue]:
    """Check the settings of a destination that is a component, and fill in the defaults.

    `unread` are the keys of definitions that have mistakes of their own: nothing is said about them.
    """
    known = {each.key: each for each in defined if component in each.shown_for}
    for name, value in table.settings.items():
        words = _setting_words(name, value, known, component)
        if words and name not in unread:
            mistakes.add((*key, "settings", name), words)
    values = {name: table.settings.get(name, each.default) for name, each in known.items()}
    if table.enabled:
        _require(key, known, values, mistakes)
    return {name: value for name, value in values.items() if value is not None}


def _setting_words(
    name: str, value: Any, known: Mapping[str, SettingDefinition], component: ComponentName
) -> str | None:
    if name in known:
        return complaint(known[name], value)
    return f"is no setting of the App's {component}. {did_you_mean(name, known)}"


def _require(key: Key, known: Mapping[str, SettingDefinition], values: Mapping[str, Any], mistakes: Mistakes) -> None:
    for name, definition in known.items():
        if not definition.required or values.get(name) not in (None, "", [], {}):
            continue
        state = "is missing. Add it" if values.get(name) is None else "is empty. Fill it in"
        mistakes.add((*key, "settings", name), f"{state}, or set enabled = false.")
