"""Node's keys, signatures and RSA encryption over the cryptography package.

Source: Node.js documentation, Crypto, sign, verify, KeyObject; the errors are those of Node 20.
"""

import json
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from sandbox.runtime.hashes import python_name
from sandbox.runtime.operation import Operation, OperationError, Options, Parts

PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey

PKCS1, OAEP, PSS = 1, 4, 6
"""`crypto.constants.RSA_PKCS1_PADDING` and so on."""
_DIGEST_LENGTH = -1
_LONGEST = -2
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha512_224": hashes.SHA512_224,
    "sha512_256": hashes.SHA512_256,
    "sha3_224": hashes.SHA3_224,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
_CURVES = {"secp256r1": "prime256v1", "secp192r1": "prime192v1"}
"""Where Node's name of a curve is another one than the package's."""
_UNREADABLE = OperationError("error:1E08010C:DECODER routines::unsupported", code="ERR_OSSL_UNSUPPORTED")
_UNSUPPORTED = OperationError("Unsupported crypto operation", code="ERR_CRYPTO_UNSUPPORTED_OPERATION")


def private_key(given: dict[str, Any], encoded: bytes) -> PrivateKey:
    """Read a private key: PEM, or DER where `format` says so."""
    load = serialization.load_der_private_key if given["format"] == "der" else serialization.load_pem_private_key
    passphrase = given["passphrase"]
    try:
        key = load(encoded, None if passphrase is None else passphrase.encode())
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise _unreadable(str(error)) from error
    if not isinstance(key, PrivateKey):
        raise _UNREADABLE
    return key


def _unreadable(said: str) -> OperationError:
    if "not given" in said:
        return OperationError(
            "error:07880109:common libcrypto routines::interrupted or cancelled",
            code="ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED",
        )
    if "Incorrect password" in said:
        return OperationError("error:1C800064:Provider routines::bad decrypt", code="ERR_OSSL_BAD_DECRYPT")
    return _UNREADABLE


def public_key(given: dict[str, Any], encoded: bytes) -> PublicKey:
    """Read a public key, or take it from a certificate or a private key."""
    if b"PRIVATE KEY-----" in encoded:
        return private_key(given, encoded).public_key()
    try:
        key = _read_public(encoded, der=given["format"] == "der")
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _UNREADABLE from error
    if not isinstance(key, PublicKey):
        raise _UNREADABLE
    return key


def _read_public(encoded: bytes, *, der: bool) -> object:
    if der:
        return serialization.load_der_public_key(encoded)
    if b"-----BEGIN CERTIFICATE-----" in encoded:
        return x509.load_pem_x509_certificate(encoded).public_key()
    return serialization.load_pem_public_key(encoded)


def _hash(algorithm: str | None) -> hashes.HashAlgorithm:
    """Return the hash; SHA-256 where none is named, as OpenSSL 3 does."""
    try:
        return _HASHES["sha256" if algorithm is None else python_name(algorithm)]()
    except KeyError:
        raise OperationError("Invalid digest", code="ERR_CRYPTO_INVALID_DIGEST") from None


def _signature_padding(
    given: dict[str, Any], digest: hashes.HashAlgorithm, *, signs: bool
) -> padding.AsymmetricPadding:
    if given["padding"] != PSS:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(digest), _salt_length(given["saltLength"], signs=signs))


def _salt_length(asked: int | None, *, signs: bool) -> Any:
    if asked == _DIGEST_LENGTH:
        return padding.PSS.DIGEST_LENGTH
    if asked in (None, _LONGEST):
        return padding.PSS.MAX_LENGTH if signs else padding.PSS.AUTO
    return asked


def sign(options: Options, data: bytes) -> bytes:
    """Sign; the options are the algorithm or `None`, what was given with the key, how long the key is."""
    algorithm, given, key_bytes = options
    parts = Parts(data)
    key = private_key(given, parts.take(key_bytes))
    try:
        return _signature(key, algorithm, given, parts.rest())
    except ValueError as error:  # the key is too short for the digest
        message = "error:02000070:rsa routines::digest too big for rsa key"
        raise OperationError(message, code="ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY") from error


def _signature(key: PrivateKey, algorithm: str | None, given: dict[str, Any], data: bytes) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            digest = _hash(algorithm)
            return key.sign(data, _signature_padding(given, digest, signs=True), digest)
        case ec.EllipticCurvePrivateKey():
            signature = key.sign(data, ec.ECDSA(_hash(algorithm)))
            return _to_p1363(signature, key.key_size) if given["dsaEncoding"] == "ieee-p1363" else signature
        case _ if algorithm is not None:
            raise _UNSUPPORTED
        case _:
            return key.sign(data)


def _to_p1363(signature: bytes, key_bits: int) -> bytes:
    size = (key_bits + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))


def _from_p1363(signature: bytes) -> bytes:
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def verify(options: Options, data: bytes) -> bytes:
    """Check a signature; options as for `sign`, then its length. Returns one byte, 1 when it is right."""
    algorithm, given, key_bytes, signature_bytes = options
    parts = Parts(data)
    key = public_key(given, parts.take(key_bytes))
    try:
        _check(key, algorithm, given, parts.take(signature_bytes), parts.rest())
    except (InvalidSignature, ValueError):
        return b"\x00"
    return b"\x01"


def _check(key: PublicKey, algorithm: str | None, given: dict[str, Any], signature: bytes, data: bytes) -> None:
    match key:
        case rsa.RSAPublicKey():
            digest = _hash(algorithm)
            key.verify(signature, data, _signature_padding(given, digest, signs=False), digest)
        case ec.EllipticCurvePublicKey():
            der = _from_p1363(signature) if given["dsaEncoding"] == "ieee-p1363" else signature
            key.verify(der, data, ec.ECDSA(_hash(algorithm)))
        case _ if algorithm is not None:
            raise _UNSUPPORTED
        case _:
            key.verify(signature, data)


def _encryption_padding(given: dict[str, Any]) -> padding.AsymmetricPadding:
    if given["padding"] == PKCS1:
        return padding.PKCS1v15()
    digest = _hash(given["oaepHash"] or "sha1")
    return padding.OAEP(padding.MGF1(digest), digest, None)


def encrypt(options: Options, data: bytes) -> bytes:
    """Encrypt with an RSA key; the options are what was given with the key, how long the key is."""
    given, key_bytes = options
    parts = Parts(data)
    key = public_key(given, parts.take(key_bytes))
    if not isinstance(key, rsa.RSAPublicKey):
        raise _UNSUPPORTED
    try:
        return key.encrypt(parts.rest(), _encryption_padding(given))
    except ValueError as error:
        message = "error:0200006E:rsa routines::data too large for key size"
        raise OperationError(message, code="ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE") from error


def decrypt(options: Options, data: bytes) -> bytes:
    """Decrypt with an RSA key; options as for `encrypt`."""
    given, key_bytes = options
    parts = Parts(data)
    key = private_key(given, parts.take(key_bytes))
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _UNSUPPORTED
    try:
        return key.decrypt(parts.rest(), _encryption_padding(given))
    except ValueError as error:
        message = "error:02000079:rsa routines::oaep decoding error"
        raise OperationError(message, code="ERR_OSSL_RSA_OAEP_DECODING_ERROR") from error


def describe(options: Options, data: bytes) -> bytes:
    """Return as JSON what a key is, and itself as PEM; the options are `private` or `public`, what was given."""
    kind, given = options
    return json.dumps(described(private_key(given, data) if kind == "private" else public_key(given, data))).encode()


def described(key: PrivateKey | PublicKey) -> dict[str, object]:
    """Say what a key is, with itself as PEM."""
    return {**_details(key), "pem": _exported(key, {}).decode()}


def _details(key: PrivateKey | PublicKey) -> dict[str, object]:
    public = key.public_key() if isinstance(key, PrivateKey) else key
    match public:
        case rsa.RSAPublicKey():
            exponent = public.public_numbers().e
            return {"type": "rsa", "modulusLength": public.key_size, "publicExponent": exponent}
        case ec.EllipticCurvePublicKey():
            return {"type": "ec", "namedCurve": _CURVES.get(public.curve.name, public.curve.name)}
        case ed25519.Ed25519PublicKey():
            return {"type": "ed25519"}
        case _:
            return {"type": "ed448"}


def export(options: Options, data: bytes) -> bytes:
    """Write a key that is PEM in another form; the options are `private` or `public`, what `export` was given."""
    kind, form = options
    given = {"format": "pem", "passphrase": None}
    return _exported(private_key(given, data) if kind == "private" else public_key(given, data), form)


def _exported(key: PrivateKey | PublicKey, form: dict[str, Any]) -> bytes:
    encoding = serialization.Encoding.DER if form.get("format") == "der" else serialization.Encoding.PEM
    if isinstance(key, PrivateKey):
        return key.private_bytes(encoding, _private_format(form.get("type")), _encryption(form))
    return key.public_bytes(encoding, _public_format(form.get("type")))


def _private_format(name: str | None) -> serialization.PrivateFormat:
    if name in ("pkcs1", "sec1"):
        return serialization.PrivateFormat.TraditionalOpenSSL
    return serialization.PrivateFormat.PKCS8


def _public_format(name: str | None) -> serialization.PublicFormat:
    return serialization.PublicFormat.PKCS1 if name == "pkcs1" else serialization.PublicFormat.SubjectPublicKeyInfo


def _encryption(form: dict[str, Any]) -> serialization.KeySerializationEncryption:
    passphrase = form.get("passphrase")
    if passphrase is None:
        return serialization.NoEncryption()
    return serialization.BestAvailableEncryption(str(passphrase).encode())


OPERATIONS: dict[str, Operation] = {
    "decrypt": decrypt,
    "describe key": describe,
    "encrypt": encrypt,
    "export key": export,
    "sign": sign,
    "verify": verify,
}
