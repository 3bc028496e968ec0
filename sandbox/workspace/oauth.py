"""How a source takes part in OAuth, checked: `[sources.oauth]` and its keys."""

from sandbox.workspace.mistakes import Mistakes, shown
from sandbox.workspace.models import OAuth, OAuthKey
from sandbox.workspace.positions import Key
from sandbox.workspace.tables import OAuthKeyTable, Tables

SHORTEST_KEY = 2048
"""Bits; what RFC 7518 asks of RS256."""

_TO_PUBLIC = "openssl pkey -in private.pem -pubout"


def of_source(source: Key, tables: Tables, mistakes: Mistakes) -> OAuth | None:
    """Read what a source says of OAuth; None where it says nothing."""
    table = tables.oauth.get((*source, "oauth"))
    if table is None:
        return None
    keys = {key: each for key, each in tables.oauth_keys.items() if key[: len(source)] == source}
    if not mistakes.document["sources"][source[1]]["oauth"].get("keys"):
        words = "has no keys, so that nobody can get a token. Add [[sources.oauth.keys]] with kid and public_key."
        mistakes.add((*source, "oauth"), words)
    _check_kids(keys, mistakes)
    for key, each in keys.items():
        if (complaint := _complaint(each.public_key)) is not None:
            mistakes.add((*key, "public_key"), complaint)
    return OAuth(
        table.enforced, table.client_id, tuple(OAuthKey(each.kid, each.public_key) for each in keys.values())
    )


def _check_kids(keys: dict[Key, OAuthKeyTable], mistakes: Mistakes) -> None:
    first: dict[str, Key] = {}
    for key, each in keys.items():
        if each.kid in first:
            line = mistakes.line((*first[each.kid], "kid"))
            words = f"is {shown(each.kid)}, as in line {line}. Give each key of a source a kid of its own."
            mistakes.add((*key, "kid"), words)
        first.setdefault(each.kid, key)


def _complaint(pem: str) -> str | None:
    """Say what is wrong with a public key, without repeating it; None when it is one of RSA."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - only where it is needed
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - likewise

    if "PRIVATE KEY" in pem:
        return f"is a private key, which is nobody's business but the sender's. Write what `{_TO_PUBLIC}` prints."
    try:
        key = load_pem_public_key(pem.encode())
    except Exception:  # noqa: BLE001 - documented are four kinds, and text of the user's can cause others
        return f"is no public key in PEM. Write what `{_TO_PUBLIC}` prints, its first and last line included."
    if not isinstance(key, RSAPublicKey):
        return "is no RSA key; tokens are asked for with RS256. Use one of RSA."
    if key.key_size < SHORTEST_KEY:
        return (
            f"has {key.key_size} bits; expected {SHORTEST_KEY} or more. Make one by `openssl genrsa {SHORTEST_KEY}`."
        )
    return None
