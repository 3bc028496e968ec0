"""RSA keys for tests: made once, for they take a while."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

KID: Final = "key-1"


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
