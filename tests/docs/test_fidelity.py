"""docs/fidelity.md is the table, and the table is complete."""

import json
from collections import Counter
from typing import Any

import pytest

from sandbox.parity import BEHAVIOURS, MEANINGS, Behaviour, Status, page
from tests.conftest import Running
from tests.docs.pages import DOCS

CHOICES = [
    ("A `messageId` of more than 100 characters", {"messageId": "m" * 101}, {"messageId": "m" * 101}),
    (
        "A time that cannot be read",
        {"timestamp": "yesterday", "sentAt": "2026-01-02"},
        {"originalTimestamp": "2026-01-02"},
    ),
    ("Whole numbers beyond 64 bits", {"properties": {"n": 10**30}}, {"properties": {"n": 1e30}}),
    ("Half a surrogate pair in a string", {"event": "a\ud800"}, {"event": "a\ufffd"}),
    ("An alias without `previousId`", {"type": "alias"}, {"type": "alias"}),
    ("A group without `groupId`", {"type": "group"}, {"type": "group"}),
    ("A call whose body has no `type` takes it from the path", {"type": "page"}, {"type": "page"}),
    ("`version`", {"version": "1.1"}, {"version": 2}),
    ("`channel`", {"channel": "mobile"}, {"channel": "server"}),
    ("An empty `userId` beside an `anonymousId`", {"userId": "", "anonymousId": "a"}, "id_not_string"),
    ("An empty event name", {"event": ""}, "event_not_defined"),
    ("Which code is given where several apply", {"type": "x", "userId": None, "event": 1}, "invalid_type"),
]
"""Behaviours, what is added to a track call, and what becomes of it: fields as stamped, or the reason."""


def test_the_page_is_made_from_the_table() -> None:
    """`python -m sandbox.parity > docs/fidelity.md` changes nothing."""
    assert (DOCS / "fidelity.md").read_text("utf-8") == page()


def test_every_status_is_explained() -> None:
    """And no other."""
    assert list(MEANINGS) == list(Status)


@pytest.mark.parametrize("each", [pytest.param(each, id=each.behaviour) for each in BEHAVIOURS])
def test_a_row_says_what_from_where_and_what_instead(each: Behaviour) -> None:
    """A source always; a note wherever the sandbox is not known to do the same."""
    assert each.source
    assert each.note or each.status is Status.SAME
    assert not set("|\n") & set(each.area + each.behaviour + each.source + each.note)


def test_no_behaviour_is_there_twice() -> None:
    """Nor does an area begin anew after another one."""
    assert max(Counter(each.behaviour for each in BEHAVIOURS).values()) == 1
    headings = [line for line in page().splitlines() if line.startswith("## ")]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize(("behaviour", "added", "expected"), CHOICES, ids=[choice[0] for choice in CHOICES])
async def test_what_the_table_says_was_chosen_is_done(
    embedded: Running, behaviour: str, added: dict[str, Any], expected: dict[str, Any] | str
) -> None:
    """For what can be told from one call."""
    assert behaviour in {each.behaviour for each in BEHAVIOURS}
    call = {"userId": "user-1", "event": "Signed Up", **added}
    assert (await embedded.call("/v1/track", json.dumps(call))).status == 200
    (message,) = await embedded.messages()
    if isinstance(expected, str):
        assert message["reason"] == expected
    else:
        assert message["state"] == "accepted"
        assert {name: message["message"][name] for name in expected} == expected


async def test_the_id_of_a_message_that_failed_is_free(embedded: Running) -> None:
    """A second one with the same id and without the mistake is accepted, a third is a duplicate."""
    call = {"userId": "user-1", "event": "Signed Up", "messageId": "m-1"}
    for body in (call | {"event": ""}, call, call):
        await embedded.call("/v1/track", body)
    states = [each["state"] for each in await embedded.messages()]
    assert states == ["failed_on_ingest", "accepted", "duplicate"]
