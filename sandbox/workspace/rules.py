"""What the tables of the workspace file say about each other, and the workspace that they make."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.workspace import endpoints
from sandbox.workspace.mistakes import Mistakes, cause_of, did_you_mean, shown
from sandbox.workspace.models import (
    PENDING_PER_KEPT,
    Components,
    Destination,
    FunctionComponent,
    JournalLimits,
    PartnerApp,
    SettingDefinition,
    Source,
    WebhookComponent,
    Workspace,
)
from sandbox.workspace.names import key_of
from sandbox.workspace.positions import Key
from sandbox.workspace.settings import definitions, settings_of
from sandbox.workspace.tables import FunctionTable, JournalTable, Tables, WebhookTable, value_at


def build(file: Path, tables: Tables, mistakes: Mistakes) -> Workspace:
    """Build the workspace; where there are mistakes, it is good for finding more of them only."""
    defined = definitions(tables.settings, mistakes)
    components = _components(file.parent, tables, mistakes)
    return Workspace(
        slug=tables.workspace.slug,
        name=tables.workspace.name or tables.workspace.slug,
        strict=tables.workspace.strict,
        folder=file.parent,
        file=file,
        sources=_sources(tables, mistakes),
        app=PartnerApp(
            name=tables.app.name if tables.app else tables.workspace.slug,
            description=tables.app.description if tables.app else "",
            settings=defined,
            components=components,
        ),
        destinations=_destinations(tables, defined, mistakes),
        journal=_journal(tables.journal),
    )


def _journal(table: JournalTable) -> JournalLimits:
    return JournalLimits(keep=table.keep, pending=table.pending or PENDING_PER_KEPT * table.keep)


def _sources(tables: Tables, mistakes: Mistakes) -> tuple[Source, ...]:
    words = "is the {what} of another source as well (line {line}). Choose another."
    _unique("sources", "slug", words, mistakes)
    _unique("sources", "write_key", words, mistakes)
    return tuple(
        Source(slug=each.slug, name=each.name or each.slug, write_key=each.write_key, enabled=each.enabled)
        for each in tables.sources.values()
    )


def _unique(tables: str, name: str, words: str, mistakes: Mistakes) -> None:
    """Refuse a value that an earlier table of the same array has, be the tables without mistakes or not."""
    first: dict[str, Key] = {}
    for number, item in enumerate(_items(mistakes.document.get(tables))):
        value = item.get(name) if isinstance(item, Mapping) else None
        if not isinstance(value, str):
            continue
        key = (tables, number, name)
        if value in first:
            mistakes.add(key, words.format(what=name.replace("_", " "), line=mistakes.line(first[value])))
        first.setdefault(value, key)


def _components(folder: Path, tables: Tables, mistakes: Mistakes) -> Components:
    return Components(
        function=_function(folder, tables.function, mistakes) if tables.function else None,
        webhook=_webhook(tables.webhook, mistakes) if tables.webhook else None,
    )


def _function(folder: Path, table: FunctionTable, mistakes: Mistakes) -> FunctionComponent:
    code = folder / table.code
    words = _code_words(code, table.code)
    if words:
        mistakes.add(("app", "components", "function", "code"), words)
    return FunctionComponent(code=code, timeout=table.timeout)


def _webhook(table: WebhookTable, mistakes: Mistakes) -> WebhookComponent:
    words = endpoints.complaint(table.endpoint)
    if words:
        mistakes.add(("app", "components", "webhook", "endpoint"), words)
    return WebhookComponent(endpoint=table.endpoint, timeout=table.timeout)


def _code_words(code: Path, written: str) -> str | None:
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


def _destinations(
    tables: Tables, defined: tuple[SettingDefinition, ...], mistakes: Mistakes
) -> tuple[Destination, ...]:
    words = "is the {what} of another destination as well (line {line}). Choose another."
    _unique("destinations", "slug", words, mistakes)
    unread = frozenset(_unread_settings(tables, mistakes.document))
    destinations = []
    for key, each in tables.destinations.items():
        _check_connection(key, each.source, each.component, mistakes)
        settings = settings_of(key, each, defined, unread, mistakes)
        destinations.append(
            Destination(
                slug=each.slug,
                name=each.name or each.slug,
                component=each.component,
                source=each.source,
                enabled=each.enabled,
                settings=settings,
            )
        )
    return tuple(destinations)


def _check_connection(key: Key, source: str, component: str, mistakes: Mistakes) -> None:
    """Check that both ends of a destination are there, be they without mistakes or not."""
    sources = list(_strings(_items(mistakes.document.get("sources")), "slug"))
    if source not in sources:
        words = f"is {shown(source)}; there is no such source. {did_you_mean(source, sources)}"
        mistakes.add((*key, "source"), words)
    if value_at(mistakes.document, ("app", "components", component)) is None:
        words = f'is "{component}"; the App has no such component. Add [app.components.{component}].'
        mistakes.add((*key, "component"), words)


def _unread_settings(tables: Tables, document: Mapping[str, Any]) -> Iterable[str]:
    """Give the keys of the definitions that could not be read."""
    items = _items(value_at(document, ("app", "settings")))
    unread = [item for number, item in enumerate(items) if ("app", "settings", number) not in tables.settings]
    yield from _strings(unread, "key")
    yield from (key_of(label) for label in _strings(unread, "label"))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _strings(items: Iterable[Any], name: str) -> Iterable[str]:
    values = (item.get(name) for item in items if isinstance(item, Mapping))
    return (value for value in values if isinstance(value, str))
