"""The workspace as values: what the file says, checked, with every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from sandbox.clock import REAL, Rate
from sandbox.faults import AnyRecipe

ComponentName: TypeAlias = Literal["function", "webhook"]
FunctionKind: TypeAlias = Literal["source", "destination", "insert"]
HandlerNames: TypeAlias = Literal["on", "2019"]
RefusalColour: TypeAlias = Literal["red", "yellow"]
SettingType: TypeAlias = Literal["string", "boolean", "number", "array", "map", "select"]
SettingValue: TypeAlias = str | bool | int | float | list[str] | dict[str, str]

SANDBOX_URL = "${SEGMENT_SANDBOX_URL}"
"""Stands for the sandbox's own address, which is known only when its port is bound; see `Workspace.at`."""

API_KEY_PATTERN = "^.{8,}$"
"""What an apiKey has to match unless the App says otherwise. Source: catalog data of segment-docs, 2019."""

FUNCTION_TIMEOUT = 5.0
"""Seconds. Source: segment-docs, Destination functions."""

FUNCTION_MEMORY = 128
"""MB of V8's heap. Segment publishes no figure; this is the smallest that AWS Lambda gives."""

BATCH_MAX_COUNT = 20
"""Events that a call of onBatch gets at most. Source: segment-docs, Destination functions, Batching."""

BATCH_WAIT = 10.0
"""Seconds that an event waits for others. Source: segment-docs, Destination functions, Batching."""

WEBHOOK_TIMEOUT = 10.0
"""Seconds; Segment publishes no figure for subscription webhooks."""

JOURNAL_KEEP = 100_000
"""Messages."""

CONCURRENCY = 32
"""How many attempts to a destination may be under way, where it does not say otherwise."""

PENDING_PER_KEPT = 10
"""How many messages may be pending for each that is kept."""


@dataclass(frozen=True, slots=True)
class OAuthKey:
    """The public half, as PEM, of an RSA key that may sign for a source; `kid` is the name that it goes by."""

    kid: str
    public_key: str


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a source takes part in OAuth.

    Attributes:
        enforced: whether it takes nothing without a token.
        client_id: the id of the OAuth application; None takes any.

    Source: segment-docs, OAuth 2.0.
    """

    enforced: bool = False
    client_id: str | None = None
    keys: tuple[OAuthKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where data comes in; `oauth` None means that no token can be had for it."""

    slug: str
    name: str
    write_key: str = field(repr=False)  # no log line may show it
    enabled: bool = True
    oauth: OAuth | None = None


@dataclass(frozen=True, slots=True)
class SettingDefinition:
    """One card of the Settings Builder.

    Attributes:
        pattern: regular expression that a string has to match somewhere, empty when anything goes.
        options: what a select offers, in order.
        default: what a destination gets that gives no value; `None` when there is none.
        shown_for: the components that get this setting.

    Source: segment-docs, Build a webhook, Settings; Functions, Settings.
    """

    label: str
    key: str
    description: str = ""
    type: SettingType = "string"
    required: bool = False
    sensitive: bool = False
    options: tuple[str, ...] = ()
    pattern: str = ""
    default: SettingValue | None = None
    shown_for: tuple[ComponentName, ...] = ("function", "webhook")


API_KEY = SettingDefinition(
    label="API Key",
    key="apiKey",
    description="The key that your service gives to your customers.",
    required=True,
    sensitive=True,
    pattern=API_KEY_PATTERN,
)
"""The setting that every App has, first in the list. Source: segment-docs, Build a webhook, Authorization."""


@dataclass(frozen=True, slots=True)
class FunctionComponent:
    """A subscription function.

    Attributes:
        code: the absolute path of its file.
        timeout: seconds.
        handlers: which names of handlers count: `on` those of today, `2019` the older ones as well.
        web_globals: whether code finds the globals of the web that Segment does not document.
        memory: how large V8's heap may become, in MB.
    """

    code: Path
    timeout: float = FUNCTION_TIMEOUT
    handlers: HandlerNames = "on"
    web_globals: bool = False
    memory: int = FUNCTION_MEMORY


@dataclass(frozen=True, slots=True)
class WebhookComponent:
    """A subscription webhook.

    Attributes:
        endpoint: may begin with `SANDBOX_URL`.
        timeout: seconds.
        answer_400: what the Test Suite makes of an answer 400.
    """

    endpoint: str
    timeout: float = WEBHOOK_TIMEOUT
    answer_400: RefusalColour = "red"


@dataclass(frozen=True, slots=True)
class Components:
    """What the App is made of; `None` for a component it does not have."""

    function: FunctionComponent | None = None
    webhook: WebhookComponent | None = None


@dataclass(frozen=True, slots=True)
class PartnerApp:
    """The partner's App; `settings` begins with apiKey, the custom ones follow in the order of the file."""

    name: str
    description: str = ""
    settings: tuple[SettingDefinition, ...] = (API_KEY,)
    components: Components = field(default_factory=Components)


@dataclass(frozen=True, slots=True)
class WorkspaceFunction:
    """A function of the workspace's own, beside the App.

    Attributes:
        code: the absolute path of its file; `timeout` in seconds; `handlers`, `web_globals` and
            `memory` as in `FunctionComponent`.
        settings: the values that its code gets; a destination may change them for itself.
        source: the slug of the source that a source function feeds, `None` for the other kinds.
        destination: the slug of the destination that an insert function stands before, likewise.
        batch_max_count: how many events onBatch gets at most.
        batch_wait: seconds that an event waits for others before onBatch is called.

    Source: segment-docs, Functions overview; Destination functions, Batching.
    """

    slug: str
    name: str
    kind: FunctionKind
    code: Path
    timeout: float = FUNCTION_TIMEOUT
    handlers: HandlerNames = "on"
    web_globals: bool = False
    memory: int = FUNCTION_MEMORY
    settings: Mapping[str, SettingValue] = field(default_factory=dict, repr=False)  # there are secrets in it
    source: str | None = None
    destination: str | None = None
    batch_max_count: int = BATCH_MAX_COUNT
    batch_wait: float = BATCH_WAIT


@dataclass(frozen=True, slots=True)
class Destination:
    """A component of the App, or a destination function, connected to a source.

    Attributes:
        component: `None` where it is a destination function.
        source: the slug of the source.
        enabled: off unless switched on. Source: segment-docs, Config API, destinations.
        settings: values by key, defaults filled in, the ones that have neither left out.
        function: the slug of the destination function, `None` where it is a component.
    """

    slug: str
    name: str
    component: ComponentName | None
    source: str
    enabled: bool = False
    settings: Mapping[str, SettingValue] = field(default_factory=dict, repr=False)  # there are secrets in it
    function: str | None = None
    concurrency: int = CONCURRENCY


@dataclass(frozen=True, slots=True)
class JournalLimits:
    """How many messages the journal keeps, and how many may be pending before sources answer 429."""

    keep: int = JOURNAL_KEEP
    pending: int = PENDING_PER_KEPT * JOURNAL_KEEP


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that the sandbox is set up to be.

    Attributes:
        strict: whether an unknown write key is refused; production answers 200 to a plausible one.
        folder: where relative paths start and `.segment-sandbox/` lies.
        file: the workspace file, `None` for the embedded default.
        faults: what is to go wrong on purpose, in the order of the file.
    """

    slug: str
    name: str
    folder: Path
    app: PartnerApp
    file: Path | None = None
    strict: bool = False
    sources: tuple[Source, ...] = ()
    functions: tuple[WorkspaceFunction, ...] = ()
    destinations: tuple[Destination, ...] = ()
    journal: JournalLimits = field(default_factory=JournalLimits)
    clock: Rate = REAL
    faults: tuple[AnyRecipe, ...] = ()

    def function(self, slug: str) -> WorkspaceFunction:
        """Return a function of the workspace by its slug; a workspace that was read has those it names."""
        return next(each for each in self.functions if each.slug == slug)

    def insert_before(self, destination: str) -> WorkspaceFunction | None:
        """Return the insert function that stands before a destination."""
        return next((each for each in self.functions if each.destination == destination), None)

    def at(self, base_url: str) -> "Workspace":
        """Put the sandbox's address, such as `http://127.0.0.1:8484`, where `SANDBOX_URL` stands for it."""
        address = base_url.rstrip("/")
        return replace(
            self,
            app=replace(self.app, components=_components_at(self.app.components, address)),
            functions=tuple(replace(each, settings=_settings_at(each.settings, address)) for each in self.functions),
            destinations=tuple(
                replace(each, settings=_settings_at(each.settings, address)) for each in self.destinations
            ),
        )


def with_address(value: SettingValue, address: str) -> SettingValue:
    """Replace `SANDBOX_URL` by an address in every string of a setting's value."""
    match value:
        case str():
            return value.replace(SANDBOX_URL, address)
        case list():
            return [each.replace(SANDBOX_URL, address) for each in value]
        case dict():
            return {key: each.replace(SANDBOX_URL, address) for key, each in value.items()}
        case _:
            return value


def _components_at(components: Components, address: str) -> Components:
    webhook = components.webhook
    if webhook is None:
        return components
    endpoint = webhook.endpoint.replace(SANDBOX_URL, address)
    return replace(components, webhook=replace(webhook, endpoint=endpoint))


def _settings_at(settings: Mapping[str, SettingValue], address: str) -> dict[str, SettingValue]:
    return {key: with_address(value, address) for key, value in settings.items()}
