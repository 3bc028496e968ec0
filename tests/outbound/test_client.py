"""The only outgoing HTTP client, against a partner's service on loopback."""

import asyncio
import datetime as dt
import gzip
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.clock import ManualClock
from sandbox.outbound import Outbound
from sandbox.outbound.client import MAX_RESPONSE_BYTES
from sandbox.wire import Exchange, NetworkError, Request, Response
from tests.partner import Answer, Hang, HangUp, Partner, Raw, Reset, Script, Stall


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with Partner() as service:
        yield service


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    async with Outbound(ManualClock(1_000), offline=True) as client:
        yield client


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """Make the server's side of TLS, with a certificate for localhost that is signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def post(outbound: Outbound, url: str, body: bytes = b"{}", timeout_s: float = 10.0) -> Exchange:
    return await outbound.send(Request("POST", url, (), body), timeout_s=timeout_s)


def response_of(exchange: Exchange) -> Response:
    assert isinstance(exchange.outcome, Response)
    return exchange.outcome


def error_of(exchange: Exchange) -> NetworkError:
    assert isinstance(exchange.outcome, NetworkError)
    return exchange.outcome


async def test_headers_go_out_in_the_order_and_case_given(outbound: Outbound, partner: Partner) -> None:
    """Only Host and Content-Length are added, and the record is what the partner received."""
    given = (("x-Second", "2"), ("ACCEPT", "*/*"), ("X-First", "ä"), ("x-Second", "3"))
    exchange = await outbound.send(Request("PUT", f"{partner.url}/a", given, b"body"), timeout_s=10)
    host = f"127.0.0.1:{partner.port}"
    assert exchange.request.headers == (("Host", host), *given, ("Content-Length", "4"))
    received = partner.received[0].headers
    assert [name for name, _ in received] == [name for name, _ in exchange.request.headers]


async def test_a_content_length_that_was_given_keeps_its_place_and_is_true(
    outbound: Outbound,
    partner: Partner,
) -> None:
    """The length stands where the caller put it, and counts what is sent, whatever the caller wrote."""
    headers = (("content-length", "999"), ("X-Last", "1"))
    exchange = await outbound.send(Request("POST", partner.url, headers, b"abc"), timeout_s=10)
    assert exchange.request.headers[1:] == (("content-length", "3"), ("X-Last", "1"))
    assert partner.received[0].headers == exchange.request.headers


async def test_a_host_that_was_given_is_sent(outbound: Outbound, partner: Partner) -> None:
    """A caller's own Host goes out and is recorded, first as always."""
    headers = (("X-First", "1"), ("HOST", "partner.example"))
    exchange = await outbound.send(Request("POST", partner.url, headers), timeout_s=10)
    assert exchange.request.headers[0] == ("Host", "partner.example")
    assert partner.received[0].headers == exchange.request.headers


async def test_a_name_given_twice_is_sent_twice(outbound: Outbound, partner: Partner) -> None:
    """Both values arrive, under the first spelling, and are recorded so."""
    headers = (("X-A", "1"), ("x-a", "2"), ("X-A", "3"))
    exchange = await outbound.send(Request("GET", partner.url, headers), timeout_s=10)
    assert partner.received[0].headers[1:] == (("X-A", "1"), ("X-A", "2"), ("X-A", "3"))
    assert partner.received[0].headers == exchange.request.headers


async def test_the_method_goes_out_in_capitals(outbound: Outbound, partner: Partner) -> None:
    """As Node does it; the record says what was sent."""
    exchange = await outbound.send(Request("patch", partner.url), timeout_s=10)
    assert exchange.request.method == partner.received[0].method == "PATCH"


async def test_a_get_has_no_content_length(outbound: Outbound, partner: Partner) -> None:
    """A request without a body gets no header but Host."""
    await outbound.send(Request("GET", f"{partner.url}/"), timeout_s=10)
    assert partner.received[0].headers == (("Host", f"127.0.0.1:{partner.port}"),)


async def test_what_contradicts_the_framing_is_recorded_but_not_sent(
    outbound: Outbound,
    partner: Partner,
) -> None:
    """A futile Expect costs no wait, and a body with a length is not chunked."""
    headers = (("Expect", "100-continue"), ("Transfer-Encoding", "chunked"))
    exchange = await outbound.send(Request("POST", partner.url, headers, b"x"), timeout_s=10)
    assert exchange.request.headers[1:3] == headers
    assert [name for name, _ in partner.received[0].headers] == ["Host", "Content-Length"]


async def test_a_request_that_says_close_has_a_connection_of_its_own(
    outbound: Outbound,
    partner: Partner,
) -> None:
    """What node-fetch sends by default arrives, and nothing that an earlier request left can break it."""
    headers = (("Connection", "close"),)
    for connections in (1, 2, 3):
        exchange = await outbound.send(Request("POST", partner.url, headers), timeout_s=10)
        assert partner.received[-1].headers == exchange.request.headers
        assert partner.connections == connections


@pytest.mark.parametrize(
    ("path", "target"),
    [
        pytest.param("/a%7Eb?q=%20x&y=a+b", "/a%7Eb?q=%20x&y=a+b", id="escapes-stay"),
        pytest.param("/a//b/../c", "/a//b/../c", id="dots-stay"),
        pytest.param("/ä b", "/%C3%A4%20b", id="what-cannot-be-sent-is-escaped"),
        pytest.param("/x#fragment", "/x", id="no-fragment"),
        pytest.param("", "/", id="no-path"),
    ],
)
async def test_the_path_goes_out_as_written(outbound: Outbound, partner: Partner, path: str, target: str) -> None:
    """A URL that can be sent is not touched."""
    await post(outbound, partner.url + path)
    assert partner.received[0].target == target


async def test_credentials_in_a_url_become_no_header(outbound: Outbound, partner: Partner) -> None:
    """What Node makes of them is the runtime's business; here, headers are as given."""
    await post(outbound, f"http://user:secret@127.0.0.1:{partner.port}/")
    assert partner.received[0].header("Authorization") is None


async def test_a_response_is_returned_as_it_came(outbound: Outbound, partner: Partner) -> None:
    """Status, header order and case, and the packed body stay as they are."""
    packed = gzip.compress(b"hello")
    headers = (
        ("x-B", "1"),
        ("X-a", "2"),
        ("x-B", "3"),
        ("Content-Encoding", "gzip"),
        ("Content-Type", "a/b"),
    )
    partner.answer(Answer(418, headers, packed))
    response = response_of(await post(outbound, partner.url))
    assert (response.status, response.reason, response.body) == (418, "I'm a Teapot", packed)
    assert response.headers[: len(headers)] == headers


async def test_the_answer_to_head_has_no_body(outbound: Outbound, partner: Partner) -> None:
    """A length without a body is no truncated answer when the body was not asked for."""
    partner.answer(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"))
    exchange = await outbound.send(Request("HEAD", partner.url), timeout_s=10)
    response = response_of(exchange)
    assert (response.header("Content-Length"), response.body) == ("9", b"")


async def test_early_hints_are_passed_over(outbound: Outbound, partner: Partner) -> None:
    """The answer is the final one."""
    partner.answer(Raw(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"))
    assert response_of(await post(outbound, partner.url)).status == 201


async def test_a_body_without_a_length_ends_with_the_connection(outbound: Outbound, partner: Partner) -> None:
    """Services as old as HTTP/1.0 answer like this."""
    partner.answer(Raw(b"HTTP/1.0 200 OK\r\n\r\nhello"))
    assert response_of(await post(outbound, partner.url)).body == b"hello"


async def test_bytes_in_the_head_are_read_as_latin_1(outbound: Outbound, partner: Partner) -> None:
    """Reason and headers are text that can be written down, whatever the service sends."""
    partner.answer(Raw(b"HTTP/1.1 200 \xfcber\r\nX-A: \xff\r\nContent-Length: 0\r\n\r\n"))
    response = response_of(await post(outbound, partner.url))
    assert (response.reason, response.header("x-a")) == ("\u00fcber", "\u00ff")


async def test_redirects_are_not_followed(outbound: Outbound, partner: Partner) -> None:
    """A redirect is the response; following it is a new request, checked anew."""
    partner.answer(Answer(302, (("Location", "/elsewhere"),)))
    response = response_of(await post(outbound, partner.url))
    assert (response.status, response.header("location"), len(partner.received)) == (302, "/elsewhere", 1)


async def test_cookies_are_not_kept(outbound: Outbound, partner: Partner) -> None:
    """One request knows nothing of another."""
    partner.answer(Answer(200, (("Set-Cookie", "a=b"),)))
    await post(outbound, partner.url)
    await post(outbound, partner.url)
    assert partner.received[1].header("Cookie") is None


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(HangUp(), NetworkError("ECONNRESET", "socket hang up"), id="hang-up"),
        pytest.param(Reset(), NetworkError("ECONNRESET", "read ECONNRESET"), id="reset"),
        pytest.param(
            Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            NetworkError("ECONNRESET", "aborted"),
            id="truncated",
        ),
        pytest.param(
            Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
            NetworkError("ECONNRESET", "aborted"),
            id="truncated-chunks",
        ),
        pytest.param(
            Raw(b"hello\r\n\r\n"),
            NetworkError("HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/, RTSP/ or ICE/"),
            id="not-http",
        ),
        pytest.param(
            Raw(b"HTTP/1.1 abc OK\r\n\r\n"),
            NetworkError("HPE_INVALID_STATUS", "Parse Error: Invalid status code"),
            id="no-status",
        ),
        pytest.param(
            Raw(b"HTTP/1.1 200 OK\r\nX y: 1\r\n\r\n"),
            NetworkError("HPE_INVALID_HEADER_TOKEN", "Parse Error: Invalid header token"),
            id="header-name",
        ),
        pytest.param(
            Raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
            NetworkError("HPE_INVALID_CONTENT_LENGTH", "Parse Error: Invalid character in Content-Length"),
            id="content-length",
        ),
        pytest.param(
            Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            NetworkError("HPE_INVALID_CHUNK_SIZE", "Parse Error: Invalid character in chunk size"),
            id="chunk-size",
        ),
        pytest.param(
            Raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"),
            NetworkError("HPE_HEADER_OVERFLOW", "Parse Error: Header overflow"),
            id="header-too-long",
        ),
    ],
)
async def test_a_broken_answer_is_told_in_nodes_words(
    outbound: Outbound,
    partner: Partner,
    script: Script,
    expected: NetworkError,
) -> None:
    """What the partner's service does wrong on the wire is a value with Node's code and wording."""
    partner.answer(script)
    assert error_of(await post(outbound, partner.url)) == expected
    assert len(partner.received) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(
            "http://127.0.0.1:9/",
            NetworkError("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9"),
            id="refused",
        ),
        pytest.param("nowhere", NetworkError("ERR_INVALID_URL", "Invalid URL: nowhere"), id="no-url"),
        pytest.param("http:///x", NetworkError("ERR_INVALID_URL", "Invalid URL: http:///x"), id="no-host"),
        pytest.param("http://x:99999", NetworkError("ERR_INVALID_URL", "Invalid URL: http://x:99999"), id="port"),
        pytest.param(
            "ftp://localhost/",
            NetworkError("ERR_INVALID_PROTOCOL", 'Protocol "ftp:" not supported. Expected "http:" or "https:"'),
            id="scheme",
        ),
    ],
)
async def test_what_cannot_be_reached_is_told_in_nodes_words(
    outbound: Outbound,
    url: str,
    expected: NetworkError,
) -> None:
    """An address where nothing listens, and one that is none, give Node's code and wording."""
    assert error_of(await post(outbound, url)) == expected


async def test_a_name_that_does_not_exist_is_enotfound() -> None:
    """A name without an address gives Node's ENOTFOUND; this one is too long to be asked for at all."""
    name = "a" * 70 + ".example"
    async with Outbound(ManualClock()) as online:
        exchange = await post(online, f"http://{name}/")
    assert error_of(exchange) == NetworkError("ENOTFOUND", f"getaddrinfo ENOTFOUND {name}")


async def test_tls_with_a_plain_service_is_eproto(outbound: Outbound, partner: Partner) -> None:
    """TLS towards a service that speaks plain http gives Node's EPROTO."""
    exchange = await post(outbound, partner.url.replace("http:", "https:"))
    assert error_of(exchange) == NetworkError("EPROTO", "write EPROTO wrong version number")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param(Request("PO ST", "http://localhost:9/"), "ERR_INVALID_HTTP_TOKEN", id="method"),
        pytest.param(
            Request("GET", "http://localhost:9/", (("a b", ""),)), "ERR_INVALID_HTTP_TOKEN", id="header-name"
        ),
        pytest.param(
            Request("GET", "http://localhost:9/", (("a", "x\r\nb: c"),)),
            "ERR_INVALID_CHAR",
            id="header-value",
        ),
        pytest.param(Request("GET", "http://localhost:9/", (("a", "\u20ac"),)), "ERR_INVALID_CHAR", id="not-latin"),
    ],
)
async def test_a_request_that_would_break_the_framing_is_not_sent(
    outbound: Outbound,
    request_: Request,
    code: str,
) -> None:
    """Line ends and the like in a method or header are refused with Node's code."""
    assert error_of(await outbound.send(request_, timeout_s=10)).code == code


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(Hang(), id="no-answer"),
        pytest.param(Answer(delay_s=30), id="late-answer"),
        pytest.param(Stall(b"HTTP/1.1 200 OK\r\nContent-Le"), id="half-a-head"),
        pytest.param(Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), id="half-a-body"),
    ],
)
async def test_no_complete_answer_before_the_deadline_is_econnaborted(
    outbound: Outbound,
    partner: Partner,
    script: Script,
) -> None:
    """The deadline holds to the last byte; the code is the one that Event Delivery shows."""
    partner.answer(script)
    exchange = await post(outbound, partner.url, timeout_s=0.05)
    assert error_of(exchange) == NetworkError("ECONNABORTED", "timeout of 50ms exceeded")


async def test_a_body_that_is_too_long_is_not_taken(outbound: Outbound, partner: Partner) -> None:
    """Beyond the limit, the answer is an error that names the limit; at the limit, it is taken."""
    partner.answer(Answer(body=bytes(MAX_RESPONSE_BYTES)), Answer(body=bytes(MAX_RESPONSE_BYTES + 1)))
    assert len(response_of(await post(outbound, partner.url)).body) == MAX_RESPONSE_BYTES
    error = error_of(await post(outbound, partner.url))
    assert error.code == "SANDBOX_RESPONSE_TOO_LARGE"
    assert str(MAX_RESPONSE_BYTES) in error.message


async def test_a_large_body_goes_out_whole(outbound: Outbound, partner: Partner) -> None:
    """Bodies beyond what is written at once arrive complete."""
    body = bytes(3_000_000)
    await post(outbound, partner.url, body)
    assert partner.received[0].body == body


async def test_connections_are_used_again(outbound: Outbound, partner: Partner) -> None:
    """One after the other, requests share a connection."""
    for _ in range(5):
        await post(outbound, partner.url)
    assert partner.connections == 1


async def test_many_requests_are_in_flight_at_once(outbound: Outbound, partner: Partner) -> None:
    """Nothing waits for a free connection, which would eat into its deadline."""
    partner.otherwise = Answer(delay_s=0.01)
    exchanges = await asyncio.gather(*(post(outbound, partner.url) for _ in range(150)))
    assert {response_of(exchange).status for exchange in exchanges} == {200}
    assert partner.connections == 150


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nothing_is_sent_twice(outbound: Outbound, partner: Partner, method: str) -> None:
    """A reused connection that breaks is an error, not a silent second request."""
    partner.answer(Answer(), HangUp())
    outcomes = [await outbound.send(Request(method, partner.url), timeout_s=10) for _ in range(2)]
    assert error_of(outcomes[1]) == NetworkError("ECONNRESET", "socket hang up")
    assert len(partner.received) == 2


async def test_a_cancelled_send_is_cancelled(outbound: Outbound, partner: Partner) -> None:
    """Cancellation passes through, and the client goes on working."""
    partner.answer(Hang())
    sending = asyncio.create_task(post(outbound, partner.url))
    await partner.arrived.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert response_of(await post(outbound, partner.url)).status == 200


async def test_closing_ends_what_is_in_flight(partner: Partner) -> None:
    """A request under way when the client closes ends with an error of the network."""
    partner.answer(Hang())
    client = Outbound(ManualClock(), offline=True)
    await client.start()
    sending = asyncio.create_task(post(client, partner.url))
    await partner.arrived.wait()
    await client.close()
    assert error_of(await sending).code == "ECONNRESET"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://169.254.169.254/latest/meta-data/", id="metadata"),
        pytest.param("http://2852039166/", id="decimal"),
        pytest.param("http://0xa9fea9fe/", id="hexadecimal"),
        pytest.param("http://0251.0376.0251.0376/", id="octal"),
        pytest.param("http://[::ffff:169.254.169.254]/", id="mapped"),
        pytest.param("http://[fe80::1%25lo]/", id="link-local-v6"),
        pytest.param("http://0.0.0.0/", id="unspecified"),
        pytest.param("https://api.segment.com/v1/", id="segment"),
        pytest.param("https://api.segment.io/v1/track", id="tracking-api-without-home"),
    ],
)
async def test_forbidden_places_are_refused_with_a_sentence(url: str) -> None:
    """Metadata in any disguise and Segment's own hosts are never connected to."""
    async with Outbound(ManualClock()) as online:
        error = error_of(await post(online, url))
    assert error.code == "SANDBOX_REFUSED"
    assert error.message.endswith(".")


async def test_offline_refuses_without_looking_anything_up(outbound: Outbound) -> None:
    """With --offline, a name beyond localhost is refused, with a sentence that names the flag."""
    error = error_of(await post(outbound, "https://example.com/"))
    assert error.code == "SANDBOX_REFUSED"
    assert "--offline" in error.message


async def test_an_address_written_as_a_number_is_that_address(outbound: Outbound, partner: Partner) -> None:
    """2130706433 is 127.0.0.1, as it is for every resolver."""
    assert response_of(await post(outbound, f"http://2130706433:{partner.port}/")).status == 200


async def test_localhost_is_reached_by_name(outbound: Outbound, partner: Partner) -> None:
    """The name is looked up, and the Host header carries it."""
    await post(outbound, f"http://localhost:{partner.port}/")
    assert partner.received[0].header("Host") == f"localhost:{partner.port}"


async def test_the_sandbox_answers_for_the_tracking_api(outbound: Outbound, partner: Partner) -> None:
    """A write-back goes to the sandbox itself, and is recorded as the function sent it."""
    outbound.set_home(f"{partner.url}/")
    exchange = await post(outbound, "https://api.segment.io/v1/track?x=1")
    assert partner.received[0].target == "/v1/track?x=1"
    assert partner.received[0].header("Host") == f"127.0.0.1:{partner.port}"
    assert exchange.request.url == "https://api.segment.io/v1/track?x=1"
    assert exchange.request.headers[0] == ("Host", "api.segment.io")


class FixedResolver(AbstractResolver):
    """Gives every name the same addresses, or the same error, and counts how often it is asked."""

    def __init__(self, *addresses: str, error: OSError | None = None) -> None:
        self.asked = 0
        self._addresses = addresses
        self._error = error

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        """Return the addresses, or raise the error."""
        self.asked += 1
        if self._error is not None:
            raise self._error
        return [
            ResolveResult(hostname=host, host=address, port=port, family=_family(address), proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


async def test_the_address_that_was_checked_is_the_one_connected_to(partner: Partner) -> None:
    """A name is looked up once, so that no second answer can lead elsewhere."""
    resolver = FixedResolver("127.0.0.1")
    async with Outbound(ManualClock(), resolver=resolver) as online:
        exchange = await post(online, f"http://partner.example:{partner.port}/")
    assert response_of(exchange).status == 200
    assert partner.received[0].header("Host") == f"partner.example:{partner.port}"
    assert resolver.asked == 1


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(("169.254.169.254",), id="alone"),
        pytest.param(("127.0.0.1", "169.254.169.254"), id="among-others"),
        pytest.param(("::ffff:169.254.169.254",), id="mapped"),
    ],
)
async def test_a_name_that_leads_to_a_forbidden_address_is_refused(addresses: tuple[str, ...]) -> None:
    """What counts is the address behind the name; one forbidden address spoils the name."""
    async with Outbound(ManualClock(), resolver=FixedResolver(*addresses)) as online:
        error = error_of(await post(online, "http://innocent.example/"))
    assert error.code == "SANDBOX_REFUSED"
    assert "169.254.169.254" in error.message


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(socket.EAI_NONAME, "ENOTFOUND", id="no-such-name"),
        pytest.param(socket.EAI_NODATA, "ENOTFOUND", id="no-address"),
        pytest.param(socket.EAI_AGAIN, "EAI_AGAIN", id="resolver-out-of-reach"),
    ],
)
async def test_a_failed_lookup_is_told_in_nodes_words(number: int, code: str) -> None:
    """No such host and no resolver are two things, each with Node's code."""
    resolver = FixedResolver(error=socket.gaierror(number, "failed"))
    async with Outbound(ManualClock(), resolver=resolver) as online:
        error = error_of(await post(online, "http://partner.example/"))
    assert error == NetworkError(code, f"getaddrinfo {code} partner.example")


async def test_a_self_signed_certificate_is_refused(tls: ssl.SSLContext) -> None:
    """As at Segment, a certificate that nobody vouches for is not accepted, not even on loopback."""
    async with Partner(tls=tls) as service, Outbound(ManualClock(), offline=True) as client:
        error = error_of(await post(client, service.url))
    assert error == NetworkError("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate")


async def test_a_certificate_is_accepted_when_its_issuer_is_trusted(
    tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom to trust can be said as to any program that uses OpenSSL."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    async with Partner(tls=tls) as service, Outbound(ManualClock(), resolver=FixedResolver("127.0.0.1")) as client:
        url = service.url.replace("127.0.0.1", "localhost")
        assert response_of(await post(client, url)).status == 200


async def test_an_exchange_is_dated_and_measured(outbound: Outbound, partner: Partner) -> None:
    """The start comes from the clock, the duration from real time, in milliseconds."""
    exchange = await post(outbound, partner.url)
    assert exchange.started_at_ms == 1_000
    assert exchange.duration_ms > 0


async def test_sending_before_start_is_our_own_mistake() -> None:
    """That is a fault of the program, not of the network."""
    with pytest.raises(RuntimeError, match="before start"):
        await post(Outbound(ManualClock()), "http://127.0.0.1:9/")
