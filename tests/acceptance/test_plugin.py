"""Segment's Python SDK against the fixtures that partners have: the pytest plugin, in a run of this project's own."""

import json
from typing import Any, Final

import pytest
from segment.analytics.client import Client

from sandbox.testkit import Sandbox, WaitedInVainError

WAIT_S: Final = 120


def client(sandbox: Sandbox) -> Client:
    """Return an SDK that sends at once."""
    return Client(sandbox.write_key, host=sandbox.url, sync_mode=True)


def test_what_the_sdk_sent_is_waited_for_up_to_both_destinations(segment_sandbox: Sandbox) -> None:
    """The message by a value in it, then its deliveries, with the request that each came to."""
    sdk = client(segment_sandbox)
    sdk.track("user-1", "Order Completed", {"revenue": 11})
    sdk.track("user-1", "Order Completed", {"revenue": 12})
    message = segment_sandbox.wait_for(where={"properties.revenue": 12, "userId": "user-1"}, timeout=WAIT_S)
    for destination in ("webhook", "function"):
        delivery = segment_sandbox.wait_for(
            "delivery", message=message["seq"], destination=destination, timeout=WAIT_S
        )
        assert delivery["state"] == "delivered"
        request = delivery["attempts"][0]["exchanges"][0]["request"]
        assert json.loads(request["body"]) == message["message"]
    segment_sandbox.wait_for_all(4, "delivery", timeout=WAIT_S)
    sent = {each["seq"] for each in segment_sandbox.messages()}
    assert {each["message_seq"] for each in segment_sandbox.deliveries(destination="webhook")} == sent


def test_a_partner_that_fails_once_gets_the_event_after_hours_that_pass_at_once(segment_sandbox: Sandbox) -> None:
    """A fault strikes the first attempt; the clock is advanced past the retry, which delivers."""
    segment_sandbox.faults.add(toward="partner", destination="webhook", status=503, attempts=1)
    client(segment_sandbox).track("user-1", "Signed Up")
    wanted: dict[str, Any] = {"destination": "webhook", "event": "Signed Up", "timeout": WAIT_S}
    segment_sandbox.wait_for("delivery", state="awaiting_retry", **wanted)
    before = segment_sandbox.clock.now
    segment_sandbox.clock.advance("4h")
    assert segment_sandbox.clock.now > before
    delivery = segment_sandbox.wait_for("delivery", state="delivered", **wanted)
    assert [each["code"] for each in delivery["attempts"]] == ["503", "200"]
    assert [each["struck"] for each in segment_sandbox.faults.all()] == [1]


def test_values_called_as_parameters_are_waited_for_by_their_paths(segment_sandbox: Sandbox) -> None:
    """`where` asks for what the message holds, beside the parameters of the same name."""
    client(segment_sandbox).track("user-1", "Signed Up", {"plan.name": "pro"})
    where = {"type": "track", "event": "Signed Up", r"properties.plan\.name": "pro"}
    assert segment_sandbox.wait_for(type="track", where=where, timeout=WAIT_S)["user_id"] == "user-1"
    with pytest.raises(WaitedInVainError, match='type is "track", not "page"'):
        segment_sandbox.wait_for(type="track", where={"type": "page"}, timeout=0)


def test_a_value_that_is_null_is_waited_for(segment_sandbox: Sandbox) -> None:
    """None asks for null; it does not take the condition away."""
    sdk = client(segment_sandbox)
    sdk.track("user-1", "Signed Up", {"coupon": "SUMMER"})
    sdk.track("user-2", "Signed Up", {"coupon": None})
    message = segment_sandbox.wait_for(where={"properties.coupon": None}, timeout=WAIT_S)
    assert message["user_id"] == "user-2"
