"""`[sources.oauth]`: what it gives, and each mistake in its own sentence."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox import workspace
from sandbox.errors import UserMistakeError
from tests.keys import KID, oauth_table, pair

SOURCE = '[[sources]]\nslug = "server"\nwrite_key = "acmeServerWriteKey0000000000000b"\n'
KEYS = f"""
[[sources.oauth.keys]]
kid = "{KID}"
public_key = '''
{pair(KID).public}'''
"""


def load(folder: Path, text: str) -> workspace.Workspace:
    """Read a workspace file of this text."""
    file = folder / "workspace.toml"
    file.write_text(text)
    return workspace.load(file)


def test_a_source_says_who_may_sign_for_it(tmp_path: Path) -> None:
    """The keys by their names, the application where it is named, and whether a token is a must."""
    (source,) = load(tmp_path, SOURCE + oauth_table(client_id="app-1")).sources
    assert source.oauth == workspace.OAuth(
        enforced=True, client_id="app-1", keys=(workspace.OAuthKey(KID, pair(KID).public),)
    )


def test_a_source_that_says_nothing_has_no_oauth(tmp_path: Path) -> None:
    """Nor does one that comes before or after one that has."""
    other = SOURCE.replace("server", "website").replace("Server", "Web")
    first, second = load(tmp_path, SOURCE + oauth_table() + other).sources
    assert first.oauth is not None
    assert second.oauth is None


def test_a_token_is_no_must_unless_it_is_said(tmp_path: Path) -> None:
    """So that an SDK can be moved to OAuth step by step."""
    (source,) = load(tmp_path, SOURCE + "[sources.oauth]\n" + KEYS).sources
    assert source.oauth is not None
    assert source.oauth.enforced is False


def _elliptic() -> str:
    key = generate_private_key(SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _short() -> str:
    key = generate_rsa_key(65537, 1024).public_key()  # noqa: S505 - to be refused
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        pytest.param(
            "[sources.oauth]\nenforced = true\n",
            "4: sources.server.oauth has no keys, so that nobody can get a token. "
            "Add [[sources.oauth.keys]] with kid and public_key.",
            id="no keys",
        ),
        pytest.param(
            "oauth = true\n",
            "4: sources.server.oauth is true; expected a table. Write [sources.oauth] and its keys below.",
            id="no table",
        ),
        pytest.param(
            "[sources.oauth]\nenforce = true\n" + KEYS,
            '5: sources.server.oauth.enforce is not known. Did you mean "enforced"?',
            id="unknown name",
        ),
        pytest.param(
            '[sources.oauth]\n[[sources.oauth.keys]]\nkid = "a"\n',
            "5: sources.server.oauth.keys[0].public_key is missing. "
            'Add it: public_key = "-----BEGIN PUBLIC KEY-----…".',
            id="key without a key",
        ),
        pytest.param(
            '[sources.oauth]\n[[sources.oauth.keys]]\nkid = "a"\npublic_key = "MIIB"\n',
            "7: sources.server.oauth.keys[0].public_key is no public key in PEM. "
            "Write what `openssl pkey -in private.pem -pubout` prints, its first and last line included.",
            id="no PEM",
        ),
        pytest.param(
            f"[sources.oauth]\n[[sources.oauth.keys]]\nkid = 'a'\npublic_key = '''{pair(KID).private}'''\n",
            "7: sources.server.oauth.keys[0].public_key is a private key, which is nobody's business but the "
            "sender's. Write what `openssl pkey -in private.pem -pubout` prints.",
            id="private key",
        ),
        pytest.param(
            f"[sources.oauth]\n[[sources.oauth.keys]]\nkid = 'a'\npublic_key = '''{_elliptic()}'''\n",
            "7: sources.server.oauth.keys[0].public_key is no RSA key; tokens are asked for with RS256. "
            "Use one of RSA.",
            id="elliptic",
        ),
        pytest.param(
            f"[sources.oauth]\n[[sources.oauth.keys]]\nkid = 'a'\npublic_key = '''{_short()}'''\n",
            "7: sources.server.oauth.keys[0].public_key has 1024 bits; expected 2048 or more. "
            "Make one by `openssl genrsa 2048`.",
            id="short",
        ),
        pytest.param(
            "[sources.oauth]\n" + KEYS + KEYS,
            '21: sources.server.oauth.keys[1].kid is "key-1", as in line 7. '
            "Give each key of a source a kid of its own.",
            id="a kid twice",
        ),
    ],
)
def test_a_mistake_gets_one_sentence(tmp_path: Path, table: str, sentence: str) -> None:
    """Where, what was found, what to do; a private key is not repeated."""
    with pytest.raises(UserMistakeError) as caught:
        load(tmp_path, SOURCE + table)
    assert str(caught.value) == f"workspace.toml:{sentence}"
