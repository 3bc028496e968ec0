"""Which endpoints a subscription webhook may have."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from sandbox.workspace.mistakes import shown
from sandbox.workspace.models import SANDBOX_URL

_PLACEHOLDER = "http://127.0.0.1:8484"


def complaint(endpoint: str) -> str | None:
    """Say what is wrong with an endpoint; `None` when it is https, or http to this machine.

    Segment takes nothing but https; loopback is the sandbox's own exception.
    Source: segment-docs, Build a webhook.
    """
    address = _split(endpoint.replace(SANDBOX_URL, _PLACEHOLDER))
    if address is None:
        return f'is {shown(endpoint)}; expected an http or https address. Write one such as "http://127.0.0.1:9000/segment".'
    if address.scheme == "http" and not is_loopback(address.hostname or ""):
        return f"is {shown(endpoint)}; http is for this machine only. Use https, as Segment asks, or 127.0.0.1."
    return None


def _split(endpoint: str) -> SplitResult | None:
    if not endpoint.isprintable() or " " in endpoint:
        return None
    try:
        address = urlsplit(endpoint)
        usable = address.scheme in {"http", "https"} and address.hostname and address.port != 0
    except ValueError:  # brackets that do not match, a port out of range
        return None
    return address if usable else None


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine by its very name."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
