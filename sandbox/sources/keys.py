"""Which write key a request carries: in its Basic authorisation or in its body."""

import base64
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

_KEY_IN_PATH: Final = re.compile(r"/(?:projects|analytics\.js/v1)/([^/]+)/")


def write_key(authorization: str | None, body: Mapping[str, Any]) -> str | None:
    """Return the write key of a request, None when it carries none.

    A Basic header wins over the body (ours, unpublished); with Bearer the body must name the key.
    In a batch the key may stand in the first message, as analytics.js sends it.
    Source: segment-docs, HTTP API, Authentication; recorded traffic of analytics.js.
    """
    return (_basic_user(authorization) if authorization else None) or _key_in(body) or _key_in_batch(body)


def other_key(authorization: str | None, body: Mapping[str, Any]) -> str | None:
    """Return the write key in the body that is passed over because a Basic header has another, None where none is."""
    user = _basic_user(authorization) if authorization else None
    named = user and (_key_in(body) or _key_in_batch(body))
    return None if named == user else named


def key_out_of_place(authorization: str | None) -> str | None:
    """Say what keeps an Authorization header from carrying a write key; None where it is not the header."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme and not encoded:
        return "the Authorization header is not “Basic”, a space, and the write key with a colon in base64"
    if scheme.lower() != "basic":
        return None
    decoded = _decoded(encoded)
    if decoded is None:
        return "what stands behind Basic is no base64: encode the write key and a colon"
    if decoded.startswith(":") and len(decoded) > 1:
        return "the Basic user is empty: the write key is the user, and the password stays empty"
    return None


@lru_cache(maxsize=1024)
def _basic_user(authorization: str) -> str | None:
    """Read the user of a Basic header; a value encoded without the colon is accepted as Segment does."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    return (_decoded(encoded) or "").partition(":")[0] or None


def _decoded(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:  # no base64, not even ASCII, or no text in it
        return None


def bearer_token(authorization: str | None) -> str | None:
    """Return the token of a Bearer header, None when it is no such header."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _key_in(body: Mapping[str, Any]) -> str | None:
    key = body.get("writeKey")
    return key if isinstance(key, str) and key else None


def _key_in_batch(body: Mapping[str, Any]) -> str | None:
    batch = body.get("batch")
    first = batch[0] if isinstance(batch, list) and batch else None
    return _key_in(first) if isinstance(first, dict) else None


def key_in_path(path: str) -> str | None:
    """Return the write key that a path holds, as those for a source's settings and for analytics.js do."""
    found = _KEY_IN_PATH.search(path)
    return found[1] if found else None


def masked(key: str) -> str:
    """Show a key without giving it away: its last four characters."""
    shown = 4
    return f"…{key[-shown:]}" if len(key) > 2 * shown else "…"
