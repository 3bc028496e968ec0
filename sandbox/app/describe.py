"""The workspace in effect as `GET /_sandbox/workspace` and the start table show it."""

from typing import Any

from sandbox.app.functions import CodeState, Functions, component_key, function_key, shown_path
from sandbox.workspace import Destination, Workspace, WorkspaceFunction


def describe(workspace: Workspace, functions: Functions, paused: frozenset[str], url: str) -> dict[str, Any]:
    """Return the sources, functions and destinations; `paused` are the slugs of destinations held back."""
    return {
        "slug": workspace.slug,
        "name": workspace.name,
        "file": str(workspace.file) if workspace.file else None,
        "sources": [
            {
                "slug": each.slug,
                "name": each.name,
                "write_key": each.write_key,
                "enabled": each.enabled,
                "oauth_enforced": each.oauth is not None and each.oauth.enforced,
            }
            for each in workspace.sources
        ],
        "components": _components(workspace),
        "functions": [_function(workspace, each, functions, url) for each in workspace.functions],
        "destinations": [_destination(workspace, each, functions, paused) for each in workspace.destinations],
    }


def _components(workspace: Workspace) -> list[dict[str, str]]:
    """Show the components of the App, each with its file or endpoint."""
    function, webhook = workspace.app.components.function, workspace.app.components.webhook
    shown = [{"name": "function", "target": shown_path(workspace, function.code)}] if function else []
    return shown + ([{"name": "webhook", "target": webhook.endpoint}] if webhook else [])


def _function(workspace: Workspace, function: WorkspaceFunction, functions: Functions, url: str) -> dict[str, Any]:
    """Show a function of the workspace's own; a source function with the address that runs it."""
    return {
        "slug": function.slug,
        "name": function.name,
        "kind": f"{function.kind} function",
        "source": function.source,
        "destination": function.destination,
        "state": _state(functions.state(function_key(function))),
        "code": shown_path(workspace, function.code),
        "url": f"{url}/functions/{function.slug}" if function.kind == "source" else None,
    }


def _destination(
    workspace: Workspace, destination: Destination, functions: Functions, paused: frozenset[str]
) -> dict[str, Any]:
    insert = workspace.insert_before(destination.slug)
    return {
        "slug": destination.slug,
        "name": destination.name,
        "kind": destination.component or "destination function",
        "source": destination.source,
        "enabled": destination.enabled,
        "state": _destination_state(workspace, destination, functions, paused),
        "target": target(workspace, destination),
        "insert_function": insert.slug if insert else None,
    }


def _destination_state(
    workspace: Workspace, destination: Destination, functions: Functions, paused: frozenset[str]
) -> str:
    if not destination.enabled:
        return "disabled"
    if destination.slug in paused:
        return "paused"
    key = _key(workspace, destination)
    return "ready" if key is None else _state(functions.state(key))


def _state(state: CodeState | None) -> str:
    """Say how a function stands; one that is not loaded yet counts as ready."""
    return "ready" if state is None else state.words


def _key(workspace: Workspace, destination: Destination) -> str | None:
    """Return the runtime's name of a destination's function; `None` where it is none."""
    if destination.function is not None:
        return function_key(workspace.function(destination.function))
    component = workspace.app.components.function
    return component_key(component) if destination.component == "function" and component is not None else None


def target(workspace: Workspace, destination: Destination) -> str:
    """Return where a destination's messages go: the endpoint, or the file of the function."""
    components = workspace.app.components
    if destination.function is not None:
        return shown_path(workspace, workspace.function(destination.function).code)
    if destination.component == "webhook":
        return components.webhook.endpoint if components.webhook else ""
    return shown_path(workspace, components.function.code) if components.function else ""
