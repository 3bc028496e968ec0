"""The workspace as values: the sandbox's own address, and the embedded default."""

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import workspace
from sandbox.workspace import SANDBOX_URL, Destination, SettingValue

ADDRESS = "http://127.0.0.1:8484"


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        pytest.param(f"{SANDBOX_URL}/x", f"{ADDRESS}/x", id="string"),
        pytest.param(f"{SANDBOX_URL} {SANDBOX_URL}", f"{ADDRESS} {ADDRESS}", id="twice"),
        pytest.param([f"{SANDBOX_URL}/x", "y"], [f"{ADDRESS}/x", "y"], id="array"),
        pytest.param({"a": f"{SANDBOX_URL}/x"}, {"a": f"{ADDRESS}/x"}, id="map"),
        pytest.param(7, 7, id="number"),
        pytest.param(True, True, id="boolean"),
    ],
)
def test_the_address_is_put_into_every_setting(value: SettingValue, filled: SettingValue) -> None:
    """The placeholder stands in strings, wherever they are in a value."""
    destination = Destination("crm", "CRM", "function", "website", settings={"extra": value})
    told = replace(workspace.embedded(Path()), destinations=(destination,)).at(f"{ADDRESS}/")
    assert told.destinations[0].settings == {"extra": filled}


def test_the_address_is_put_into_the_endpoint() -> None:
    """The embedded webhook posts to the sandbox itself, wherever that is."""
    before = workspace.embedded(Path())
    after = before.at(ADDRESS).app.components.webhook
    assert after == workspace.WebhookComponent(f"{ADDRESS}/_sandbox/echo/webhook")
    assert before.app.components.webhook == workspace.WebhookComponent(f"{SANDBOX_URL}/_sandbox/echo/webhook")


def test_an_app_without_a_webhook_has_no_endpoint_to_fill() -> None:
    """Nothing is made up for a component that is not there."""
    before = workspace.embedded(Path())
    app = replace(before.app, components=workspace.Components())
    assert replace(before, app=app).at(ADDRESS).app == app


def test_the_embedded_workspace_is_complete(tmp_path: Path) -> None:
    """Without a file there is a source with a write key, and two destinations that are enabled and set up."""
    default = workspace.embedded(tmp_path)
    assert (default.file, default.folder) == (None, tmp_path)
    assert len(workspace.WRITE_KEY) == 32
    assert [each.write_key for each in default.sources] == [workspace.WRITE_KEY]
    assert [(each.slug, each.component, each.enabled) for each in default.destinations] == [
        ("function", "function", True),
        ("webhook", "webhook", True),
    ]
    required = {each.key for each in default.app.settings if each.required}
    assert all(required <= each.settings.keys() for each in default.destinations)


def test_the_embedded_function_takes_every_type_of_call() -> None:
    """Its file is in the package and has a handler for each type."""
    function = workspace.embedded(Path()).app.components.function
    assert function
    code = function.code.read_text("utf-8")
    for handler in ("onIdentify", "onTrack", "onPage", "onScreen", "onGroup", "onAlias", "onDelete"):
        assert f"async function {handler}(event, settings)" in code


def test_no_secret_is_in_what_a_workspace_prints() -> None:
    """A workspace in a log line or a traceback shows neither write keys nor the values of settings."""
    printed = repr(workspace.embedded(Path()))
    assert workspace.WRITE_KEY not in printed
    assert "local-api-key" not in printed
