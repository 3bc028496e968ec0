"""How Segment stamps a call."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.messages import Arrival, Envelope, Stamps, normalise, parse_time, stamps, unstamped

RECEIVED = "2026-03-01T12:00:00.500Z"


def arrival(received: str = RECEIVED, **fields: Any) -> Arrival:
    """Make the arrival of a server-side request."""
    at = parse_time(received)
    assert at is not None
    return Arrival(**{"received_at_ms": at, "family": "server", "project_id": "p123456789", **fields})


def track(**fields: Any) -> dict[str, Any]:
    """Make a track call."""
    return {"type": "track", "event": "Signed Up", "userId": "u", **fields}


@pytest.mark.parametrize(
    ("original", "sent", "received", "timestamp"),
    [
        pytest.param(
            "2015-12-12T19:11:01.152Z",
            "2015-12-12T19:11:01.169Z",
            "2015-12-12T19:11:01.266Z",
            "2015-12-12T19:11:01.249Z",
            id="69 the documented example",
        ),
        pytest.param(
            "2018-03-06T06:33:31.593Z",
            "2018-03-06T06:33:32.900Z",
            "2018-03-06T06:33:36.745Z",
            "2018-03-06T06:33:35.438Z",
            id="70 the one from a public issue",
        ),
        pytest.param(
            "2024-01-02T05:04:05+02:00", None, RECEIVED, "2024-01-02T03:04:05.000Z", id="no sentAt means no skew"
        ),
        pytest.param(None, None, RECEIVED, RECEIVED, id="71 neither"),
        pytest.param("yesterday", "2026-03-01T11:00:00Z", RECEIVED, RECEIVED, id="no time at all"),
        pytest.param("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", RECEIVED, RECEIVED, id="beyond the calendar"),
    ],
)
def test_timestamp_is_corrected_by_the_clients_skew(
    original: str | None, sent: str | None, received: str, timestamp: str
) -> None:
    """Timestamp = receivedAt - (sentAt - originalTimestamp)."""
    message = normalise(track(timestamp=original, sentAt=sent), arrival(received))
    assert message["timestamp"] == timestamp
    assert message["receivedAt"] == received


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2024-01-02T03:04:05.678Z", id="JavaScript"),
        pytest.param("2024-01-02T03:04:05.678+00:00", id="Python"),
        pytest.param("2024-01-02T03:04:05.678000+00:00", id="Python's envelope"),
        pytest.param("2024-01-02T03:04:05.678000000Z", id="Go"),
        pytest.param("2024-01-02T04:04:05.678+01:00", id="another zone"),
        pytest.param("2024-01-02T03:04:05.678", id="no zone means UTC"),
    ],
)
def test_every_sdks_time_format_is_read(text: str) -> None:
    """All of them are ISO 8601, and no two SDKs write it alike."""
    assert parse_time(text) == 1_704_164_645_678


def test_a_message_id_is_kept_and_made_when_absent() -> None:
    """65: generated when absent; the client's own stays."""
    assert normalise(track(messageId="mine"), arrival())["messageId"] == "mine"
    made = normalise(track(), arrival())["messageId"]
    assert len(made) == 36
    assert made != normalise(track(), arrival())["messageId"]


def test_the_batch_fills_in_what_the_message_does_not_say() -> None:
    """Context and integrations merge, the message winning; sentAt comes from the envelope."""
    envelope = Envelope(None, "2026-03-01T12:00:00Z", {"ip": "1.2.3.4", "locale": "en"}, {"All": False})
    call = track(context={"locale": "de"}, integrations={"Acme": True}, timestamp="2026-03-01T11:00:00Z")
    message = normalise(call, arrival(), envelope)
    assert message["context"] == {"ip": "1.2.3.4", "locale": "de"}
    assert message["integrations"] == {"All": False, "Acme": True}
    assert message["sentAt"] == "2026-03-01T12:00:00Z"
    assert message["timestamp"] == "2026-03-01T11:00:00.500Z"


@pytest.mark.parametrize(
    ("context", "fields", "ip"),
    [
        pytest.param(None, {"peer": "203.0.113.9"}, None, id="74 a server's call gets none"),
        pytest.param({"direct": True}, {"peer": "203.0.113.9"}, "203.0.113.9", id="75 unless it is direct"),
        pytest.param(None, {"family": "client", "peer": "203.0.113.9"}, "203.0.113.9", id="a client's call"),
        pytest.param({"ip": "0.0.0.0"}, {"family": "client", "peer": "203.0.113.9"}, "0.0.0.0", id="its own stays"),
        pytest.param({"ip": None}, {"family": "client", "peer": "203.0.113.9"}, "203.0.113.9", id="null is none"),
        pytest.param(None, {"family": "client", "peer": "2001:db8::1"}, None, id="never IPv6"),
        pytest.param(None, {"family": "client", "peer": "::ffff:203.0.113.9"}, "203.0.113.9", id="IPv4 as IPv6"),
        pytest.param(None, {"family": "client", "peer": "a socket"}, None, id="no address at all"),
    ],
)
def test_the_address_is_filled_in_for_client_side_traffic(
    context: Any, fields: dict[str, Any], ip: str | None
) -> None:
    """Only where the caller is the user's own device, or the call says so."""
    message = normalise(track(context=context), arrival(**fields))
    assert (message.get("context") or {}).get("ip") == ip


@pytest.mark.parametrize(
    ("library", "family", "channel"),
    [
        pytest.param("analytics-python", "server", "server", id="server library"),
        pytest.param("analytics.js", "client", "browser", id="analytics.js"),
        pytest.param("analytics-react-native", "client", "mobile", id="any other client"),
    ],
)
def test_the_channel_follows_the_path_and_the_library(library: str, family: str, channel: str) -> None:
    """Server, browser or mobile."""
    message = normalise(track(context={"library": {"name": library}}, writeKey="k"), arrival(family=family))
    assert message["channel"] == channel
    assert ("writeKey" in message) is (channel == "server")


TIMES = st.none() | st.integers() | st.text(max_size=5) | st.datetimes().map(lambda at: at.isoformat())


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": TIMES,
        "sentAt": TIMES,
        "originalTimestamp": TIMES,
        "messageId": st.none() | st.text(max_size=3) | st.integers(),
        "context": st.none() | st.integers() | st.dictionaries(st.sampled_from(["ip", "direct"]), st.booleans()),
        "writeKey": st.text(max_size=3),
        "channel": st.sampled_from(["server", "browser", None]),
    },
)


@given(FIELDS)
def test_normalising_twice_changes_nothing(fields: dict[str, Any]) -> None:
    """What is stamped stays as it is when it comes again."""
    here = arrival(family="client", peer="203.0.113.9")
    once = normalise(track(**fields), here)
    assert normalise(once, here) == once


SHARED = st.none() | st.dictionaries(st.sampled_from(["ip", "locale", "All"]), st.booleans() | st.text(max_size=2))


@given(
    FIELDS,
    st.builds(Envelope, st.sampled_from(["page", None]), TIMES, SHARED, SHARED),
    st.sampled_from(["server", "client", "image"]),
)
def test_the_call_can_be_made_again_from_what_stamping_changed(
    fields: dict[str, Any], envelope: Envelope, family: str
) -> None:
    """After both were written as JSON: the call itself is not kept."""
    call = track(**fields)
    message = normalise(call, arrival(family=family, peer="203.0.113.9"), envelope)
    changed = stamps(call, message)
    kept, were = json.loads(json.dumps([message, changed.were]))
    assert unstamped(kept, Stamps(changed.added, were)) == call == track(**fields)


def test_little_is_kept_of_what_stamping_changed() -> None:
    """Nothing but a number, of what an SDK sends: its own time is in the message, and so is its context."""
    context = {"library": {"name": "analytics-swift"}, "screen": {"width": 100, "height": 200}}
    call = track(context=context, timestamp="2026-03-01T11:00:00Z", sentAt="2026-03-01T11:00:01Z", messageId="m")
    message = normalise(call, arrival(family="client", peer="203.0.113.9"))
    assert message["timestamp"] != call["timestamp"]
    assert message["context"] != context
    assert not stamps(call, message).were
