"""RSA keys for tests, made once, for they take a while, and what is signed with them."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sandbox.sources.oauth import ASSERTION_TYPE

KID: Final = "key-1"
AUDIENCE: Final = "https://oauth2.segment.io"


@dataclass(frozen=True, slots=True)
class Pair:
    """Both halves of a key, as PEM."""

    private: str
    public: str


@lru_cache
def pair(name: str) -> Pair:
    """Make a key; the same one for the same name."""
    key = generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Pair(private.decode(), public.decode())


def oauth_table(*, enforced: bool = True, client_id: str | None = None, kid: str = KID, key: str = KID) -> str:
    """Write the tables that follow a source's own keys in a workspace file."""
    client = f'client_id = "{client_id}"' if client_id else ""
    return f"""
[sources.oauth]
enforced = {str(enforced).lower()}
{client}

[[sources.oauth.keys]]
kid = "{kid}"
public_key = \"\"\"
{pair(key).public}\"\"\"
"""


def claims(**changed: Any) -> dict[str, Any]:
    """Claim what SDKs claim; a changed value of None leaves the claim out."""
    now = int(time.time())
    usual = {"iss": "app-1", "sub": "app-1", "aud": AUDIENCE, "iat": now - 5, "exp": now + 55, "jti": "once"}
    return {name: value for name, value in (usual | changed).items() if value is not None}


def assertion(key: str = KID, kid: str | None = KID, algorithm: str = "RS256", **changed: Any) -> str:
    """Sign claims as an SDK does."""
    secret = pair(key).private if algorithm == "RS256" else "a secret of more than thirty-two bytes"
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**changed), secret, algorithm=algorithm, headers=headers)


def form(signed: str, **changed: str) -> str:
    """Write the form as the SDKs do, which leave the colons as they are."""
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed,
        "scope": "tracking_api:write",
    }
    return "&".join(f"{name}={value}" for name, value in (fields | changed).items())
