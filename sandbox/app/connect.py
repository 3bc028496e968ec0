"""From the workspace to what the pipeline and delivery work with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.destinations import Attempts, Sender
from sandbox.destinations.function import Function, Invoker
from sandbox.destinations.webhook import Webhook, attempt
from sandbox.outcomes import AttemptRecord
from sandbox.pipeline import Intake, Route
from sandbox.workspace import Destination, Source, Workspace, slug_of


@dataclass(frozen=True, slots=True)
class WebhookAttempts:
    """A webhook, and the client that sends for it."""

    webhook: Webhook
    sender: Sender

    async def attempt(self, body: bytes) -> AttemptRecord:
        """Post the message once."""
        return await attempt(self.webhook, body, self.sender)


def intakes(workspace: Workspace) -> dict[str, Intake]:
    """Return every source by its write key, with its enabled destinations."""
    return {source.write_key: intake_of(workspace, source) for source in workspace.sources}


def intake_of(workspace: Workspace, source: Source) -> Intake:
    """Show a source to the pipeline.

    In an integrations object the App goes by its name; while it is private, that may be its slug.
    Source: segment-docs, Filtering with the integrations object; the catalog's unreviewed entries.
    """
    names = (workspace.app.name, slug_of(workspace.app.name))
    routes = tuple(
        Route(destination.slug, names)
        for destination in workspace.destinations
        if destination.enabled and destination.source == source.slug
    )
    return Intake(source.slug, source.enabled, project_id(source), routes)


def project_id(source: Source) -> str:
    """Make the ten letters and digits that stand for the source in its events; the same at every start."""
    return hashlib.sha256(source.slug.encode()).hexdigest()[:10]


def attempts(workspace: Workspace, runtime: Invoker, sender: Sender) -> dict[str, Attempts]:
    """Return every enabled destination, ready to be tried."""
    return {
        destination.slug: _attempts(workspace, destination, runtime, sender)
        for destination in workspace.destinations
        if destination.enabled
    }


def _attempts(workspace: Workspace, destination: Destination, runtime: Invoker, sender: Sender) -> Attempts:
    components = workspace.app.components
    settings = _settings(workspace, destination)
    if destination.component == "function" and components.function is not None:
        return Function(runtime, str(components.function.code), orjson.dumps(settings))
    if destination.component == "webhook" and components.webhook is not None:
        webhook = Webhook(components.webhook.endpoint, settings, components.webhook.timeout)
        return WebhookAttempts(webhook, sender)
    raise AssertionError(f"the workspace was checked: {destination.slug} has its component")


def _settings(workspace: Workspace, destination: Destination) -> Mapping[str, Any]:
    """Return the settings that are shown for the destination's component."""
    hidden = {each.key for each in workspace.app.settings if destination.component not in each.shown_for}
    return {key: value for key, value in destination.settings.items() if key not in hidden}
