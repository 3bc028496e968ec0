"""TLS on this machine: a certificate authority of the sandbox's own, and a certificate that it signs.

Several SDKs speak https only. Their user makes them trust the authority once; so it stays in the state folder, while
the certificate is made anew whenever it is about to expire or lacks a name.
"""

import ipaddress
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.clock import Clock
from sandbox.errors import CannotStartError, UserMistakeError

FOLDER_NAME: Final = "tls"
AUTHORITY_FILE: Final = "authority.pem"
AUTHORITY_KEY_FILE: Final = "authority-key.pem"
CERTIFICATE_FILE: Final = "localhost.pem"
CERTIFICATE_KEY_FILE: Final = "localhost-key.pem"

NAMES: Final = ("localhost", "127.0.0.1", "::1")
AUTHORITY_DAYS: Final = 3650
CERTIFICATE_DAYS: Final = 397
"""Apple's systems take no server certificate that is good for longer than 398 days."""

RENEWED_BEFORE: Final = timedelta(days=30)
"""How long before its end a certificate is replaced, so that it does not end under a running sandbox."""

BACKDATED: Final = timedelta(days=1)
"""For an emulator or container whose clock is behind."""


@dataclass(frozen=True, slots=True)
class _Signed:
    """A certificate and the key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Tls:
    """What a listener needs, and the file that clients are told to trust."""

    context: ssl.SSLContext
    authority: Path


def prepare(state: Path, clock: Clock, names: Iterable[str] = ()) -> Tls:
    """Return the TLS set-up of a state folder; what is missing, unusable or about to expire is made.

    `names` are host names and addresses that the certificate is for, besides those of the loopback.

    Raises:
        CannotStartError: the folder cannot be written.
        UserMistakeError: a name cannot stand in a certificate.
    """
    folder = state / FOLDER_NAME
    now = datetime.fromtimestamp(clock.real_ms() / 1000, UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _prepare(folder, now, tuple(dict.fromkeys([*NAMES, *names])))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / CERTIFICATE_FILE, folder / CERTIFICATE_KEY_FILE)
    except OSError as error:
        hint = "Check that the folder can be written, or start with --ephemeral."
        raise CannotStartError(f"{folder} cannot be used: {error.strerror}.", hint) from error
    return Tls(context, folder / AUTHORITY_FILE)


def _prepare(folder: Path, now: datetime, names: tuple[str, ...]) -> None:
    """See to it that the four files are there, belong together and are good for a while."""
    authority = _read(folder / AUTHORITY_FILE, folder / AUTHORITY_KEY_FILE, now)
    if authority is None:
        authority = _make_authority(now)
        _write(authority, folder / AUTHORITY_FILE, folder / AUTHORITY_KEY_FILE)
    current = _read(folder / CERTIFICATE_FILE, folder / CERTIFICATE_KEY_FILE, now)
    if current is None or not _serves(current.certificate, authority.certificate, names):
        certificate = _make_certificate(authority, now, names)
        _write(certificate, folder / CERTIFICATE_FILE, folder / CERTIFICATE_KEY_FILE)


def _read(certificate_file: Path, key_file: Path, now: datetime) -> _Signed | None:
    """Read a certificate with its key; None when there is none that is good for a while longer."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = load_pem_private_key(key_file.read_bytes(), None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    good = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEWED_BEFORE
    return _Signed(certificate, key) if good else None


def _serves(certificate: x509.Certificate, authority: x509.Certificate, names: tuple[str, ...]) -> bool:
    """Tell whether a certificate is for exactly these names, and signed by this authority."""
    try:
        certificate.verify_directly_issued_by(authority)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return set(found) == set(_alternative_names(names))


def _make_authority(now: datetime) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"segment-sandbox of {now:%Y-%m-%d %H:%M:%S}")])
    builder = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )
    return _Signed(builder.sign(key, SHA256()), key)


def _make_certificate(authority: _Signed, now: datetime, names: tuple[str, ...]) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    issuer_key = authority.key.public_key()
    builder = (
        _builder(name, authority.certificate.subject, key, now, CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    return _Signed(builder.sign(authority.key, SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    start = now - BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(names: Iterable[str]) -> list[x509.GeneralName]:
    return [_alternative_name(name) for name in names]


def _alternative_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError:
        hint = "Write it in plain letters, as DNS has it: föhn.local is xn--fhn-sna.local there."
        raise UserMistakeError(f"The name {name} cannot stand in a certificate.", hint) from None


def _write(signed: _Signed, certificate_file: Path, key_file: Path) -> None:
    """Write a key, for its owner's eyes only, and then the certificate that needs it."""
    key = signed.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _replace(key_file, key, 0o600)
    _replace(certificate_file, signed.certificate.public_bytes(Encoding.PEM), 0o644)


def _replace(file: Path, data: bytes, mode: int) -> None:
    """Write a file so that it is there completely or not at all, and never with another mode."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as writing:
        writing.write(data)
    new.replace(file)
