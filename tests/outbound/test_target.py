"""What goes out on the wire, without a wire."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.outbound.target import (
    UnsendableError,
    asks_to_close,
    check_sendable,
    framed,
    on_the_wire,
    target_of,
)
from sandbox.wire import Request

NAMES = st.text(st.sampled_from("abAB-1"), min_size=1)
SENDABLE_HEADERS = st.lists(st.tuples(NAMES, st.text(st.sampled_from("ab 1")))).map(tuple)


@pytest.mark.parametrize(
    ("url", "host", "host_header", "sent_to"),
    [
        pytest.param("https://a.example", "a.example", "a.example", "https://a.example", id="no-path"),
        pytest.param("https://a.example:443/", "a.example", "a.example", "https://a.example/", id="default-port"),
        pytest.param("http://a.example:81/x", "a.example", "a.example:81", "http://a.example:81/x", id="port"),
        pytest.param("http://[::1]:81/", "::1", "[::1]:81", "http://[::1]:81/", id="v6"),
        pytest.param("http://u:p@a.example/#f", "a.example", "a.example", "http://a.example/", id="stripped"),
        pytest.param("http://0x7f.1/", "0x7f.1", "0x7f.1", "http://127.0.0.1/", id="number"),
        pytest.param("http://bücher.example/", "xn--bcher-kva.example", "xn--bcher-kva.example", None, id="idn"),
    ],
)
def test_a_url_leads_to_a_host(url: str, host: str, host_header: str, sent_to: str | None) -> None:
    """Host, Host header and the address to connect to follow from the URL."""
    target = target_of(url)
    assert (target.host, target.host_header) == (host, host_header)
    assert sent_to is None or str(target.url) == sent_to


@given(st.text() | st.text().map("http://{}".format))
def test_any_text_leads_somewhere_or_is_refused(url: str) -> None:
    """No URL, however odd, makes anything but an UnsendableError."""
    with suppress(UnsendableError):
        assert target_of(url).host


@given(SENDABLE_HEADERS, st.binary())
def test_framing_adds_nothing_but_host_and_length(headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    """All values stay, in their order, between one Host and one true length."""
    request = Request("POST", "http://a.example/", headers, body)
    check_sendable(request)
    sent = framed(request, "a.example")
    assert sent[0] == ("Host", "a.example")
    assert sent[-1] == ("Content-Length", str(len(body)))
    assert [value for _, value in sent[1:-1]] == [value for _, value in headers]
    assert [name.lower() for name, _ in sent[1:-1]] == [name.lower() for name, _ in headers]


@given(SENDABLE_HEADERS, st.binary())
def test_framing_twice_changes_nothing(headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    """What is framed stays as it is."""
    once = framed(Request("POST", "http://a.example/", headers, body), "a.example")
    assert framed(Request("POST", "http://a.example/", once, body), "b.example") == once


@pytest.mark.parametrize(
    ("header", "is_sent"),
    [
        pytest.param(("Expect", "100-continue"), False, id="expect"),
        pytest.param(("transfer-encoding", "chunked"), False, id="transfer-encoding"),
        pytest.param(("Connection", "close"), True, id="connection"),
        pytest.param(("TE", "trailers"), True, id="another"),
    ],
)
def test_only_what_contradicts_the_framing_is_kept_back(header: tuple[str, str], *, is_sent: bool) -> None:
    """The body goes out in one piece and at once, whatever the caller announced."""
    assert on_the_wire((header,)) == ((header,) if is_sent else ())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(("Connection", "close"), True, id="close"),
        pytest.param(("connection", " Close "), True, id="in-other-case"),
        pytest.param(("Connection", "Keep-Alive"), False, id="keep-alive"),
        pytest.param(("X-Connection", "close"), False, id="another"),
    ],
)
def test_close_asks_for_a_connection_of_its_own(header: tuple[str, str], *, expected: bool) -> None:
    """Only the Connection header counts, in any case."""
    assert asks_to_close((("Accept", "*/*"), header)) is expected
