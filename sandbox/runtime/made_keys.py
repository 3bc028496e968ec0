"""Keys that are made, agreed upon, or written as JWK, over the cryptography package.

Source: Node.js documentation, Crypto, generateKeyPair, KeyObject; RFC 7518 and RFC 8037 for the members of a JWK.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from sandbox.runtime.keys import PrivateKey, PublicKey, described, private_key, public_key
from sandbox.runtime.operation import Operation, OperationError, Options, Parts

LONGEST_MODULUS = 8192
"""Bits; a longer RSA key takes minutes to make."""
_LEAST_MODULUS = 1024
"""Bits; the package makes none that are shorter."""
_PEM = {"format": "pem", "passphrase": None}
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "prime256v1": ec.SECP256R1,
    "secp256r1": ec.SECP256R1,
    "p-256": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "p-384": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "p-521": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
}
_JWK_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp256k1": "secp256k1"}
_PRIVATE_OF_RSA = ("d", "p", "q", "dp", "dq", "qi")


def generate(options: Options, _: bytes) -> bytes:
    """Make a pair of keys; the options are its type and Node's options. Returns both halves, described, as JSON."""
    kind, wanted = options
    key = _generated(kind, wanted)
    return json.dumps({"privateKey": described(key), "publicKey": described(key.public_key())}).encode()


def _generated(kind: str, wanted: dict[str, Any]) -> PrivateKey:
    match kind:
        case "rsa":
            return _generated_rsa(wanted)
        case "ec":
            return ec.generate_private_key(_curve(wanted["namedCurve"])())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return ed448.Ed448PrivateKey.generate()


def _generated_rsa(wanted: dict[str, Any]) -> rsa.RSAPrivateKey:
    bits = wanted["modulusLength"]
    if not _LEAST_MODULUS <= bits <= LONGEST_MODULUS:
        words = f"RSA keys of {_LEAST_MODULUS} to {LONGEST_MODULUS} bits are made here, not of {bits}"
        raise OperationError(words, code="ERR_OUT_OF_RANGE")
    try:
        return rsa.generate_private_key(wanted["publicExponent"], bits)
    except ValueError as error:
        raise OperationError("bad e value", code="ERR_OSSL_RSA_PUB_EXPONENT_OUT_OF_RANGE") from error


def _curve(name: str) -> type[ec.EllipticCurve]:
    try:
        return _CURVES[name.lower()]
    except KeyError:
        raise OperationError("Invalid EC curve name", code="ERR_CRYPTO_INVALID_CURVE") from None


def agree(options: Options, data: bytes) -> bytes:
    """Agree upon a secret; the option is how long the private key is, behind which the other's public one stands."""
    parts = Parts(data)
    mine, other = private_key(_PEM, parts.take(options[0])), public_key(_PEM, parts.rest())
    if not isinstance(mine, ec.EllipticCurvePrivateKey) or not isinstance(other, ec.EllipticCurvePublicKey):
        raise OperationError("Incompatible key types for Diffie-Hellman", code="ERR_CRYPTO_INCOMPATIBLE_KEY")
    try:
        return mine.exchange(ec.ECDH(), other)
    except ValueError as error:
        raise OperationError("the keys are not of one curve", code="ERR_CRYPTO_INCOMPATIBLE_KEY") from error


def to_jwk(options: Options, data: bytes) -> bytes:
    """Write a key that is PEM as JWK; the option is `private` or `public`."""
    key = private_key(_PEM, data) if options[0] == "private" else public_key(_PEM, data)
    return json.dumps(_members(key)).encode()


def _members(key: PrivateKey | PublicKey) -> dict[str, str]:
    match key:
        case rsa.RSAPublicKey():
            public = key.public_numbers()
            return {"kty": "RSA", "n": _text(public.n), "e": _text(public.e)}
        case rsa.RSAPrivateKey():
            own = key.private_numbers()
            numbers = (own.d, own.p, own.q, own.dmp1, own.dmq1, own.iqmp)
            secret = dict(zip(_PRIVATE_OF_RSA, map(_text, numbers), strict=True))
            return {**_members(key.public_key()), **secret}
        case ec.EllipticCurvePublicKey():
            return _of_point(key)
        case ec.EllipticCurvePrivateKey():
            size = (key.key_size + 7) // 8
            return {**_of_point(key.public_key()), "d": _text(key.private_numbers().private_value, size)}
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            name = "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "Ed448"
            return {"kty": "OKP", "crv": name, "x": _base64url(key.public_bytes_raw())}
        case _:
            return {**_members(key.public_key()), "d": _base64url(key.private_bytes_raw())}


def _of_point(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    name = _JWK_CURVES.get(key.curve.name)
    if name is None:
        raise OperationError("Unsupported JWK EC curve", code="ERR_CRYPTO_JWK_UNSUPPORTED_CURVE")
    size, point = (key.key_size + 7) // 8, key.public_numbers()
    return {"kty": "EC", "crv": name, "x": _text(point.x, size), "y": _text(point.y, size)}


def _text(number: int, size: int | None = None) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8 if size is None else size, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_jwk(options: Options, data: bytes) -> bytes:
    """Describe a key that is JWK; the option is `private` or `public`, and a private one has a public half."""
    jwk = json.loads(data)
    read = _READERS.get(jwk.get("kty"))
    if read is None:
        raise _invalid(str(jwk.get("kty")))
    try:
        key = read(jwk)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _invalid(str(jwk["kty"])) from error
    if options[0] == "private" and not isinstance(key, PrivateKey):
        raise _invalid(str(jwk["kty"]))
    wanted = key.public_key() if options[0] == "public" and isinstance(key, PrivateKey) else key
    return json.dumps(described(wanted)).encode()


def _invalid(kind: str) -> OperationError:
    return OperationError(f"Invalid JWK {kind} key", code="ERR_CRYPTO_INVALID_JWK")


def _number(jwk: dict[str, Any], name: str) -> int:
    return int.from_bytes(_bytes(jwk, name), "big")


def _bytes(jwk: dict[str, Any], name: str) -> bytes:
    text = jwk[name]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _rsa(jwk: dict[str, Any]) -> PrivateKey | PublicKey:
    public = rsa.RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n"))
    if "d" not in jwk:
        return public.public_key()
    d, p, q, dp, dq, qi = (_number(jwk, name) for name in _PRIVATE_OF_RSA)
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()


def _ec(jwk: dict[str, Any]) -> PrivateKey | PublicKey:
    try:
        curve = _curve(jwk["crv"])()
    except OperationError as error:
        raise OperationError("Unsupported JWK EC curve", code="ERR_CRYPTO_INVALID_CURVE") from error
    point = ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), curve)
    if "d" not in jwk:
        return point.public_key()
    return ec.EllipticCurvePrivateNumbers(_number(jwk, "d"), point).private_key()


def _okp(jwk: dict[str, Any]) -> PrivateKey | PublicKey:
    if jwk["crv"] == "Ed25519":
        if "d" in jwk:
            return ed25519.Ed25519PrivateKey.from_private_bytes(_bytes(jwk, "d"))
        return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk, "x"))
    if "d" in jwk:
        return ed448.Ed448PrivateKey.from_private_bytes(_bytes(jwk, "d"))
    return ed448.Ed448PublicKey.from_public_bytes(_bytes(jwk, "x"))


_READERS: Mapping[str, Callable[[dict[str, Any]], PrivateKey | PublicKey]] = {"RSA": _rsa, "EC": _ec, "OKP": _okp}


def to_point(_: Options, data: bytes) -> bytes:
    """Write a public key that is PEM as its bare bytes: a point that is not compressed, or 32 or 57 bytes."""
    match public_key(_PEM, data):
        case ec.EllipticCurvePublicKey() as key:
            return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey() as key:
            return key.public_bytes_raw()
        case _:
            raise OperationError("an RSA key has no raw form", code="ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE")


def from_point(options: Options, data: bytes) -> bytes:
    """Describe a public key that is bare bytes; the option is its curve, `Ed25519` or that of an EC key."""
    try:
        if options[0] == "Ed25519":
            return json.dumps(described(ed25519.Ed25519PublicKey.from_public_bytes(data))).encode()
        return json.dumps(
            described(ec.EllipticCurvePublicKey.from_encoded_point(_curve(options[0])(), data))
        ).encode()
    except ValueError as error:
        raise OperationError("Invalid keyData", code="ERR_CRYPTO_INVALID_KEYPAIR") from error


OPERATIONS: dict[str, Operation] = {
    "agree": agree,
    "generate pair": generate,
    "jwk of key": to_jwk,
    "key of jwk": from_jwk,
    "key of point": from_point,
    "point of key": to_point,
}
