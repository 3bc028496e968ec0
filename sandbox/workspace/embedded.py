"""The workspace that is there without a file: one source, a function and a webhook, all of them at work."""

from pathlib import Path

from sandbox.workspace.models import (
    API_KEY,
    SANDBOX_URL,
    Components,
    Destination,
    FunctionComponent,
    PartnerApp,
    SettingDefinition,
    SettingValue,
    Source,
    WebhookComponent,
    Workspace,
)

WRITE_KEY = "sandboxWebsiteWriteKey0000000001"
"""The embedded source's write key: 32 letters and digits, as at Segment, and easy to recognise."""

ECHO = f"{SANDBOX_URL}/_sandbox/echo"
"""Where the sandbox shows what was posted to it."""

_ENDPOINT = SettingDefinition(
    label="Endpoint", key="endpoint", description="Where the function posts each event.", required=True
)
_SETTINGS: dict[str, SettingValue] = {"apiKey": "local-api-key", "endpoint": f"{ECHO}/function"}


def embedded(folder: Path) -> Workspace:
    """Make the default workspace, at work in a folder that has no workspace file."""
    return Workspace(
        slug="sandbox",
        name="Sandbox",
        folder=folder.absolute(),
        sources=(Source(slug="website", name="Website", write_key=WRITE_KEY),),
        app=PartnerApp(
            name="Sandbox App",
            description="The App of the embedded workspace; `segment-sandbox init` starts one of your own.",
            settings=(API_KEY, _ENDPOINT),
            components=Components(
                function=FunctionComponent(code=Path(__file__).with_name("default_function.js").absolute()),
                webhook=WebhookComponent(endpoint=f"{ECHO}/webhook"),
            ),
        ),
        destinations=(
            Destination("function", "Function", "function", "website", enabled=True, settings=_SETTINGS),
            Destination("webhook", "Webhook", "webhook", "website", enabled=True, settings=_SETTINGS),
        ),
    )
