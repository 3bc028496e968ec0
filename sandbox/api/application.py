"""The routes of /_sandbox/ and what they answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import orjson
from aiohttp import web

from sandbox.access import PRIVATE, ApiError, Guard, Handler, not_found
from sandbox.api.again import Again, AgainEndpoints
from sandbox.api.bodies import json_answer, order_in, refuse
from sandbox.api.clock import ClockEndpoints
from sandbox.api.code import CodeEndpoints, CodeFiles
from sandbox.api.devcenter import DevCenter, DevCenterEndpoints
from sandbox.api.echo import Echo
from sandbox.api.errors import in_one_shape
from sandbox.api.faults import FaultEndpoints
from sandbox.api.masks import masked
from sandbox.api.metrics import Gauges
from sandbox.api.openapi import description
from sandbox.api.overview import OverviewEndpoints
from sandbox.api.queries import after, filters_alone, page, page_either_way, seq_alone, shows_secrets
from sandbox.api.settings import SettingEndpoints, SettingFiles
from sandbox.api.snippet import snippet
from sandbox.api.stream import Watchers
from sandbox.api.wait import Waiting
from sandbox.clock import SandboxClock
from sandbox.errors import UserMistakeError
from sandbox.faults import Faults
from sandbox.journal import Accepted, Journal
from sandbox.outcomes import MessageState
from sandbox.sdks.listing import listing
from sandbox.spec import BATCH_MAX_BYTES, BATCH_MAX_MESSAGES, CALL_MAX_BYTES


class Control(Again, Protocol):
    """What the API asks of the running sandbox beyond the journal."""

    @property
    def dev_center(self) -> DevCenter:
        """The Event Tester and the Test Suite."""
        ...

    @property
    def code_files(self) -> CodeFiles:
        """The functions' code in the partner's files."""
        ...

    @property
    def setting_files(self) -> SettingFiles:
        """The settings in the partner's workspace file."""
        ...

    def health(self) -> dict[str, Any]:
        """Return what is running and what is wrong."""
        ...

    def gauges(self) -> Gauges:
        """Return what `/metrics` shows beyond what the journal counts."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return the sources and destinations."""
        ...

    def secrets(self) -> frozenset[str]:
        """Return the values that are to be masked."""
        ...

    async def doctor(self, after: int | None) -> dict[str, Any]:
        """Return what has arrived from which SDK, and what looks wrong of what came after a number."""
        ...

    async def settle(self) -> None:
        """Wait until no delivery is due and none under way."""
        ...

    def source_slugs(self) -> list[str]:
        """Return the slugs of the sources."""
        ...

    def destination_slugs(self) -> list[str]:
        """Return the slugs of the destinations."""
        ...

    def pause(self, destination: str, *, paused: bool) -> bool:
        """Hold a destination's deliveries back, or let them go on; False when there is none of that name."""
        ...

    async def send(self, event: dict[str, Any], source: str | None, *, keep_message_id: bool) -> Accepted:
        """Send one event through a source as an SDK would.

        Raises:
            ApiError: there is no such source, the event cannot be written, or too much is pending.
        """
        ...

    async def batch(self, events: Sequence[dict[str, Any]], source: str | None) -> Accepted:
        """Send events through a source as one batch, with the messageIds that they have; all of them, or none.

        Raises:
            ApiError: there is no such source, an event cannot be written, or too much is pending.
        """
        ...


def make_api(
    control: Control, journal: Journal, faults: Faults, clock: SandboxClock, guard: Guard
) -> web.Application:
    """Make the application that answers below /_sandbox/."""
    echo = Echo(clock)
    api = web.Application(middlewares=[in_one_shape, _guarded(guard, echo)])  # type: ignore[list-item]  # a middleware that is made
    endpoints = _Endpoints(control, journal)
    watchers = Watchers(journal, control.secrets)
    waiting = Waiting(journal, control.secrets)
    api.on_shutdown.extend([watchers.close, waiting.close])
    api.add_routes(
        [
            web.get("/openapi.json", endpoints.openapi),
            web.get("/health", endpoints.health),
            web.get("/workspace", endpoints.workspace),
            web.get("/snippet", endpoints.snippet),
            web.get("/sdks", endpoints.sdks),
            web.get("/doctor", endpoints.doctor),
            web.get("/changes", endpoints.changes),
            web.get("/stream", watchers.follow),
            web.get("/wait", waiting.wait),
            web.get("/messages", endpoints.messages),
            web.get("/messages/{seq}", endpoints.message),
            web.get("/deliveries", endpoints.deliveries),
            web.get("/deliveries/{seq}", endpoints.delivery),
            web.get("/reasons", endpoints.reasons),
            web.get("/refused", endpoints.refused),
            web.post("/send", endpoints.send),
            web.post("/batch", endpoints.batch),
            web.post("/destinations/{slug}/{verb:pause|resume}", endpoints.pause),
            web.get("/echo{slash:/?}{rest:(?s:.*)}", echo.show),
            web.route("*", "/echo{slash:/?}{rest:(?s:.*)}", echo.receive),
        ],
    )
    api.add_routes(AgainEndpoints(control).routes())
    api.add_routes(ClockEndpoints(clock, control.settle).routes())
    api.add_routes(CodeEndpoints(control.code_files).routes())
    api.add_routes(SettingEndpoints(control.setting_files).routes())
    api.add_routes(DevCenterEndpoints(control.dev_center, control.secrets).routes())
    api.add_routes(OverviewEndpoints(journal, clock, control.describe).routes())
    api.add_routes(FaultEndpoints(faults, control.source_slugs, control.destination_slugs).routes())
    return api


def _guarded(guard: Guard, echo: Echo) -> object:
    """Let those in who may; what a partner's service would take, its stand-in takes without a password too."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler == echo.receive:
            guard.check_origin(request)
        else:
            guard.check(request)
        return await handler(request)

    return guarded


_SEND: Final = 'Expected is {"event": {…}, "source": "slug", "keep_message_id": false}; only event is required.'
_SEND_KINDS: Final[Mapping[str, Any]] = {"event": dict, "source": str | None, "keep_message_id": bool}


_BATCH: Final = 'Expected is {"events": [{…}, …], "source": "slug"}; only events is required.'
_BATCH_KINDS: Final[Mapping[str, Any]] = {"events": list, "source": str | None}


class _Endpoints:
    def __init__(self, control: Control, journal: Journal) -> None:
        self._control = control
        self._journal = journal

    async def openapi(self, _: web.Request) -> web.Response:
        """Describe the whole API, as OpenAPI."""
        return json_answer(description())

    async def health(self, _: web.Request) -> web.Response:
        """`{"status": "ok", …}`: answers 200 once every component is loaded or its error shown."""
        counts = self._journal.counts()
        return json_answer({**self._control.health(), "seq": self._journal.seq, **counts})

    async def workspace(self, _: web.Request) -> web.Response:
        """`{"sources": […], "destinations": […]}`."""
        return json_answer(self._control.describe())

    async def snippet(self, request: web.Request) -> web.Response:
        """Show the snippet for web pages, filled in for `source`."""
        sources = self._control.describe()["sources"]
        text = snippet(sources, request.query.get("source"), f"{request.scheme}://{request.host}")
        return web.Response(text=text, content_type="text/plain", headers=PRIVATE)

    async def sdks(self, request: web.Request) -> web.Response:
        """`{"sdks": […]}`, each with the lines that point it here, filled in for `source`."""
        health = self._control.health()
        sources = self._control.describe()["sources"]
        try:
            answer = listing(sources, request.query.get("source"), url=health["url"], tls=health["tls"])
        except UserMistakeError as mistake:
            raise ApiError(404, "no_such_source", mistake.message, mistake.hint) from None
        return json_answer(answer)

    async def doctor(self, request: web.Request) -> web.Response:
        """`{"well": …, "arrived": […], "findings": […]}`."""
        return json_answer(await self._control.doctor(after(request)))

    async def changes(self, request: web.Request) -> web.Response:
        """`{"changes": […], "next": seq}`, what happened after a sequence number."""
        asked = page(request, "secrets")
        changes = await self._shown(request, await self._journal.read.changes(asked.after, asked.limit))
        return _list("changes", changes, asked.after)

    async def messages(self, request: web.Request) -> web.Response:
        """`{"messages": […], "next": seq}`."""
        asked = page_either_way(request, "type", "event", "source", "user")
        messages = await self._journal.read.messages(
            asked.after, asked.limit, asked.filters, before=asked.before, newest=asked.newest
        )
        return _list("messages", messages, asked.after)

    async def message(self, request: web.Request) -> web.Response:
        """Show one message with its deliveries and attempts."""
        seq = seq_alone(request)
        message = await self._journal.read.message(seq)
        if message is None:
            raise not_found(f"message {seq}", "List them at /_sandbox/messages; the oldest are removed.")
        return json_answer(await self._shown(request, message))

    async def deliveries(self, request: web.Request) -> web.Response:
        """`{"deliveries": […], "next": seq}`."""
        asked = page_either_way(request, "destination", "state", "reason", "secrets")
        filters = {name: value for name, value in asked.filters.items() if name != "secrets"}
        deliveries = await self._journal.read.deliveries(
            asked.after, asked.limit, filters, before=asked.before, newest=asked.newest
        )
        deliveries = await self._shown(request, deliveries)
        return _list("deliveries", deliveries, asked.after)

    async def reasons(self, request: web.Request) -> web.Response:
        """`{"reasons": {reason: count}}`, of the deliveries that fit."""
        return json_answer(
            {"reasons": await self._journal.read.reasons(filters_alone(request, "destination", "state"))}
        )

    async def delivery(self, request: web.Request) -> web.Response:
        """Show one delivery with every attempt, its exchanges and logs."""
        seq = seq_alone(request)
        delivery = await self._journal.read.delivery(seq)
        if delivery is None:
            raise not_found(f"delivery {seq}", "List them at /_sandbox/deliveries; the oldest are removed.")
        return json_answer(await self._shown(request, delivery))

    async def _shown(self, request: web.Request, view: Any) -> Any:
        """Mask what is secret in a view, unless the request says otherwise."""
        return view if shows_secrets(request) else await masked(view, self._control.secrets())

    async def refused(self, request: web.Request) -> web.Response:
        """`{"refused": […], "next": seq}`, what was turned away at the door."""
        asked = page(request)
        refused = await self._journal.read.refused(asked.after, asked.limit)
        return _list("refused", refused, asked.after)

    async def send(self, request: web.Request) -> web.Response:
        """Send `{"event": {…}, "source": slug?, "keep_message_id": false}`; answers `{"seq": …}`."""
        order = order_in(await request.read(), _SEND_KINDS, _SEND, needed=("event",))
        accepted = await self._control.send(
            order["event"], order.get("source"), keep_message_id=order.get("keep_message_id", False)
        )
        return json_answer({"seq": accepted.first})

    async def batch(self, request: web.Request) -> web.Response:
        """Send `{"events": […], "source": slug?}`; answers `{"first": …, "last": …, "stopped": […]}`."""
        body = await request.read()
        order = order_in(body, _BATCH_KINDS, _BATCH, needed=("events",))
        refuse(list(_batch_mistakes(order["events"], len(body))), _BATCH)
        accepted = await self._control.batch(order["events"], order.get("source"))
        messages = await self._journal.read.messages(accepted.first - 1, len(order["events"]), {})
        stopped = [_stopped(each, accepted.first) for each in messages if each["state"] != MessageState.ACCEPTED]
        return json_answer({"first": accepted.first, "last": accepted.last, "stopped": stopped})

    async def pause(self, request: web.Request) -> web.Response:
        """Hold a destination's deliveries back, or let them go on."""
        slug, paused = request.match_info["slug"], request.match_info["verb"] == "pause"
        if not self._control.pause(slug, paused=paused):
            raise not_found(f"destination {slug}", "The destinations are listed at /_sandbox/workspace.")
        return json_answer({"destination": slug, "paused": paused})


def _batch_mistakes(events: list[Any], size: int) -> Iterator[str]:
    """Hold a batch against Segment's limits. Source: segment-docs, HTTP API, Batch and Max request size."""
    if size > BATCH_MAX_BYTES:
        yield f"The body has {size} bytes; a batch has at most {BATCH_MAX_BYTES}."
    if not 0 < len(events) <= BATCH_MAX_MESSAGES:
        yield f"There are {len(events)} events; a batch has from 1 to {BATCH_MAX_MESSAGES}."
    for index, event in enumerate(events):
        if not isinstance(event, dict):
            yield f"events.{index} is no object."
        elif _size(event) > CALL_MAX_BYTES:
            yield f"events.{index} has more than {CALL_MAX_BYTES} bytes."


def _size(event: dict[str, Any]) -> int:
    """Return how many bytes an event has; 0 where it is nested too deeply to be written, which is told later."""
    try:
        return len(orjson.dumps(event))
    except orjson.JSONEncodeError:
        return 0


def _stopped(message: Mapping[str, Any], first: int) -> dict[str, Any]:
    """Show which event of a batch goes no further, and why."""
    names = ("seq", "state", "reason", "happened", "remedy")
    return {"index": message["seq"] - first, **{name: message[name] for name in names}}


def _list(name: str, items: list[dict[str, Any]], after: int) -> web.Response:
    """Answer a list, and where the next one goes on."""
    return json_answer({name: items, "next": items[-1]["seq"] if items else after})
