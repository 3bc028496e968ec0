"""Where requests may go: loopback and the internet, never a cloud's metadata, never Segment itself.

Pure rules over names and addresses. Every refusal is one sentence for the partner.
"""

import socket
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

ANSWERED_HERE = frozenset(
    {
        "api.segment.io",
        "events.eu1.segmentapis.com",
        "oauth2.segment.io",
        "oauth2.eu1.segmentapis.com",
    },
)
"""The Tracking API and its token servers, in both regions: the sandbox stands in for them.

Source: segment-docs, HTTP API; Regional Segment; OAuth 2.0 for the Tracking API.
"""

_SEGMENT_DOMAINS = ("segment.com", "segment.io", "segmentapis.com")

_METADATA_ADDRESSES = frozenset(
    map(
        ip_address,
        (
            "100.100.100.200",  # Alibaba Cloud
            "168.63.129.16",  # Azure
            "192.0.0.192",  # Oracle Cloud
            "fd00:ec2::23",  # AWS, credentials of pods
            "fd00:ec2::254",  # AWS
            "fd20:ce::254",  # Google Cloud
        ),
    ),
)
"""Metadata services that are not link-local; nearly all others are."""

_THIS_NETWORK = IPv4Network("0.0.0.0/8")
_NAT64 = IPv6Network("64:ff9b::/96")
_BROADCAST = IPv4Address("255.255.255.255")


class Host(Enum):
    """Whose host a name is."""

    ELSEWHERE = "elsewhere"
    ANSWERED_HERE = "answered here"
    SEGMENT = "segment"


def host_of(name: str) -> Host:
    """Tell whose host `name` is, whatever its case and with or without the dot at its end."""
    name = name.lower().rstrip(".")
    if name in ANSWERED_HERE:
        return Host.ANSWERED_HERE
    if name.endswith(_SEGMENT_DOMAINS) and any(_is_within(name, domain) for domain in _SEGMENT_DOMAINS):
        return Host.SEGMENT
    return Host.ELSEWHERE


def _is_within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def is_loopback_host(name: str) -> bool:
    """Tell whether a URL's host is this machine by its very name: `localhost` or a loopback address.

    Names that only resolve to loopback do not count, so that nothing has to be looked up.
    """
    if name.lower().rstrip(".") == "localhost":
        return True
    address = address_of(name)
    return address is not None and address.is_loopback


@lru_cache(maxsize=1024)
def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as the operating system will; `None` for a name.

    Short, octal and hexadecimal forms (`127.1`, `0x7f000001`, `2852039166`) are addresses too, and an
    IPv4 address wrapped in an IPv6 one (mapped, 6to4, NAT64) is the IPv4 address.
    """
    try:
        return _unwrapped(ip_address(text.partition("%")[0]))
    except ValueError:
        return _legacy_address(text)


def _legacy_address(text: str) -> IPv4Address | None:
    if not text[:1].isdigit():
        return None
    try:
        return IPv4Address(socket.inet_aton(text))
    except (OSError, ValueError):  # ValueError: a NUL or a character that is not ASCII
        return None


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def refusal_of_name(name: str, *, offline: bool) -> str | None:
    """Say why the host must not be called, judged by its name alone; `None` when it may."""
    if host_of(name) is Host.SEGMENT:
        return (
            f"{name} is Segment's own host, which the sandbox never calls. It answers for "
            f"{', '.join(sorted(ANSWERED_HERE))}: call one of these, or the sandbox's own address."
        )
    if offline and host_of(name) is Host.ELSEWHERE and not is_loopback_host(name):
        return _offline_refusal(name)
    return None


def refusal_of_address(text: str, *, offline: bool) -> str | None:
    """Say why nothing may connect to this address; `None` when it may.

    Private ranges (10/8, 172.16/12, 192.168/16, fc00::/7) are allowed: partners test in their own network.
    """
    address = address_of(text)
    kind = "not an IP" if address is None else _forbidden_kind(address)
    if kind is not None:
        return (
            f"The sandbox does not connect to {text}, {kind} address: "
            "call loopback, your own network or the internet."
        )
    if offline and address is not None and not address.is_loopback:
        return _offline_refusal(text)
    return None


def _offline_refusal(where: str) -> str:
    return (
        f"The sandbox runs with --offline and does not call {where}: call localhost, or start it without --offline."
    )


def _forbidden_kind(address: IPv4Address | IPv6Address) -> str | None:
    if address in _METADATA_ADDRESSES:
        return "a cloud metadata"
    if address.is_link_local:
        return "a link-local (cloud metadata)"
    if address.is_multicast or address == _BROADCAST:
        return "a multicast"
    if address.is_unspecified or address in _THIS_NETWORK:
        return "an unspecified"
    return None
