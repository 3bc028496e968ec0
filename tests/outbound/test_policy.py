"""Where requests may go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.outbound.policy import Host, host_of, is_loopback_host, refusal_of_address, refusal_of_name


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.8.9.10", id="all-of-127"),
        pytest.param("::1", id="loopback-v6"),
        pytest.param("::ffff:127.0.0.1", id="loopback-mapped"),
        pytest.param("10.1.2.3", id="private-10"),
        pytest.param("172.16.0.9", id="private-172"),
        pytest.param("192.168.1.1", id="private-192"),
        pytest.param("fd12::1", id="private-v6"),
        pytest.param("93.184.216.34", id="internet"),
        pytest.param("2606:2800:220:1::1", id="internet-v6"),
    ],
)
def test_loopback_private_ranges_and_the_internet_may_be_called(address: str) -> None:
    """Nothing keeps a partner from a service of theirs, wherever it runs."""
    assert refusal_of_address(address, offline=False) is None


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("169.254.169.254", id="metadata"),
        pytest.param("169.254.170.2", id="container-credentials"),
        pytest.param("2852039166", id="metadata-decimal"),
        pytest.param("0xa9fea9fe", id="metadata-hexadecimal"),
        pytest.param("0251.0376.0251.0376", id="metadata-octal"),
        pytest.param("169.254.43518", id="metadata-short"),
        pytest.param("::ffff:169.254.169.254", id="metadata-mapped"),
        pytest.param("::ffff:a9fe:a9fe", id="metadata-mapped-hexadecimal"),
        pytest.param("2002:a9fe:a9fe::", id="metadata-6to4"),
        pytest.param("64:ff9b::a9fe:a9fe", id="metadata-nat64"),
        pytest.param("fe80::1", id="link-local-v6"),
        pytest.param("fe80::1%eth0", id="link-local-v6-with-zone"),
        pytest.param("100.100.100.200", id="metadata-alibaba"),
        pytest.param("168.63.129.16", id="metadata-azure"),
        pytest.param("192.0.0.192", id="metadata-oracle"),
        pytest.param("fd00:ec2::254", id="metadata-aws-v6"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("ff02::1", id="multicast-v6"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("0", id="unspecified-short"),
        pytest.param("0.1.2.3", id="this-network"),
        pytest.param("::", id="unspecified-v6"),
        pytest.param("somewhere", id="not-an-address"),
    ],
)
def test_metadata_and_the_like_are_refused_however_they_are_written(address: str) -> None:
    """Link-local, metadata, multicast and unspecified addresses are refused by name."""
    refusal = refusal_of_address(address, offline=False)
    assert refusal is not None
    assert address in refusal


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_the_same_in_every_disguise(number: int) -> None:
    """Decimal, hexadecimal, mapped and NAT64 forms of an address get the answer of the dotted form."""
    dotted = ".".join(str(octet) for octet in number.to_bytes(4, "big"))
    forbidden = refusal_of_address(dotted, offline=False) is not None
    for disguise in (str(number), hex(number), f"::ffff:{dotted}", f"64:ff9b::{dotted}"):
        assert (refusal_of_address(disguise, offline=False) is not None) is forbidden


@given(st.text())
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    """No text, however odd, makes the judgement fail."""
    refusal_of_address(text, offline=False)
    refusal_of_name(text, offline=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("api.segment.io", Host.ANSWERED_HERE, id="tracking-api"),
        pytest.param("API.Segment.IO.", Host.ANSWERED_HERE, id="case-and-dot"),
        pytest.param("events.eu1.segmentapis.com", Host.ANSWERED_HERE, id="tracking-api-eu"),
        pytest.param("oauth2.segment.io", Host.ANSWERED_HERE, id="token-server"),
        pytest.param("oauth2.eu1.segmentapis.com", Host.ANSWERED_HERE, id="token-server-eu"),
        pytest.param("segment.com", Host.SEGMENT, id="site"),
        pytest.param("app.segment.com", Host.SEGMENT, id="app"),
        pytest.param("cdn.segment.com", Host.SEGMENT, id="cdn"),
        pytest.param("api.segment.com", Host.SEGMENT, id="profile-api"),
        pytest.param("platform.segmentapis.com", Host.SEGMENT, id="config-api"),
        pytest.param("fn.segmentapis.com", Host.SEGMENT, id="functions"),
        pytest.param("mysegment.com", Host.ELSEWHERE, id="only-ends-alike"),
        pytest.param("segment.com.example", Host.ELSEWHERE, id="only-begins-alike"),
        pytest.param("example.com", Host.ELSEWHERE, id="another"),
    ],
)
def test_segments_hosts_are_told_from_all_others(name: str, expected: Host) -> None:
    """The Tracking API and its token servers are answered here, other hosts of Segment's are not called."""
    assert host_of(name) is expected


def test_offline_lets_only_loopback_through() -> None:
    """With --offline, whatever is beyond loopback is refused, with a sentence that names the flag."""
    assert refusal_of_name("localhost", offline=True) is None
    assert refusal_of_name("127.0.0.1", offline=True) is None
    assert refusal_of_name("api.segment.io", offline=True) is None
    assert "--offline" in (refusal_of_name("example.com", offline=True) or "")
    assert "--offline" in (refusal_of_name("10.0.0.1", offline=True) or "")
    assert "--offline" in (refusal_of_address("10.0.0.1", offline=True) or "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("localhost", True, id="localhost"),
        pytest.param("LocalHost", True, id="case"),
        pytest.param("127.0.0.2", True, id="127-8"),
        pytest.param("::1", True, id="v6"),
        pytest.param("localhost.example.com", False, id="only-begins-alike"),
        pytest.param("10.0.0.1", False, id="private"),
        pytest.param("", False, id="empty"),
    ],
)
def test_loopback_is_known_by_its_name_alone(name: str, *, expected: bool) -> None:
    """`localhost` and loopback addresses are this machine; nothing is looked up to find out."""
    assert is_loopback_host(name) is expected
