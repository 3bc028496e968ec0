"""What is tried again, sent again or forgotten, at `/_sandbox/retry`, `/_sandbox/replay` and `/_sandbox/reset`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Protocol

from aiohttp import web

from sandbox.access import ApiError
from sandbox.api.bodies import json_answer, object_in, refuse
from sandbox.api.queries import SEQ_MAX, filters_alone, seq_in_path, wrong_choices
from sandbox.journal import Selection
from sandbox.journal.selection import DELIVERY_KEYS, MESSAGE_KEYS, NUMBERS

_HINT: Final = "See docs/api.md for the keys."


class Again(Protocol):
    """What does it."""

    async def try_again(self, selection: Selection) -> int:
        """Begin the schedule anew for the deliveries that match; return how many those are."""
        ...

    async def replay(
        self, selection: Selection, destination: str | None, changes: Mapping[str, Any], removals: Sequence[str]
    ) -> list[int]:
        """Send stored messages again; return the new numbers.

        Raises:
            ApiError: there is no such destination, or an edit does not fit a message.
        """
        ...

    async def count_replay(self, selection: Selection) -> int:
        """Return how many messages a replay would send."""
        ...

    async def reset(self, source: str | None) -> int:
        """Forget everything, or what belongs to a source; return how many messages that were.

        Raises:
            ApiError: there is no such source.
        """
        ...


class AgainEndpoints:
    """Reads what is to be tried or sent again, all mistakes at once."""

    def __init__(self, again: Again) -> None:
        self._again = again

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/retry", self.retry),
            web.get("/replay", self.count_replay),
            web.post("/replay", self.replay),
            web.post("/deliveries/{seq}/retry", self.retry_one),
            web.post("/messages/{seq}/replay", self.replay_one),
            web.post("/reset", self.reset),
        ]

    async def retry(self, request: web.Request) -> web.Response:
        """Try deliveries again; answers `{"retried": count}`."""
        order = await _order(request, DELIVERY_KEYS)
        return json_answer({"retried": await self._again.try_again(_selection(order, DELIVERY_KEYS))})

    async def retry_one(self, request: web.Request) -> web.Response:
        """Try one delivery again; answers `{"retried": 1}`."""
        await _order(request, ())
        return json_answer({"retried": await self._again.try_again(Selection({"delivery": seq_in_path(request)}))})

    async def replay(self, request: web.Request) -> web.Response:
        """Send messages again; answers `{"replayed": count, "messages": [seq, …]}`."""
        order = await _order(request, (*MESSAGE_KEYS, *_EDITS))
        return json_answer(await self._replayed(_selection(order, MESSAGE_KEYS), order))

    async def count_replay(self, request: web.Request) -> web.Response:
        """Say how many messages would be sent again; answers `{"count": messages}`."""
        filters = filters_alone(request, *_COUNTED)
        return json_answer({"count": await self._again.count_replay(Selection(filters))})

    async def replay_one(self, request: web.Request) -> web.Response:
        """Send one message again; answers as `replay` does."""
        order = await _order(request, _EDITS)
        return json_answer(await self._replayed(Selection({"message": seq_in_path(request)}), order))

    async def reset(self, request: web.Request) -> web.Response:
        """Forget everything, or what belongs to a source; answers `{"removed": messages}`."""
        order = await _order(request, ("source",))
        return json_answer({"removed": await self._again.reset(order.get("source"))})

    async def _replayed(self, selection: Selection, order: Mapping[str, Any]) -> dict[str, Any]:
        made = await self._again.replay(
            selection, order.get("destination"), order.get("set", {}), order.get("unset", ())
        )
        return {"replayed": len(made), "messages": made}


_EDITS: Final = ("destination", "set", "unset")
_COUNTED: Final = tuple(key for key in MESSAGE_KEYS if key not in NUMBERS)


async def _order(request: web.Request, known: Collection[str]) -> dict[str, Any]:
    """Read the body, an object with these keys; none at all is an empty one.

    Raises:
        ApiError: 400, naming every mistake.
    """
    order = object_in(await request.read() or b"{}", _HINT)
    mistakes = [f"{name} is not known." for name in order if name not in known]
    mistakes += [
        f"{name} is no {_kind(name)}." for name, value in order.items() if name in known and not _fits(name, value)
    ]
    mistakes += wrong_choices(
        {name: value for name, value in order.items() if name in known and isinstance(value, str)}
    )
    refuse(mistakes, _HINT)
    return order


def _kind(name: str) -> str:
    return {"set": "object", "unset": "array of paths"}.get(name, "number" if name in NUMBERS else "text")


def _fits(name: str, value: object) -> bool:
    if name == "set":
        return isinstance(value, dict)
    if name == "unset":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if name in NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= SEQ_MAX
    return isinstance(value, str)


def _selection(order: Mapping[str, Any], keys: Collection[str]) -> Selection:
    """Select by what is given; the whole journal has to be asked for by naming something.

    Raises:
        ApiError: 400, nothing is named.
    """
    filters = {key: order[key] for key in keys if key in order}
    if not filters:
        raise ApiError(400, "bad_request", f"Nothing says which: name one of {', '.join(keys)}.", _HINT)
    return Selection(filters)
