"""Kills the sandbox under load again and again, and proves from the outside that nothing acknowledged is lost.

Several clients send batches and single calls with known messageIds, and send again what was not answered, or
turned away because too much was pending, as SDKs do. Two webhook destinations deliver to a service in this process,
which fails now and then. After every kill the sandbox starts in the same folder, on a clock on which retries take
milliseconds; in the end everything pending has to be delivered, and every repetition explained.
"""

import asyncio
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp

from sandbox.destinations.webhook import authorization
from tests.acceptance.command import Up, up
from tests.conftest import basic
from tests.partner import Answer, HangUp, Partner, Script

WRITE_KEY: Final = "acmeWebsiteWriteKey000000000000a"
DESTINATIONS: Final = {"crm": "crm-api-key", "mail": "mail-api-key"}
"""The two destinations and their API keys, by which the partner's service tells them apart."""

CLIENTS: Final = 4
BATCH_MAX: Final = 20
ANSWERS_MAX: Final = 120
"""How many requests are answered at most before a kill."""

PARTNER_TAKES_S: Final = 0.01
"""How long the partner's service takes for each message, so that some are always under way, in seconds."""

DOWN: Final = 0.15
HANGS_UP: Final = 0.05
"""How many of the requests the partner's service answers 503, and how many it does not answer at all."""

PENDING_MAX: Final = 300
"""Deliveries that may be pending before the source turns messages away; the clients fill that now and then."""

FULL_WAIT_S: Final = 0.05
"""How long a client waits that was turned away, in seconds."""

TAIL_S: Final = 60
"""How long the last round may take to deliver what is left, in seconds, beyond the time for the kills."""


@dataclass(slots=True)
class Ledger:
    """What the clients know: which messages were acknowledged, and under which number."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    unanswered: list[list[str]] = field(default_factory=list)
    requests: int = 0
    sent_again: int = 0
    turned_away: int = 0
    _made: int = 0

    def next_ids(self, choice: random.Random) -> list[str]:
        """Choose what to send: a request that was not answered, or new messages, one or many."""
        self.requests += 1
        if self.unanswered:
            self.sent_again += 1
            return self.unanswered.pop()
        count = choice.choice((1, choice.randint(2, BATCH_MAX)))
        self._made += count
        return [f"message-{number}" for number in range(self._made - count, self._made)]

    def answered(self, ids: list[str], header: str) -> None:
        """Remember the numbers that the sandbox gave to the messages of a request."""
        first, _, last = header.partition("-")
        numbers = range(int(first), int(last) + 1)
        self.acknowledged.update(zip(ids, numbers, strict=True))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run came to; `problems` is empty when every promise was kept."""

    kills: int
    seconds: float
    requests: int
    sent_again: int
    turned_away: int
    acknowledged: int
    messages: int
    duplicates: int
    deliveries: int
    cut_off: int
    tried_again: int
    repeated: int
    problems: tuple[str, ...]


async def crash(folder: Path, *, kills: int, seconds: float, seed: int = 1) -> Verdict:
    """Kill the sandbox so often, or for so long, then let it deliver the rest and judge.

    Args:
        folder: an empty folder for the workspace.
        kills: how many kills at most.
        seconds: after this time no round begins any more.
        seed: makes the same choices again.
    """
    choice, ledger, began = random.Random(seed), Ledger(), time.monotonic()
    async with Partner(otherwise=partial(_mood, random.Random(seed))) as partner:
        write_workspace(folder, partner.url)
        done = 0
        while done < kills and time.monotonic() - began < seconds:
            await _round(folder, ledger, choice)
            done += 1
        async with asyncio.timeout(TAIL_S + seconds), up(folder) as sandbox:
            await sandbox.settled()
            return await _judge(sandbox, ledger, partner, kills=done, seconds=time.monotonic() - began)


def _mood(choice: random.Random) -> Script:
    """Choose what the partner's service does with a request."""
    drawn = choice.random()
    if drawn < HANGS_UP:
        return HangUp()
    return Answer(503 if drawn < HANGS_UP + DOWN else 200, delay_s=PARTNER_TAKES_S)


def write_workspace(folder: Path, endpoint: str) -> None:
    """Write a workspace with one source and two webhook destinations."""
    destinations = "".join(
        f'[[destinations]]\nslug = "{slug}"\ncomponent = "webhook"\nsource = "website"\nenabled = true\n'
        f'settings = {{ apiKey = "{key}" }}\n'
        for slug, key in DESTINATIONS.items()
    )
    (folder / "workspace.toml").write_text(
        f'[workspace]\nslug = "acme"\n[[sources]]\nslug = "website"\nwrite_key = "{WRITE_KEY}"\n'
        f'[journal]\npending = {PENDING_MAX}\n[clock]\nmode = "fast:300"\n'
        f'[app]\nname = "Acme"\n[app.components.webhook]\nendpoint = "{endpoint}/segment"\n{destinations}'
    )


async def _round(folder: Path, ledger: Ledger, choice: random.Random) -> None:
    """Start, let the clients send, kill without warning once enough was answered."""
    until = ledger.requests + choice.randint(1, ANSWERS_MAX)
    async with up(folder) as sandbox:
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(_client(sandbox, ledger, choice, until, enough))
            await enough.wait()
            assert await sandbox.command.end(signal.SIGKILL) == -signal.SIGKILL


async def _client(sandbox: Up, ledger: Ledger, choice: random.Random, until: int, enough: asyncio.Event) -> None:
    """Send until the sandbox is gone; say when enough was sent for this round."""
    while True:
        ids = ledger.next_ids(choice)
        try:
            numbers = await _send(sandbox, ids)
            if numbers is None:
                ledger.turned_away += 1
                ledger.unanswered.append(ids)
                await asyncio.sleep(FULL_WAIT_S)
            else:
                ledger.answered(ids, numbers)
        except (aiohttp.ClientError, OSError):
            ledger.unanswered.append(ids)
            enough.set()
            return
        if ledger.requests >= until:
            enough.set()


async def _send(sandbox: Up, ids: list[str]) -> str | None:
    """Send messages with these ids, one as a single call, more as a batch; return their numbers, None for a 429."""
    calls = [{"type": "track", "userId": "user-1", "event": "Load", "messageId": each} for each in ids]
    path, body = ("/v1/track", calls[0]) if len(calls) == 1 else ("/v1/batch", {"batch": calls})
    headers = {"Authorization": basic(WRITE_KEY)}
    async with sandbox.client.post(sandbox.url + path, json=body, headers=headers) as response:
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            return None
        assert response.status == HTTPStatus.OK, await response.text()
        return response.headers["X-Sandbox-Seq"]


async def _judge(sandbox: Up, ledger: Ledger, partner: Partner, *, kills: int, seconds: float) -> Verdict:
    """Compare what the clients, the journal and the partner's service saw."""
    messages = {each["seq"]: each for each in await sandbox.all("messages")}
    deliveries = await sandbox.all("deliveries")
    changes = await sandbox.all("changes")
    cut_off, tried_again = _cut_off(changes), _tried_again(changes)
    received = _received(partner)
    problems = [
        *_lost(ledger, messages),
        *_states(messages, deliveries),
        *_undelivered(messages, deliveries, received, Tries(cut_off, tried_again)),
    ]
    return Verdict(
        kills=kills,
        seconds=seconds,
        requests=ledger.requests,
        sent_again=ledger.sent_again,
        turned_away=ledger.turned_away,
        acknowledged=len(ledger.acknowledged),
        messages=len(messages),
        duplicates=sum(each["state"] == "duplicate" for each in messages.values()),
        deliveries=len(deliveries),
        cut_off=sum(cut_off.values()),
        tried_again=sum(tried_again.values()),
        repeated=sum(count > 1 for count in received.values()),
        problems=tuple(problems),
    )


def _cut_off(changes: list[dict[str, Any]]) -> Counter[int]:
    """Count the attempts of each delivery that a kill cut off."""
    return Counter(each["delivery"] for each in changes if each["kind"] == "attempt" and each["state"] == "cut_off")


def _tried_again(changes: list[dict[str, Any]]) -> Counter[int]:
    """Count the attempts of each delivery that failed and were followed by another."""
    return Counter(
        each["delivery"] for each in changes if each["kind"] == "delivery" and each["state"] == "awaiting_retry"
    )


@dataclass(frozen=True, slots=True)
class Tries:
    """How many attempts of each delivery a kill cut off, and how many failed and were followed by another."""

    cut_off: Counter[int]
    tried_again: Counter[int]


def _received(partner: Partner) -> Counter[tuple[str, str]]:
    """Count how often the service got each message, by destination and messageId."""
    keys = {authorization(key): slug for slug, key in DESTINATIONS.items()}
    return Counter(
        (keys[each.header("Authorization") or ""], json.loads(each.body)["messageId"]) for each in partner.received
    )


def _lost(ledger: Ledger, messages: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Find acknowledged messages that are not in the journal under their number."""
    for message_id, seq in ledger.acknowledged.items():
        found = messages.get(seq)
        if found is None or found["message"]["messageId"] != message_id:
            yield f"{message_id} was acknowledged as {seq}, where the journal has {found}"


def _states(messages: dict[int, dict[str, Any]], deliveries: list[dict[str, Any]]) -> Iterator[str]:
    """Find messages that are neither new with all their deliveries, nor a duplicate without any."""
    births = Counter(each["message_seq"] for each in deliveries)
    fresh = Counter(each["message"]["messageId"] for each in messages.values() if each["state"] == "accepted")
    for seq, message in messages.items():
        wanted = {"accepted": len(DESTINATIONS), "duplicate": 0}.get(message["state"])
        if births[seq] != wanted:
            yield f"message {seq}, {message['state']}, has {births[seq]} deliveries"
        if fresh[message["message"]["messageId"]] != 1:
            yield f"message {seq} was accepted {fresh[message['message']['messageId']]} times"


def _undelivered(
    messages: dict[int, dict[str, Any]],
    deliveries: list[dict[str, Any]],
    received: Counter[tuple[str, str]],
    tries: Tries,
) -> Iterator[str]:
    """Find deliveries that did not end well, never arrived, or arrived again without a reason."""
    for delivery in deliveries:
        name = f"delivery {delivery['seq']}"
        message_id = messages[delivery["message_seq"]]["message"]["messageId"]
        arrived, cuts = received[delivery["destination"], message_id], tries.cut_off[delivery["seq"]]
        whole = 1 + tries.tried_again[delivery["seq"]]
        if delivery["state"] != "delivered":
            yield f"{name} is {delivery['state']}: {delivery['detail']}"
        if not whole <= arrived <= whole + cuts:
            yield f"{name} arrived {arrived} times in {whole} attempts and {cuts} that were cut off"
        if delivery["attempts"] != whole + cuts:
            yield f"{name} shows {delivery['attempts']} attempts, {cuts} of them cut off, and not {whole + cuts}"
