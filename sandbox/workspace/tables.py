"""The tables of the workspace file as it is written: which keys there are, and which values they take.

Each table is read by itself, so that a mistake in one does not hide the mistakes in the others. What one
table says about another is checked in `rules`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from sandbox.clock import MODE_PATTERN, RATE_MAX
from sandbox.faults import Toward
from sandbox.partner_faults import Network
from sandbox.workspace.mistakes import Mistakes, did_you_mean, kind_of, shown
from sandbox.workspace.models import (
    BATCH_MAX_COUNT,
    BATCH_WAIT,
    CONCURRENCY,
    FUNCTION_MEMORY,
    FUNCTION_TIMEOUT,
    JOURNAL_KEEP,
    WEBHOOK_TIMEOUT,
    ComponentName,
    FunctionKind,
    HandlerNames,
    RefusalColour,
    SettingType,
)
from sandbox.workspace.names import slug_of
from sandbox.workspace.positions import Key

SLUG_PATTERN = r"^[a-z0-9_-]+$"
WRITE_KEY_PATTERN = r"^[^\s:]+$"
SETTING_KEY_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$"
PATH_PATTERN = r"^[/*][^\s?#]*$"

LONGEST_TIMEOUT = 300.0
"""Seconds; long enough to step through code with a debugger."""

LEAST_MEMORY, MOST_MEMORY = 128, 1024
"""MB. Source: AWS Lambda, whose smallest is 128; of much more V8 says no in ways of its own."""

MOST_MESSAGES = 1_000_000_000

FEWEST_IN_A_BATCH, MOST_IN_A_BATCH = 20, 400
"""What Segment's support sets at a customer's wish. Source: segment-docs, Destination functions, Batching."""

Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN)]
Name = Annotated[str, StringConstraints(min_length=1)]
Timeout = Annotated[float, Field(gt=0, le=LONGEST_TIMEOUT)]
Messages = Annotated[int, Field(ge=1, le=MOST_MESSAGES)]
Memory = Annotated[int, Field(ge=LEAST_MEMORY, le=MOST_MEMORY)]
BatchCount = Annotated[int, Field(ge=FEWEST_IN_A_BATCH, le=MOST_IN_A_BATCH)]
BatchWait = Annotated[float, Field(ge=0, le=LONGEST_TIMEOUT)]
WriteKey = Annotated[str, StringConstraints(pattern=WRITE_KEY_PATTERN)]


class Table(BaseModel):
    """A table of the file: known keys only, and no value is bent into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WorkspaceTable(Table):
    """`[workspace]`."""

    slug: Slug = "sandbox"
    name: Name | None = None
    strict: bool = False


class SourceTable(Table):
    """`[[sources]]`, without the table inside it."""

    slug: Slug = Field(examples=["website"])
    name: Name | None = None
    write_key: WriteKey = Field(examples=["any32LettersOrDigitsAsAtSegment0"])
    enabled: bool = True


class OAuthTable(Table):
    """`[sources.oauth]`, without the keys."""

    enforced: bool = False
    client_id: Name | None = None


class OAuthKeyTable(Table):
    """`[[sources.oauth.keys]]`."""

    kid: Name = Field(examples=["key-1"])
    public_key: Name = Field(examples=["-----BEGIN PUBLIC KEY-----…"])


class AppTable(Table):
    """`[app]`, without the tables inside it."""

    name: Name = Field(examples=["Acme CRM"])
    description: str = ""


class SettingTable(Table):
    """`[[app.settings]]`."""

    label: Name = Field(examples=["Region"])
    key: Annotated[str, StringConstraints(pattern=SETTING_KEY_PATTERN)] | None = None
    description: str = ""
    type: SettingType = "string"
    required: bool = False
    sensitive: bool = False
    options: tuple[str, ...] = Field(default=(), strict=False)
    pattern: str = ""
    default: Any = None
    shown_for: tuple[ComponentName, ...] = Field(default=get_args(ComponentName), strict=False)


class FunctionTable(Table):
    """`[app.components.function]`."""

    code: Name = Field(examples=["function.js"])
    timeout: Timeout = FUNCTION_TIMEOUT
    handlers: HandlerNames = "on"
    web_globals: bool = False
    memory: Memory = FUNCTION_MEMORY


class WebhookTable(Table):
    """`[app.components.webhook]`."""

    endpoint: Name = Field(examples=["http://127.0.0.1:9000/segment"])
    timeout: Timeout = WEBHOOK_TIMEOUT
    answer_400: RefusalColour = "red"


class WorkspaceFunctionTable(Table):
    """`[[functions]]`."""

    slug: Slug = Field(examples=["signups"])
    name: Name | None = None
    kind: FunctionKind = Field(examples=["destination"])
    code: Name = Field(examples=["signups.js"])
    source: str | None = None
    destination: str | None = None
    timeout: Timeout = FUNCTION_TIMEOUT
    handlers: HandlerNames = "on"
    web_globals: bool = False
    memory: Memory = FUNCTION_MEMORY
    settings: dict[str, Any] = Field(default_factory=dict)
    batch_max_count: BatchCount = BATCH_MAX_COUNT
    batch_wait: BatchWait = BATCH_WAIT


class DestinationTable(Table):
    """`[[destinations]]`."""

    slug: Slug = Field(examples=["acme-website"])
    name: Name | None = None
    component: ComponentName | None = None
    function: str | None = None
    source: str = Field(examples=["website"])
    enabled: bool = False
    settings: dict[str, Any] = Field(default_factory=dict)
    concurrency: Annotated[int, Field(ge=1, le=256)] = CONCURRENCY


class JournalTable(Table):
    """`[journal]`."""

    keep: Messages = JOURNAL_KEEP
    pending: Messages | None = None


class ClockTable(Table):
    """`[clock]`."""

    mode: Annotated[str, StringConstraints(pattern=MODE_PATTERN)] = "real"


HOLD_MAX_S = 86_400.0
SKEW_MAX_S = 366 * 86_400.0


class FaultTable(Table):
    """`[[faults]]`, toward either side."""

    toward: Toward = "sdk"
    source: str | None = None
    write_key: WriteKey | None = None
    path: Annotated[str, StringConstraints(pattern=PATH_PATTERN)] | None = None
    calls: Any = None
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    delay: Any = 0.0
    cut: bool = False
    taken_in: bool = False
    destination: str | None = None
    type: str | None = None
    event: str | None = None
    url: str | None = None
    attempts: Any = None
    network: Network | None = None
    quota: Annotated[int, Field(ge=0)] | None = None
    window: Annotated[float, Field(gt=0, le=HOLD_MAX_S)] = 60.0
    hold: Any = 0.0
    duplicate: bool = False
    skew: Annotated[float, Field(ge=-SKEW_MAX_S, le=SKEW_MAX_S)] = 0.0
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    seed: int = 0


AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table that could be read, with the way to it; one with a mistake inside is left out."""

    workspace: WorkspaceTable
    sources: Mapping[Key, SourceTable]
    oauth: Mapping[Key, OAuthTable]
    oauth_keys: Mapping[Key, OAuthKeyTable]
    app: AppTable | None
    settings: Mapping[Key, SettingTable]
    function: FunctionTable | None
    webhook: WebhookTable | None
    functions: Mapping[Key, WorkspaceFunctionTable]
    destinations: Mapping[Key, DestinationTable]
    journal: JournalTable
    clock: ClockTable
    faults: Mapping[Key, FaultTable]


TOP: Mapping[str, type[Table]] = {
    "workspace": WorkspaceTable,
    "sources": SourceTable,
    "app": AppTable,
    "functions": WorkspaceFunctionTable,
    "destinations": DestinationTable,
    "journal": JournalTable,
    "clock": ClockTable,
    "faults": FaultTable,
}
COMPONENTS: Mapping[str, type[Table]] = {"function": FunctionTable, "webhook": WebhookTable}


def read_tables(mistakes: Mistakes) -> Tables:
    """Read every table of the document; what does not fit is added to the mistakes."""
    reader = _Reader(mistakes)
    reader.only((), TOP)
    reader.only(("app", "components"), COMPONENTS)
    sources = reader.tables(("sources",), SourceTable, apart=("oauth",))
    oauth = {(*source, "oauth"): reader.table((*source, "oauth"), OAuthTable, apart=("keys",)) for source in sources}
    return Tables(
        workspace=reader.table(("workspace",), WorkspaceTable) or WorkspaceTable(),
        sources=sources,
        oauth={key: table for key, table in oauth.items() if table is not None},
        oauth_keys={
            key: table for each in oauth for key, table in reader.tables((*each, "keys"), OAuthKeyTable).items()
        },
        app=reader.table(("app",), AppTable, apart=("settings", "components")),
        settings=reader.tables(("app", "settings"), SettingTable),
        function=reader.table(("app", "components", "function"), FunctionTable),
        webhook=reader.table(("app", "components", "webhook"), WebhookTable),
        functions=reader.tables(("functions",), WorkspaceFunctionTable),
        destinations=reader.tables(("destinations",), DestinationTable),
        journal=reader.table(("journal",), JournalTable) or JournalTable(),
        clock=reader.table(("clock",), ClockTable) or ClockTable(),
        faults=read_faults(mistakes),
    )


def read_faults(mistakes: Mistakes) -> dict[Key, FaultTable]:
    """Read the tables of `[[faults]]` alone."""
    return _Reader(mistakes).tables(("faults",), FaultTable)


def value_at(document: Mapping[str, Any], key: Key) -> Any:
    """Return what the document has there, `None` when there is nothing."""
    value: Any = document
    for part in key:
        match value, part:
            case Mapping(), _:
                value = value.get(part)
            case list(), int() if part < len(value):
                value = value[part]
            case _:
                return None
    return value


@dataclass(frozen=True, slots=True)
class _Reader:
    mistakes: Mistakes

    def only(self, key: Key, known: Mapping[str, Any]) -> None:
        """Refuse names that the table there does not have."""
        given = value_at(self.mistakes.document, key)
        if not self._is_table(key, given):
            return
        for name in given:
            if name not in known:
                self.mistakes.add((*key, name), f"is not known. {did_you_mean(name, known)}")

    def table(self, key: Key, model: type[AnyTable], apart: Sequence[str] = ()) -> AnyTable | None:
        """Read one table, without the names that are read apart."""
        given = value_at(self.mistakes.document, key)
        if key[:-1] and not isinstance(value_at(self.mistakes.document, key[:-1]), Mapping):
            return None
        if not self._is_table(key, given):
            return None
        return self._read(key, model, _without(given, apart), apart)

    def tables(self, key: Key, model: type[AnyTable], apart: Sequence[str] = ()) -> dict[Key, AnyTable]:
        """Read an array of tables, each without the names that are read apart."""
        read = ((each, self._read(each, model, _without(given, apart), apart)) for each, given in self._items(key))
        return {each: table for each, table in read if table is not None}

    def _items(self, key: Key) -> Iterator[tuple[Key, Any]]:
        header = _header(key)
        given = value_at(self.mistakes.document, key)
        if given is None:
            return
        if not isinstance(given, list):
            self.mistakes.add(key, f"is {kind_of(given)}; expected an array of tables. Write [[{header}]] above it.")
            return
        for number, item in enumerate(given):
            if isinstance(item, dict):
                yield (*key, number), item
            else:
                self.mistakes.add((*key, number), f"is {shown(item)}; expected a table. Write it as [[{header}]].")

    def _is_table(self, key: Key, given: Any) -> bool:
        if given is not None and not isinstance(given, dict):
            header = _header(key)
            self.mistakes.add(key, f"is {shown(given)}; expected a table. Write [{header}] and its keys below.")
        return isinstance(given, dict)

    def _read(
        self, key: Key, model: type[AnyTable], given: Mapping[str, Any], apart: Sequence[str] = ()
    ) -> AnyTable | None:
        try:
            return model.model_validate(given)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                self.mistakes.add((*key, *details["loc"]), _words(details, model, apart))
            return None


def _header(key: Key) -> str:
    """Write a key as it stands between brackets, where items of an array have no number."""
    return ".".join(part for part in key if isinstance(part, str))


def _without(given: Mapping[str, Any], apart: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in apart}


def _words(details: ErrorDetails, model: type[Table], apart: Sequence[str]) -> str:
    """Say what pydantic found in our own words."""
    name = str(details["loc"][0])
    match details["type"]:
        case "missing":
            return f"is missing. Add it: {name} = {shown(_example(model, name))}."
        case "extra_forbidden":
            return f"is not known. {did_you_mean(name, [*model.model_fields, *apart])}"
        case "string_pattern_mismatch":
            return _pattern_words(details["ctx"]["pattern"], details["input"])
        case "literal_error":
            options = details["ctx"]["expected"].replace("'", '"')
            return f"is {shown(details['input'])}; expected {options}."
        case "string_too_short":
            return "is empty. Write something, or remove it."
        case kind:
            given = kind_of(details["input"]) if name == "write_key" else shown(details["input"])
            expected = _expected(kind, details.get("ctx", {})) or details["msg"]
            return f"is {given}; expected {expected}."


def _example(model: type[Table], name: str) -> Any:
    examples = model.model_fields[name].examples
    return examples[0] if examples else "…"


def _pattern_words(pattern: str, given: str) -> str:
    """Say what was expected; a write key is not repeated, for it is a secret of a kind."""
    if pattern == SLUG_PATTERN:
        better = slug_of(given)
        proposal = f' Try "{better}".' if better else ""
        return f"is {shown(given)}; expected lower-case letters, digits and dashes.{proposal}"
    if pattern == WRITE_KEY_PATTERN:
        return "is empty or has a space or colon; expected one word. Segment's have 32 letters and digits."
    if pattern == PATH_PATTERN:
        return f'is {shown(given)}; expected a path such as "/v1/batch", or "/v1/*" for all that begin so.'
    if pattern == MODE_PATTERN:
        return f'is {shown(given)}; expected "real", "manual" or "fast:1000", with 1 to {RATE_MAX:,} times the pace.'
    return f"is {shown(given)}; expected letters and digits that begin with a letter, such as customSetting."


def _expected(kind: str, context: Mapping[str, Any]) -> str | None:
    expected = {
        "string_type": "a string; put it in quotes",
        "bool_type": "true or false, without quotes",
        "float_type": "a number, without quotes",
        "int_type": "a whole number, without quotes",
        "tuple_type": 'an array, such as ["one", "two"]',
        "dict_type": 'a table, such as { apiKey = "local-api-key" }',
        "greater_than": f"more than {context.get('gt', 0):g}",
        "greater_than_equal": f"{context.get('ge', 0)} or more",
        "less_than_equal": f"{context.get('le', 0):.0f} or less",
    }
    return expected.get(kind)
