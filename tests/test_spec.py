"""Segment's rules for the calls."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.outcomes import REASONS
from sandbox.spec import CALLS, bundled, ingest_failure, named_on, switched_on


def call(**fields: Any) -> dict[str, Any]:
    """Make a valid track call, with these fields over it."""
    return {"type": "track", "event": "Signed Up", "userId": "user-1", **fields}


def consent(preferences: Any, **consent_fields: Any) -> dict[str, Any]:
    """Make a consent update with these preferences."""
    context = {"consent": {"categoryPreferences": preferences, **consent_fields}}
    return call(event="Segment Consent Preference Updated", context=context)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param(call(), None, id="valid"),
        pytest.param(call(type=None), "missing_type", id="no type"),
        pytest.param(call(type="trck"), "invalid_type", id="unknown type"),
        pytest.param(call(type="Track"), "invalid_type", id="types are lower case"),
        pytest.param(call(type=["track"]), "invalid_type", id="type is a list"),
        pytest.param(call(type="delete"), "invalid_type", id="delete is no call"),
        pytest.param(call(userId=None), "no_user_anon_id", id="49 no id"),
        pytest.param(call(userId=""), "id_not_string", id="50 empty id"),
        pytest.param(call(userId=5), "id_not_string", id="50 id is a number"),
        pytest.param(call(userId=None, anonymousId="a"), None, id="51 null means absent"),
        pytest.param(call(anonymousId=7), "id_not_string", id="one good id, one bad"),
        pytest.param(call(event=7), "event_not_string", id="53 event is a number"),
        pytest.param(call(event={}), "event_not_string", id="53 event is an object"),
        pytest.param(call(event=""), "event_not_defined", id="54 empty event"),
        pytest.param(call(event=None), "event_not_defined", id="no event"),
        pytest.param(call(properties="x"), "properties_not_object", id="55 properties is a string"),
        pytest.param(call(properties=[]), "properties_not_object", id="55 properties is a list"),
        pytest.param(call(properties=None), None, id="null properties"),
        pytest.param(call(type="identify", traits=1), "traits_not_object", id="traits is a number"),
        pytest.param(call(type="group", traits="x"), "traits_not_object", id="group traits is a string"),
        pytest.param(call(type="page", name=""), "name_not_string", id="57 empty name"),
        pytest.param(call(type="screen", name=5), "name_not_string", id="57 name is a number"),
        pytest.param(call(type="page", category=5), "category_not_string", id="58 category is a number"),
        pytest.param(call(type="page"), None, id="59 neither name nor category"),
        pytest.param(call(type="alias"), None, id="61 alias without previousId"),
        pytest.param(consent(None), "consent_categorypreferences_should_exist", id="63 no preferences"),
        pytest.param(consent("x"), "consent_categorypreferences_fields_should_be_object", id="preferences string"),
        pytest.param(consent({"ads": 1}), "consent_categorypreferences_fields_should_be_bool", id="not boolean"),
        pytest.param(consent({"ads": True}, version="2"), "consent_version_should_be_number", id="version string"),
        pytest.param(consent({"ads": True}, version=2), None, id="consent as it should be"),
        pytest.param(
            call(context={"device": {"advertisingId": 1}}),
            "device_advertisingid_should_be_string",
            id="advertisingId",
        ),
        pytest.param(call(context=[]), None, id="a context that is a list"),
    ],
)
def test_a_message_fails_on_ingest_with_segments_code(message: dict[str, Any], code: str | None) -> None:
    """Each rule has its published code, and a valid message has none."""
    assert ingest_failure(message) == code
    assert code is None or code in REASONS


def test_a_delete_event_passes_only_where_it_is_allowed() -> None:
    """No SDK can send a delete event; the sandbox's own tools can."""
    assert ingest_failure({"type": "delete", "userId": "u"}, delete_allowed=True) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["type", "event", "userId", "anonymousId", "properties", "traits", "context", "name", "category"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.sampled_from(sorted(CALLS))))
def test_whatever_a_message_holds_has_a_known_verdict(message: dict[str, Any]) -> None:
    """Validation never raises, and every code has its explanation."""
    code = ingest_failure(message)
    assert code is None or code in REASONS


@pytest.mark.parametrize(
    ("integrations", "on"),
    [
        pytest.param(None, True, id="absent"),
        pytest.param({}, True, id="82 empty"),
        pytest.param({"All": True}, True, id="82 all on"),
        pytest.param({"All": False}, False, id="77 all off"),
        pytest.param({"all": False}, False, id="all in lower case"),
        pytest.param({"ALL": False}, False, id="all in upper case"),
        pytest.param({"all": False, "Mixpanel": True}, True, id="78 only this one"),
        pytest.param({"All": False, "Mixpanel": {}}, True, id="options mean on"),
        pytest.param({"All": False, "Mixpanel": {"a": 1}}, True, id="options with values mean on"),
        pytest.param({"All": False, "mixpanel": True}, False, id="79 names are case sensitive"),
        pytest.param({"Mixpanel": False}, False, id="named off"),
        pytest.param({"Mixpanel": None}, True, id="81 null"),
        pytest.param({"Mixpanel": 0}, True, id="zero is no boolean"),
        pytest.param({"Mixpanel": "false"}, True, id="the word false is no boolean"),
        pytest.param({"All": "false"}, True, id="All as a word is ignored"),
        pytest.param({"All": {"x": 1}}, True, id="All as an object is ignored"),
        pytest.param({"Nope": True}, True, id="83 another name"),
        pytest.param([], True, id="a list is no integrations object"),
    ],
)
def test_the_integrations_object_switches_a_destination(integrations: Any, on: bool) -> None:
    """The truth table measured with Segment's own facade."""
    assert switched_on(integrations, ("Mixpanel",)) is on


@pytest.mark.parametrize(
    ("integrations", "on"),
    [
        pytest.param({"All": True}, False, id="82 All does not name it"),
        pytest.param(None, False, id="absent"),
        pytest.param({"Salesforce": True}, True, id="named"),
    ],
)
def test_salesforce_is_off_unless_named(integrations: Any, on: bool) -> None:
    """The one destination that `All: true` leaves off."""
    assert switched_on(integrations, ("Salesforce",)) is on


@pytest.mark.parametrize(
    ("integrations", "names"),
    [
        pytest.param(None, [], id="absent"),
        pytest.param([True], [], id="a list"),
        pytest.param({"b": True, "a": {"option": 1}}, ["b", "a"], id="true and options"),
        pytest.param({"a": False, "b": None, "c": "yes", "d": 1}, [], id="anything else"),
        pytest.param({"All": True, "all": {}, "Segment.io": True}, [], id="all, and Segment itself"),
    ],
)
def test_an_integrations_object_names_whom_to_send_to(integrations: Any, names: list[str]) -> None:
    """By true, or by options."""
    assert named_on(integrations) == names


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        pytest.param({"bundled": ["Acme", "Segment.io"], "unbundled": ["Other"]}, {"Acme", "Segment.io"}, id="names"),
        pytest.param({"bundled": [7, None, "Acme"]}, {"Acme"}, id="not only names"),
        pytest.param({"bundled": "Acme"}, set(), id="no list"),
        pytest.param({"nodeVersion": "20.18.0"}, set(), id="of a server"),
        pytest.param([], set(), id="no object"),
        pytest.param(None, set(), id="absent"),
    ],
)
def test_the_client_says_who_has_a_message_already(metadata: Any, names: set[str]) -> None:
    """In `_metadata.bundled`; whatever else stands there says nothing."""
    assert bundled(call(_metadata=metadata)) == names
