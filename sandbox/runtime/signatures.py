"""Signatures with RSA, elliptic curves and Ed25519, answered by `cryptography`; runs in the worker.

Source: Node.js documentation, Crypto, Sign and Verify.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from sandbox.runtime.hostops import OperationError

PSS = 6
"""Node's number for RSA_PKCS1_PSS_PADDING."""
_P1363 = "ieee-p1363"
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}

Key: TypeAlias = Mapping[str, Any]
"""`pem`, and what the function said of its use: passphrase, padding, saltLength, dsaEncoding."""


def sign(algorithm: str, key: Key, data: bytes) -> bytes:
    """Sign data with a private key.

    Raises:
        OperationError: the key cannot be read or is of another kind.
    """
    private = _private_key(key)
    match private:
        case rsa.RSAPrivateKey():
            return private.sign(data, _padding(key, algorithm), _hash(algorithm))
        case ec.EllipticCurvePrivateKey():
            signature = private.sign(data, ec.ECDSA(_hash(algorithm)))
            return _plain(signature, private.key_size) if key.get("dsaEncoding") == _P1363 else signature
        case ed25519.Ed25519PrivateKey():
            return private.sign(data)
    raise _unsupported()


def is_right(algorithm: str, key: Key, signature: bytes, data: bytes) -> bool:
    """Check a signature with a public key, a private one, or a certificate.

    Raises:
        OperationError: the key cannot be read or is of another kind.
    """
    public = _public_key(key)
    try:
        match public:
            case rsa.RSAPublicKey():
                public.verify(signature, data, _padding(key, algorithm), _hash(algorithm))
            case ec.EllipticCurvePublicKey():
                given = _encoded(signature) if key.get("dsaEncoding") == _P1363 else signature
                public.verify(given, data, ec.ECDSA(_hash(algorithm)))
            case ed25519.Ed25519PublicKey():
                public.verify(signature, data)
            case _:
                raise _unsupported()
    except InvalidSignature:
        return False
    return True


def _private_key(key: Key) -> Any:
    passphrase = key.get("passphrase")
    try:
        return serialization.load_pem_private_key(
            key["pem"].encode(),
            passphrase.encode() if passphrase else None,
            unsafe_skip_rsa_key_validation=True,  # the check takes a hundred times as long as the signature
        )
    except (ValueError, TypeError) as error:
        raise _unsupported() from error


def _public_key(key: Key) -> Any:
    pem = key["pem"].encode()
    try:
        if b"CERTIFICATE" in pem:
            return x509.load_pem_x509_certificate(pem).public_key()
        return _private_key(key).public_key() if b"PRIVATE" in pem else serialization.load_pem_public_key(pem)
    except ValueError as error:
        raise _unsupported() from error


def _hash(algorithm: str) -> hashes.HashAlgorithm:
    if algorithm not in _HASHES:
        raise OperationError(f"Invalid digest: {algorithm}", code="ERR_CRYPTO_INVALID_DIGEST")
    return _HASHES[algorithm]()


def _padding(key: Key, algorithm: str) -> padding.AsymmetricPadding:
    if key.get("padding") != PSS:
        return padding.PKCS1v15()
    length = key.get("saltLength")
    salt = padding.PSS.DIGEST_LENGTH if length in (None, -1) else int(length)
    return padding.PSS(padding.MGF1(_hash(algorithm)), salt)


def _plain(signature: bytes, key_bits: int) -> bytes:
    """Write the two numbers of an ECDSA signature one behind the other."""
    size = (key_bits + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))


def _encoded(signature: bytes) -> bytes:
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def _unsupported() -> OperationError:
    return OperationError("error:1E08010C:DECODER routines::unsupported", code="ERR_OSSL_UNSUPPORTED")
