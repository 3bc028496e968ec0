"""What the tables of the workspace file say about each other, and the workspace that they make."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.clock import REAL, rate_of
from sandbox.workspace import endpoints, faults, oauth
from sandbox.workspace.document import items, strings, tables_with_slug, unique
from sandbox.workspace.mistakes import Mistakes, did_you_mean, shown
from sandbox.workspace.models import (
    PENDING_PER_KEPT,
    ComponentName,
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
from sandbox.workspace.settings import definitions, free_settings, settings_of
from sandbox.workspace.tables import DestinationTable, FunctionTable, JournalTable, Tables, WebhookTable, value_at
from sandbox.workspace.workspace_functions import code_words, functions_of


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
        functions=functions_of(file.parent, tables.functions, mistakes),
        destinations=_destinations(tables, defined, mistakes),
        journal=_journal(tables.journal),
        clock=rate_of(tables.clock.mode) or REAL,
        faults=faults.recipes(tables.faults, mistakes),
    )


def _journal(table: JournalTable) -> JournalLimits:
    return JournalLimits(keep=table.keep, pending=table.pending or PENDING_PER_KEPT * table.keep)


def _sources(tables: Tables, mistakes: Mistakes) -> tuple[Source, ...]:
    words = "is the {what} of another source as well (line {line}). Choose another."
    unique("sources", "slug", words, mistakes)
    unique("sources", "write_key", words, mistakes)
    return tuple(
        Source(
            slug=each.slug,
            name=each.name or each.slug,
            write_key=each.write_key,
            enabled=each.enabled,
            oauth=oauth.of_source(key, tables, mistakes),
        )
        for key, each in tables.sources.items()
    )


def _components(folder: Path, tables: Tables, mistakes: Mistakes) -> Components:
    return Components(
        function=_function(folder, tables.function, mistakes) if tables.function else None,
        webhook=_webhook(tables.webhook, mistakes) if tables.webhook else None,
    )


def _function(folder: Path, table: FunctionTable, mistakes: Mistakes) -> FunctionComponent:
    code = folder / table.code
    words = code_words(code, table.code)
    if words:
        mistakes.add(("app", "components", "function", "code"), words)
    return FunctionComponent(code, table.timeout, table.handlers, table.web_globals, table.memory)


def _webhook(table: WebhookTable, mistakes: Mistakes) -> WebhookComponent:
    words = endpoints.complaint(table.endpoint)
    if words:
        mistakes.add(("app", "components", "webhook", "endpoint"), words)
    return WebhookComponent(table.endpoint, table.timeout, table.answer_400)


def _destinations(
    tables: Tables, defined: tuple[SettingDefinition, ...], mistakes: Mistakes
) -> tuple[Destination, ...]:
    words = "is the {what} of another destination as well (line {line}). Choose another."
    unique("destinations", "slug", words, mistakes)
    unread = frozenset(_unread_settings(tables, mistakes.document))
    return tuple(_destination(key, each, defined, unread, mistakes) for key, each in tables.destinations.items())


def _destination(
    key: Key,
    table: DestinationTable,
    defined: tuple[SettingDefinition, ...],
    unread: frozenset[str],
    mistakes: Mistakes,
) -> Destination:
    _check_source(key, table.source, mistakes)
    component = _component(key, table, mistakes)
    if component is None:
        settings = free_settings((*key, "settings"), table.settings, mistakes)
    else:
        settings = settings_of(key, table, component, defined, unread=unread, mistakes=mistakes)
    return Destination(
        slug=table.slug,
        name=table.name or table.slug,
        component=component,
        source=table.source,
        enabled=table.enabled,
        settings=settings,
        function=table.function,
        concurrency=table.concurrency,
    )


def _component(key: Key, table: DestinationTable, mistakes: Mistakes) -> ComponentName | None:
    """Return which component a destination is, `None` for a function; it has to be exactly one of the two."""
    if table.component is None and table.function is None:
        words = 'is missing. Add it: component = "function", or function = "…" for one of [[functions]].'
        mistakes.add((*key, "component"), words)
    elif table.component is None:
        _check_function(key, table.function or "", mistakes)
    elif table.function is not None:
        words = f'cannot be there beside component = "{table.component}". Remove one of the two.'
        mistakes.add((*key, "function"), words)
    elif value_at(mistakes.document, ("app", "components", table.component)) is None:
        words = f'is "{table.component}"; the App has no such component. Add [app.components.{table.component}].'
        mistakes.add((*key, "component"), words)
    return table.component


def _check_source(key: Key, source: str, mistakes: Mistakes) -> None:
    """Check that the source of a destination is there, be it without mistakes or not."""
    sources = list(strings(items(mistakes.document.get("sources")), "slug"))
    if source not in sources:
        words = f"is {shown(source)}; there is no such source. {did_you_mean(source, sources)}"
        mistakes.add((*key, "source"), words)


def _check_function(key: Key, slug: str, mistakes: Mistakes) -> None:
    """Check that a destination's function is there and is a destination function."""
    kinds = {each["slug"]: each.get("kind") for each in tables_with_slug(mistakes.document, "functions")}
    if slug not in kinds:
        known = [name for name, kind in kinds.items() if kind == "destination"]
        mistakes.add((*key, "function"), f"is {shown(slug)}; there is no such function. {did_you_mean(slug, known)}")
    elif kinds[slug] in {"source", "insert"}:
        words = f'is {shown(slug)}, a function of kind "{kinds[slug]}"; expected one of kind "destination".'
        mistakes.add((*key, "function"), words)


def _unread_settings(tables: Tables, document: Mapping[str, Any]) -> Iterable[str]:
    """Give the keys of the definitions that could not be read."""
    settings = items(value_at(document, ("app", "settings")))
    unread = [item for number, item in enumerate(settings) if ("app", "settings", number) not in tables.settings]
    yield from strings(unread, "key")
    yield from (key_of(label) for label in strings(unread, "label"))
