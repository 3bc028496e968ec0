"""The Event Tester at `/_sandbox/tester`, and the Test Suite at `/_sandbox/suite`."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from aiohttp import web

from sandbox.access import ApiError
from sandbox.api.bodies import json_answer, order_in
from sandbox.api.masks import masked
from sandbox.api.queries import shows_secrets
from sandbox.devcenter import Case, SuiteOrder
from sandbox.devcenter.expectations import complaint

_TESTER: Final = (
    'Expected is {"event": {…}, "destination": "slug"}, or "component": "function" in its place; '
    '"settings" may be added.'
)
_SUITE: Final = (
    'Expected is {"component": "webhook", "settings": {…}, "suite": "standard"}; docs/api.md has the rest.'
)


class DevCenter(Protocol):
    """What the API asks of the Developer Center; every method raises ApiError for what is not there."""

    async def test_event(
        self, event: Mapping[str, Any], destination: str | None, component: str | None, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Send one event to a destination or a component, and show all that happened."""
        ...

    async def run_suite(self, wanted: SuiteOrder) -> dict[str, Any]:
        """Run a suite against a component."""
        ...

    def secrets_in(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return the values of sensitive settings among those of an order."""
        ...


class DevCenterEndpoints:
    """Reads the orders, and shows what came of them."""

    def __init__(self, dev_center: DevCenter, secrets: Callable[[], frozenset[str]]) -> None:
        self._dev_center = dev_center
        self._secrets = secrets

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.post("/tester", self.test), web.post("/suite", self.run)]

    async def test(self, request: web.Request) -> web.Response:
        """Send one event to a destination or a component, past every filter."""
        kinds = {"event": dict, "destination": str | None, "component": str | None, "settings": dict | None}
        order = order_in(await request.read(), kinds, _TESTER)
        mistakes = [] if "event" in order else ["event is missing."]
        if order.get("destination") and order.get("component"):
            mistakes.append("destination and component are both given.")
        if mistakes:
            raise ApiError(400, "bad_request", " ".join(mistakes), _TESTER)
        settings = order.get("settings") or {}
        to = order.get("destination"), order.get("component")
        secrets = self._not_shown(request, settings)
        return json_answer(await masked(await self._dev_center.test_event(order["event"], *to, settings), secrets))

    async def run(self, request: web.Request) -> web.Response:
        """Run a suite."""
        order = order_in(await request.read() or b"{}", _SUITE_KINDS, _SUITE)
        wanted = _suite_order(order)
        secrets = self._not_shown(request, wanted.settings)
        return json_answer(await masked(await self._dev_center.run_suite(wanted), secrets))

    def _not_shown(self, request: web.Request, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return what is masked in an answer: the workspace's secrets and the order's own."""
        shown = shows_secrets(request)
        return frozenset() if shown else self._secrets() | self._dev_center.secrets_in(settings)


_SUITE_KINDS: Final = {
    "component": str | None,
    "settings": dict | None,
    "suite": str | None,
    "only": list | None,
    "cases": list | None,
    "expect": dict | None,
    "observe": bool,
}


def _suite_order(order: Mapping[str, Any]) -> SuiteOrder:
    """Make the order of what was read.

    Raises:
        ApiError: 400, naming every case, name and expectation that is none.
    """
    cases, expectations = order.get("cases") or [], order.get("expect") or {}
    mistakes = [f"cases.{number} is no case." for number, each in enumerate(cases) if not _is_case(each)]
    only = order.get("only") or []
    mistakes += [f"only.{number} is no name." for number, each in enumerate(only) if not isinstance(each, str)]
    mistakes += [f"expect.{name}: {words}" for name, each in expectations.items() if (words := complaint(each))]
    if mistakes:
        hint = 'A case is {"name": "order", "title": "An order", "event": {…}}.'
        raise ApiError(400, "bad_request", " ".join(mistakes), hint)
    return SuiteOrder(
        suite=order.get("suite") or "standard",
        component=order.get("component"),
        settings=order.get("settings") or {},
        only=frozenset(only),
        cases=tuple(Case(each["name"], each["title"], each["event"]) for each in cases),
        expectations=expectations,
        observe=order.get("observe", False),
    )


def _is_case(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"name", "title", "event"}:
        return False
    return isinstance(value["name"], str) and isinstance(value["title"], str) and isinstance(value["event"], dict)
