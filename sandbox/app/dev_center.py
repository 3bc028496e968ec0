"""The Event Tester and the Test Suite against the workspace in effect."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, get_args

import orjson

from sandbox.access import ApiError, not_found
from sandbox.app import connect
from sandbox.app.functions import (
    CodeState,
    component_file,
    component_key,
    function_key,
    load_file,
    load_notes,
    shown_path,
)
from sandbox.clock import Clock
from sandbox.destinations import Sender, Try
from sandbox.destinations.faults import Ungated
from sandbox.destinations.function import NOT_LOADED, Function
from sandbox.devcenter import Case, CodeText, Suite, SuiteOrder, Target, run_suite, shown, test_event
from sandbox.devcenter.event_tester import NotWritableError
from sandbox.devcenter.expectations import load_expectations, secrets_of
from sandbox.devcenter.hostile import hostile_events
from sandbox.devcenter.orders import SUITES
from sandbox.devcenter.semantic_events import spec_events
from sandbox.outcomes import AttemptRecord
from sandbox.runtime import FunctionRuntime, LoadError
from sandbox.samples import bundled, load_folder, test_suite
from sandbox.workspace import ComponentName, Destination, SettingType, Workspace
from sandbox.workspace.models import with_address
from sandbox.workspace.settings import complaint

_NUMBERS: Final = itertools.count(1)
"""Of the runs, each of which has its function loaded under a name of its own."""

SAMPLES_FOLDER: Final = "sample_events"
"""Where the partner's own sample events and all expectations lie, beside the workspace file."""


@dataclass(frozen=True, slots=True)
class DevCenter:
    """Answers for the workspace that `workspace()` gives at the moment.

    Attributes:
        url: the sandbox's own address.
        code_state: tells how the code stands that is in the runtime under a key.
    """

    runtime: FunctionRuntime
    sender: Sender
    clock: Clock
    url: str
    workspace: Callable[[], Workspace]
    code_state: Callable[[str], CodeState | None]

    async def test_event(
        self, event: Mapping[str, Any], destination: str | None, component: str | None, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Send one event to a destination or a component, past every filter; nothing of it is stored.

        Raises:
            ApiError: there is no such destination or component, or its settings do not fit.
        """
        target = self._target(destination, component, settings)
        try:
            tested = await test_event(event, target, self.clock.real_ms())
        except NotWritableError as error:
            raise _too_deep(error) from None
        return {
            "component": target.component,
            "destination": target.destination,
            "target": target.shown,
            **shown(replace(tested, warnings=(*self._outdated(target, destination), *tested.warnings))),
        }

    def _outdated(self, target: Target, destination: str | None) -> Iterator[str]:
        """Warn of functions whose files do not load any more, so that earlier code of theirs ran."""
        for key in _function_keys(self.workspace(), target, destination):
            state = self.code_state(key)
            if state is not None and state.error is not None and state.serving:
                since = f"{state.path} has been saved since and does not load"
                yield f"This is what earlier code did: {since}. {state.error}"

    def secrets_in(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return the values of sensitive settings among those of an order."""
        return frozenset(_secrets(self.workspace(), settings))

    async def run_suite(self, wanted: SuiteOrder) -> dict[str, Any]:
        """Run a suite against a component with the settings of its first destination and those given.

        Raises:
            ApiError: there is no such suite or component, or the settings do not fit.
        """
        target = self._target(None, wanted.component, wanted.settings)
        suite = await asyncio.to_thread(self._suite, wanted)
        try:
            async with self._fresh(target) as repeatable:
                run = await run_suite(suite, repeatable, self.url)
        except NotWritableError as error:
            raise _too_deep(error) from None
        return run.shown()

    @asynccontextmanager
    async def _fresh(self, target: Target) -> AsyncIterator[Target]:
        """Load a function anew for one run, with a clock and random numbers that are the same in every run.

        Code that does not load fails every event, whatever earlier code serves the traffic.
        """
        workspace = self.workspace()
        component = workspace.app.components.function
        if target.kind != "function" or component is None:
            yield target
            return
        key = f"suite:{next(_NUMBERS)}"
        loaded = await load_file(self.runtime, key, component_file(workspace, component), repeatable=True)
        if isinstance(loaded, LoadError):
            yield replace(target, attempts=NotLoading(loaded))
            return
        try:
            yield replace(target, attempts=Function(self.runtime, key, target.settings))
        finally:
            await self.runtime.unload(key)

    def _suite(self, wanted: SuiteOrder) -> Suite:
        """Take the cases that are asked for, and what is expected of them.

        Raises:
            ApiError: there is no such suite or event, or a file that belongs to it cannot be read.
        """
        folder = self.workspace().folder / SAMPLES_FOLDER
        cases, mistakes = (list(wanted.cases), []) if wanted.cases else _cases(wanted.suite, folder)
        expectations, wrong = (wanted.expectations, []) if wanted.cases else load_expectations(folder)
        if mistakes + wrong:
            raise ApiError(400, "bad_samples", "\n".join(mistakes + wrong), "See docs/test-suite.md.")
        unknown = sorted(wanted.only - {each.name for each in cases})
        if unknown:
            message = f"The suite {wanted.suite} has no event {', '.join(unknown)}."
            raise ApiError(400, "bad_request", message, f"Those it has: {', '.join(each.name for each in cases)}.")
        chosen = tuple(each for each in cases if not wanted.only or each.name in wanted.only)
        return Suite(wanted.suite, chosen, expectations, wanted.observe)

    # -- what is tested -----------------------------------------------------------------------------------------

    def _target(self, destination: str | None, component: str | None, settings: Mapping[str, Any]) -> Target:
        workspace = self.workspace()
        if destination is not None:
            return self._destination(workspace, destination, settings)
        return self._component(workspace, component, settings)

    def _destination(self, workspace: Workspace, slug: str, settings: Mapping[str, Any]) -> Target:
        """Take a destination with what stands before it; settings that are given replace its own."""
        found = next((each for each in workspace.destinations if each.slug == slug), None)
        if found is None:
            names = ", ".join(each.slug for each in workspace.destinations)
            raise not_found(f"destination {slug}", f"Name one of: {names}." if names else "The workspace has none.")
        if not found.enabled:
            raise ApiError(400, "bad_request", f"The destination {slug} is disabled.", "Set enabled = true for it.")
        if settings:
            _check_fit(workspace, found.component, {**found.settings, **settings})
            found = _with(found, settings)
        attempts = connect.destination_attempts(workspace, found, self.runtime, Ungated(self.sender))
        source = next(each for each in workspace.sources if each.slug == found.source)
        name = found.component or found.function or ""
        kind: Any = "webhook" if found.component == "webhook" else "function"
        file = _code_file(workspace, found)
        return Target(
            name,
            slug,
            kind,
            _shown(workspace, name, file),
            attempts,
            connect.project_id(source),
            _code(workspace, file),
            _secrets(workspace, found.settings),
            rejects_with_400=_rejects_with_400(workspace, found.component),
        )

    def _component(self, workspace: Workspace, name: str | None, settings: Mapping[str, Any]) -> Target:
        """Take a component of the App by itself, with the settings of its first destination and those given."""
        component = _component_named(workspace, name)
        found = next((each for each in workspace.destinations if each.component == component), None)
        values = _values(workspace, component, found, settings)
        values = {key: with_address(value, self.url) for key, value in values.items()}
        _check_fit(workspace, component, values)
        attempts = connect.component_attempts(
            workspace.app.components, component, values, self.runtime, Ungated(self.sender)
        )
        slug = found.source if found else None
        source = next((each for each in workspace.sources if slug in (None, each.slug)), None)
        function = workspace.app.components.function
        file = function.code if component == "function" and function is not None else None
        return Target(
            component,
            found.slug if found else None,
            component,
            _shown(workspace, component, file),
            attempts,
            connect.project_id(source) if source else "unknown",
            _code(workspace, file),
            _secrets(workspace, values),
            orjson.dumps(values),
            _rejects_with_400(workspace, component),
        )


@dataclass(frozen=True, slots=True)
class NotLoading:
    """A function whose code does not load: every event comes to that."""

    failed: LoadError

    async def attempt(self, tried: Try) -> AttemptRecord:  # noqa: ARG002 - whatever the event
        """Say why the code does not load, and where."""
        failed = self.failed
        notes = (note.strip() for note in load_notes(failed))
        outcome = replace(NOT_LOADED, message=" ".join([failed.message, *notes]))
        place = f"{failed.path}:{failed.line}:{failed.column or 1}" if failed.line else failed.path
        name, _, words = failed.message.partition(": ")
        stack = f"{failed.message}\n    at {place}"
        return AttemptRecord(outcome, error={"name": name, "message": words, "stack": stack})


def _cases(suite: str, folder: Path) -> tuple[list[Case], list[str]]:
    """Return the cases of a suite, and what is wrong with its files.

    Raises:
        ApiError: there is no such suite.
    """
    match suite:
        case "standard":
            return [Case.of(each) for each in test_suite()], []
        case "alias-delete":
            return [Case.of(each) for each in bundled() if each.name in {"alias", "delete"}], []
        case "spec":
            return [Case(*each) for each in spec_events()], []
        case "hostile":
            return [Case(*each) for each in hostile_events()], []
        case "samples":
            samples, mistakes = load_folder(folder)
            none = [] if samples or mistakes else [f"There is no sample event in {folder.name}/. Put one there."]
            return [Case.of(each) for each in samples], mistakes + none
        case _:
            raise not_found(f"suite {suite}", f"The suites are {', '.join(SUITES)}.")


def components(workspace: Workspace) -> list[ComponentName]:
    """Return the components that the App has."""
    has = {"function": workspace.app.components.function, "webhook": workspace.app.components.webhook}
    return [name for name in get_args(ComponentName) if has[name] is not None]


def _component_named(workspace: Workspace, name: str | None) -> ComponentName:
    there = components(workspace)
    if name is None and len(there) == 1:
        return there[0]
    found = next((each for each in there if each == name), None)
    if found is not None:
        return found
    names = ", ".join(there)
    hint = f"Name one of: {names}." if there else "Add [app.components.function] or [app.components.webhook]."
    if name is None:
        raise ApiError(404, "not_found", "Which component is meant?" if there else "The App has no component.", hint)
    raise not_found(f"component {name} in the App", hint)


def _values(
    workspace: Workspace, component: ComponentName, destination: Destination | None, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Take the defaults, what the destination sets, and what is given, of the settings that the component gets."""
    known = [each for each in workspace.app.settings if component in each.shown_for]
    own = dict(destination.settings) if destination else {}
    types = {each.key: each.type for each in known}
    read = {key: _read(types.get(key), value) for key, value in given.items()}
    values = {each.key: own.get(each.key, each.default) for each in known} | read
    return {key: value for key, value in values.items() if value is not None}


def _read(kind: SettingType | None, value: Any) -> Any:
    """Read text as what the setting takes, for a command line has nothing but text."""
    if not isinstance(value, str) or kind in (None, "string", "select"):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _check_fit(workspace: Workspace, component: ComponentName | None, values: Mapping[str, Any]) -> None:
    """Refuse settings that break their own rules, before anything is sent.

    Raises:
        ApiError: with every mistake.
    """
    if component is None:
        return  # a destination function's settings have no rules
    known = {each.key: each for each in workspace.app.settings if component in each.shown_for}
    mistakes = [f"{key} is no setting of the App's {component}." for key in values if key not in known]
    for key, definition in known.items():
        if values.get(key) in (None, "", [], {}):
            mistakes += [f"The setting {key} is missing."] if definition.required else []
        elif words := complaint(definition, values[key]):
            mistakes.append(f"The setting {key} {words}")
    if mistakes:
        hint = "Give each with --setting key=value, or in the settings of a destination."
        raise ApiError(400, "bad_settings", " ".join(mistakes), hint)


def _with(destination: Destination, settings: Mapping[str, Any]) -> Destination:
    return replace(destination, settings={**destination.settings, **settings})


def _code_file(workspace: Workspace, destination: Destination) -> Path | None:
    if destination.function is not None:
        return workspace.function(destination.function).code
    function = workspace.app.components.function
    return function.code if destination.component == "function" and function is not None else None


def _function_keys(workspace: Workspace, target: Target, destination: str | None) -> Iterator[str]:
    """Name the code that a target runs in the runtime; before a destination, its insert function's comes first."""
    insert = None if destination is None else workspace.insert_before(destination)
    if insert is not None:
        yield function_key(insert)
    component = workspace.app.components.function
    if target.component == "function" and component is not None:
        yield component_key(component)
    elif target.kind == "function":
        yield function_key(workspace.function(target.component))


def _shown(workspace: Workspace, component: str, file: Path | None) -> str:
    if file is not None:
        return shown_path(workspace, file)
    webhook = workspace.app.components.webhook
    return webhook.endpoint if component == "webhook" and webhook is not None else ""


def _rejects_with_400(workspace: Workspace, component: ComponentName | None) -> bool:
    webhook = workspace.app.components.webhook
    return component == "webhook" and webhook is not None and webhook.answer_400 == "yellow"


def _code(workspace: Workspace, file: Path | None) -> CodeText | None:
    """Read a function's code, to show the line that threw."""
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    return CodeText(shown_path(workspace, file), text)


def _secrets(workspace: Workspace, values: Mapping[str, Any]) -> tuple[str, ...]:
    return secrets_of(values, [each.key for each in workspace.app.settings if each.sensitive])


def _too_deep(error: NotWritableError) -> ApiError:
    return ApiError(400, "too_deep", f"The event cannot be sent: {error}.", "Flatten it.")
