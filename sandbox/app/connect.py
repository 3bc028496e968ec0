"""From the workspace to what the pipeline and delivery work with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.app.functions import component_key, function_key
from sandbox.destinations import Attempts, BatchRule, Try
from sandbox.destinations.faults import Faulty, Gate
from sandbox.destinations.function import Function, Invoker, SenderFor
from sandbox.destinations.insert_function import BehindInsertFunction, InsertFunction
from sandbox.destinations.webhook import Webhook, attempt
from sandbox.outcomes import AttemptRecord
from sandbox.pipeline import Intake, Route
from sandbox.sources import Signer, SourceFunction
from sandbox.workspace import (
    ComponentName,
    Components,
    Destination,
    Source,
    Workspace,
    WorkspaceFunction,
    slug_of,
)


@dataclass(frozen=True, slots=True)
class WebhookAttempts:
    """A webhook, and the gate to the network."""

    webhook: Webhook
    gate: SenderFor

    async def attempt(self, tried: Try) -> AttemptRecord:
        """Post the message once."""
        return await attempt(self.webhook, tried.body, self.gate.sender_for(tried))


def intakes(workspace: Workspace) -> dict[str, Intake]:
    """Return every source by its write key, with its enabled destinations."""
    return {source.write_key: intake_of(workspace, source) for source in workspace.sources}


def intake_of(workspace: Workspace, source: Source) -> Intake:
    """Show a source to the pipeline."""
    routes = tuple(
        Route(destination.slug, _names(workspace, destination))
        for destination in workspace.destinations
        if destination.enabled and destination.source == source.slug
    )
    known = frozenset(name for each in workspace.destinations for name in _names(workspace, each))
    return Intake(source.slug, source.enabled, project_id(source), routes, known)


def _names(workspace: Workspace, destination: Destination) -> tuple[str, ...]:
    """Return the names of a destination in an integrations object.

    The App goes by its name; while it is private, that may be its slug, unless it is the same word in another
    case, since names are case sensitive. A destination function goes by its name and the workspace's.
    Source: segment-docs, Filtering with the integrations object; Destination functions; the catalog's
    unreviewed entries.
    """
    if destination.function is None:
        name = workspace.app.name
        slug = slug_of(name)
        return (name,) if slug == name.lower() else (name, slug)
    return (f"{workspace.function(destination.function).name} ({workspace.name})",)


def signers(workspace: Workspace) -> tuple[Signer, ...]:
    """Return the keys that may sign for a source."""
    return tuple(
        Signer(source.slug, key.kid, key.public_key, source.oauth.client_id)
        for source in workspace.sources
        if source.oauth is not None
        for key in source.oauth.keys
    )


def oauth_enforced(workspace: Workspace) -> frozenset[str]:
    """Return the sources that take nothing without a token."""
    return frozenset(each.slug for each in workspace.sources if each.oauth is not None and each.oauth.enforced)


def project_id(source: Source) -> str:
    """Make the ten letters and digits that stand for the source in its events; the same at every start."""
    return hashlib.sha256(source.slug.encode()).hexdigest()[:10]


def attempts(workspace: Workspace, runtime: Invoker, gate: Gate) -> dict[str, Attempts]:
    """Return every enabled destination, ready to be tried."""
    return {
        destination.slug: Faulty(destination_attempts(workspace, destination, runtime, gate), gate.faults)
        for destination in workspace.destinations
        if destination.enabled
    }


def at_once(workspace: Workspace) -> dict[str, int]:
    """Return how many attempts of each destination may be under way."""
    return {each.slug: each.concurrency for each in workspace.destinations}


def destination_attempts(
    workspace: Workspace, destination: Destination, runtime: Invoker, gate: SenderFor
) -> Attempts:
    """Return a destination, behind its insert function where it has one."""
    attempts = _destination_attempts(workspace, destination, runtime, gate)
    insert = workspace.insert_before(destination.slug)
    if insert is None:
        return attempts
    function = InsertFunction(insert.slug, runtime, function_key(insert), orjson.dumps(insert.settings), gate)
    return BehindInsertFunction(function, attempts)


def _destination_attempts(
    workspace: Workspace, destination: Destination, runtime: Invoker, gate: SenderFor
) -> Attempts:
    if destination.function is not None:
        return _destination_function(workspace.function(destination.function), destination, runtime, gate)
    if destination.component is None:
        raise AssertionError(f"the workspace was checked: {destination.slug} has a component or a function")
    settings = _settings(workspace, destination)
    return component_attempts(workspace.app.components, destination.component, settings, runtime, gate)


def component_attempts(
    components: Components, component: ComponentName, settings: Mapping[str, Any], runtime: Invoker, gate: SenderFor
) -> Attempts:
    """Return a component of the App with these settings."""
    if component == "function" and components.function is not None:
        return Function(runtime, component_key(components.function), orjson.dumps(settings), gate=gate)
    if component == "webhook" and components.webhook is not None:
        webhook = Webhook(components.webhook.endpoint, settings, components.webhook.timeout)
        return WebhookAttempts(webhook, gate)
    raise AssertionError(f"the workspace was checked: the App has the component {component}")


def _destination_function(
    function: WorkspaceFunction, destination: Destination, runtime: Invoker, gate: SenderFor
) -> Function:
    """Return a destination function; what the destination sets wins over the function's own settings."""
    settings = {**function.settings, **destination.settings}
    batch = BatchRule(function.batch_max_count, function.batch_wait)
    return Function(runtime, function_key(function), orjson.dumps(settings), batch, gate)


def source_functions(workspace: Workspace) -> dict[str, SourceFunction]:
    """Return every source function by its slug, with the source that it feeds."""
    sources = {source.slug: source for source in workspace.sources}
    return {
        function.slug: SourceFunction(
            function.slug,
            function_key(function),
            orjson.dumps(function.settings),
            intake_of(workspace, sources[function.source]),
        )
        for function in workspace.functions
        if function.source is not None
    }


def _settings(workspace: Workspace, destination: Destination) -> Mapping[str, Any]:
    """Return the settings that are shown for the destination's component."""
    hidden = {each.key for each in workspace.app.settings if destination.component not in each.shown_for}
    return {key: value for key, value in destination.settings.items() if key not in hidden}
