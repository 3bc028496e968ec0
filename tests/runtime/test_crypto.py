"""Node's `crypto`, case by case; what is expected was measured with Node 20."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sandbox.runtime import FunctionRuntime
from tests.runtime.cases import Cases

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def private_pem(key: Any, encryption: KeySerializationEncryption | None = None) -> str:
    """Write a private key as Node's users have it."""
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return text.decode()


def public_pem(key: Any) -> str:
    """Write the public half of a key as Node's users have it."""
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


SETTINGS = {
    "rsa": private_pem(RSA),
    "rsaPublic": public_pem(RSA),
    "ec": private_pem(EC),
    "ecPublic": public_pem(EC),
    "ed": private_pem(ED),
    "edPublic": public_pem(ED),
    "locked": private_pem(RSA, BestAvailableEncryption(b"open")),
}


CASES = [
    pytest.param(
        "const h = crypto.createHash('sha256').update('a'); const c = h.copy(); h.update('b'); "
        "return [h.digest('hex').slice(0, 8), c.digest('hex').slice(0, 8)]",
        ["fb8e20fc", "ca978112"],
        id="copy of a hash",
    ),
    pytest.param(
        "return ['hex', 'base64', 'base64url', 'latin1'].map((e) => crypto.createHash('md5').update('ü').digest(e))",
        [
            "c03410a5204b21cd8229ff754688d743",
            "wDQQpSBLIc2CKf91RojXQw==",
            "wDQQpSBLIc2CKf91RojXQw",
            bytes.fromhex("c03410a5204b21cd8229ff754688d743").decode("latin-1"),
        ],
        id="digest encodings",
    ),
    pytest.param(
        "return Buffer.isBuffer(crypto.createHash('md5').digest())",
        True,
        id="digest without encoding",
    ),
    pytest.param(
        "const h = crypto.createHash('md5'); h.digest(); "
        "try { h.update('a') } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", "ERR_CRYPTO_HASH_FINALIZED", "Digest already called"],
        id="hash twice",
    ),
    pytest.param(
        "return crypto.createHash('SHA256').update('').digest('hex').slice(0, 8)",
        "e3b0c442",
        id="name in capitals",
    ),
    pytest.param(
        "return crypto.createHash('shake128', { outputLength: 4 }).update('').digest('hex')",
        "7f9c2ba4",
        id="shake",
    ),
    pytest.param(
        "try { return crypto.createHash('sha256', "
        "{ outputLength: 4 }).digest('hex') } catch (e) { return [e.code, e.message] }",
        [
            "ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH",
            "error:030000B2:digital envelope routines::not XOF or invalid length",
        ],
        id="length of a plain hash",
    ),
    pytest.param(
        "return crypto.createHash('RSA-SHA3-256').update('').digest('hex').slice(0, 8)",
        "a7ffc6f8",
        id="sha3",
    ),
    pytest.param(
        "const h = crypto.createHmac('sha256', 'k'); h.digest(); return h.digest('hex')",
        "",
        id="HMAC twice",
    ),
    pytest.param(
        "return crypto.createHmac('sha256', crypto.createSecretKey('key', 'utf8')).update('data').digest('base64')",
        "UDH+PZicbRU3oBP6bnOdojRj/a7DtwE32Cjjas4iG9A=",
        id="HMAC with a KeyObject",
    ),
    pytest.param(
        "try { crypto.createHmac('sha256') } catch (e) { return [e.name, e.code, e.message] }",
        [
            "TypeError",
            "ERR_INVALID_ARG_TYPE",
            (
                'The "key" argument must be of type string or an instance of ArrayBuffer, Buffer, '
                "TypedArray, DataView, KeyObject, or CryptoKey. Received undefined"
            ),
        ],
        id="HMAC without a key",
    ),
    pytest.param(
        "try { crypto.createHmac('no', 'k') } catch (e) { return [e.name, e.code, e.message] }",
        ["TypeError", "ERR_CRYPTO_INVALID_DIGEST", "Invalid digest: no"],
        id="HMAC of no hash",
    ),
    pytest.param(
        "try { crypto.createHash() } catch (e) { return [e.name, e.code, e.message] }",
        [
            "TypeError",
            "ERR_INVALID_ARG_TYPE",
            'The "algorithm" argument must be of type string. Received undefined',
        ],
        id="hash of no name",
    ),
    pytest.param(
        "try { crypto.createHash('md5').update(5) } catch (e) { return [e.name, e.code, e.message] }",
        [
            "TypeError",
            "ERR_INVALID_ARG_TYPE",
            (
                'The "data" argument must be of type string or an instance of Buffer, '
                "TypedArray, or DataView. Received type number (5)"
            ),
        ],
        id="hash of a number",
    ),
    pytest.param(
        "return crypto.hash('md5', 'a')",
        "0cc175b9c0f1b6a831c399e269772661",
        id="hash at once",
    ),
    pytest.param(
        "return ['sha256', 'RSA-SHA256', 'md5', 'ripemd160'].every((name) => crypto.getHashes().includes(name))",
        True,
        id="known hashes",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-256-cbc', 'k'.repeat(32), 'i'.repeat(16)); "
        "return c.update('hello, world', 'utf8', 'hex') + c.final('hex')",
        "10b120f3b4b48336af648f1f03b49091",
        id="AES CBC",
    ),
    pytest.param(
        "const d = crypto.createDecipheriv('AES-256-CBC', Buffer.from('k'.repeat(32)), "
        "Buffer.from('i'.repeat(16))); return d.update('tLMAsOh+', 'base64').length",
        0,
        id="AES CBC back",
    ),
    pytest.param(
        "const k = Buffer.alloc(16, 1), iv = Buffer.alloc(16, 2); "
        "const c = crypto.createCipheriv('aes-128-cbc', k, iv); "
        "const e = Buffer.concat([c.update('x'.repeat(40)), c.final()]); "
        "const d = crypto.createDecipheriv('aes128', k, iv); return [e.length, d.update(e, null, "
        "'utf8') + d.final('utf8')]",
        [48, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],
        id="AES CBC both ways",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)); "
        "return [c.update('a'.repeat(20)).length, c.update('a'.repeat(20)).length, c.final().length]",
        [16, 16, 16],
        id="AES bit by bit",
    ),
    pytest.param(
        "const d = crypto.createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)); "
        "return [d.update(Buffer.alloc(32)).length, d.update(Buffer.alloc(32)).length]",
        [16, 32],
        id="AES back bit by bit",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-128-ecb', Buffer.alloc(16), null); "
        "c.setAutoPadding(false); return c.update(Buffer.alloc(16), null, 'hex') + c.final('hex')",
        "66e94bd4ef8a2c3b884cfa59ca342b2e",
        id="AES ECB without padding",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-192-ctr', Buffer.alloc(24), Buffer.alloc(16, 255)); "
        "return c.update('abc', 'utf8', 'hex') + c.update('d', 'utf8', 'hex') + c.final('hex')",
        "d05fd7be",
        id="AES CTR",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12)); "
        "c.setAAD(Buffer.from('aad')); const e = c.update('secret', 'utf8', 'hex') + c.final('hex'); "
        "return [e, c.getAuthTag().toString('hex')]",
        ["bdc2234f2814", "65b36d45c03f80702e77d1d94695456c"],
        id="AES GCM",
    ),
    pytest.param(
        "const k = Buffer.alloc(16), iv = Buffer.alloc(12); "
        "const c = crypto.createCipheriv('aes-128-gcm', k, iv); const e = c.update('ü', 'utf8', "
        "'hex') + c.final('hex'); const d = crypto.createDecipheriv('aes-128-gcm', k, iv); "
        "d.setAuthTag(c.getAuthTag()); return d.update(e, 'hex', 'utf8') + d.final('utf8')",
        "ü",
        id="AES GCM back",
    ),
    pytest.param(
        "const d = crypto.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)); "
        "d.setAuthTag(Buffer.alloc(16)); d.update(Buffer.alloc(15)); "
        "try { d.final() } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", None, "Unsupported state or unable to authenticate data"],
        id="AES GCM forged",
    ),
    pytest.param(
        "const d = crypto.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)); "
        "d.update(Buffer.alloc(15)); try { d.final() } catch (e) { return [e.name, e.code, "
        "e.message] }",
        ["Error", None, "Unsupported state or unable to authenticate data"],
        id="AES GCM without tag",
    ),
    pytest.param(
        "const d = crypto.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)); "
        "try { d.setAuthTag(Buffer.alloc(17)) } catch (e) { return [e.name, e.code, e.message] }",
        ["TypeError", "ERR_CRYPTO_INVALID_AUTH_TAG", "Invalid authentication tag length: 17"],
        id="a tag too long",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)); "
        "try { c.getAuthTag() } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation getAuthTag"],
        id="a tag too early",
    ),
    pytest.param(
        "try { crypto.createCipheriv('no', Buffer.alloc(16), "
        "Buffer.alloc(16)) } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher"],
        id="no such cipher",
    ),
    pytest.param(
        "try { crypto.createCipheriv('aes-128-cbc', Buffer.alloc(15), "
        "Buffer.alloc(16)) } catch (e) { return [e.name, e.code, e.message] }",
        ["RangeError", "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length"],
        id="a key too short",
    ),
    pytest.param(
        "try { crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), "
        "Buffer.alloc(15)) } catch (e) { return [e.name, e.code, e.message] }",
        ["TypeError", "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector"],
        id="an IV too short",
    ),
    pytest.param(
        "try { crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), "
        "null) } catch (e) { return [e.name, e.code, e.message] }",
        ["TypeError", "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector"],
        id="no IV",
    ),
    pytest.param(
        "const d = crypto.createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)); "
        "d.update(Buffer.alloc(16)); try { d.final() } catch (e) { return [e.name, e.code, "
        "e.message] }",
        ["Error", "ERR_OSSL_BAD_DECRYPT", "error:1C800064:Provider routines::bad decrypt"],
        id="bad padding",
    ),
    pytest.param(
        "const d = crypto.createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)); "
        "d.update(Buffer.alloc(15)); try { d.final() } catch (e) { return [e.name, e.code, "
        "e.message] }",
        [
            "Error",
            "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH",
            "error:1C80006B:Provider routines::wrong final block length",
        ],
        id="half a block",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)); "
        "c.final(); try { c.final() } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", "ERR_CRYPTO_INVALID_STATE", "Invalid state"],
        id="final twice",
    ),
    pytest.param(
        "return crypto.pbkdf2Sync('password', 'salt', 1000, 16, 'SHA512').toString('hex')",
        "afe6c5530785b6cc6b1c6453384731bd",
        id="pbkdf2",
    ),
    pytest.param(
        "return await new Promise((d) => crypto.pbkdf2('p', 's', 1, 8, 'sha1', (e, key) => d([e, "
        "key.toString('hex')])))",
        [None, "843c87e7eda3ee2f"],
        id="pbkdf2 with a callback",
    ),
    pytest.param(
        "try { crypto.pbkdf2Sync('a', 'b', 1, 2) } catch (e) { return [e.name, e.code, e.message] }",
        ["TypeError", "ERR_INVALID_ARG_TYPE", 'The "digest" argument must be of type string. Received undefined'],
        id="pbkdf2 without a digest",
    ),
    pytest.param(
        "try { crypto.pbkdf2Sync('a', 'b', 1, 2, 'no') } catch (e) { return [e.name, e.code, e.message] }",
        ["TypeError", "ERR_CRYPTO_INVALID_DIGEST", "Invalid digest: no"],
        id="pbkdf2 of no hash",
    ),
    pytest.param(
        "try { crypto.pbkdf2Sync('a', 'b', 0, 2, 'sha1') } catch (e) { return [e.name, e.code, e.message] }",
        [
            "RangeError",
            "ERR_OUT_OF_RANGE",
            'The value of "iterations" is out of range. It must be >= 1 && <= 2147483647. Received 0',
        ],
        id="pbkdf2 not once",
    ),
    pytest.param(
        "return crypto.scryptSync('password', 'salt', 16, { N: 1024 }).toString('hex')",
        "16dbc8906763c7f048977a68f9d305f7",
        id="scrypt",
    ),
    pytest.param(
        "return await new Promise((d) => crypto.scrypt('p', 's', 8, (e, key) => d([e, key.toString('hex')])))",
        [None, "4329787752e75d1d"],
        id="scrypt with a callback",
    ),
    pytest.param(
        "try { crypto.scryptSync('a', 'b', 2, { N: 3 }) } catch (e) { return [e.name, e.code, e.message] }",
        ["RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params"],
        id="scrypt of an odd cost",
    ),
    pytest.param(
        "try { crypto.scryptSync('a', 'b', 2, { N: 65536 }) } catch (e) { return [e.name, e.code, e.message] }",
        [
            "RangeError",
            "ERR_CRYPTO_INVALID_SCRYPT_PARAMS",
            "Invalid scrypt params: error:030000AC:digital envelope routines::memory limit exceeded",
        ],
        id="scrypt of too much",
    ),
    pytest.param(
        "return Buffer.from(crypto.hkdfSync('sha256', 'key', 'salt', 'info', 40)).toString('hex')",
        "9ca0d662557439e3b83365f2da4626d35da195c6d9d1779f09838cf9e408966ece99106e2585ace6",
        id="hkdf",
    ),
    pytest.param(
        "return await new Promise((d) => crypto.hkdf('sha1', 'a', 'b', 'c', 8, (e, key) => d([e, "
        "key instanceof ArrayBuffer, key.byteLength])))",
        [None, True, 8],
        id="hkdf with a callback",
    ),
    pytest.param(
        "try { crypto.hkdfSync('sha256', 'a', 'b', 'c', 8161) } catch (e) { return [e.code, e.message] }",
        ["ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length"],
        id="hkdf of too much",
    ),
    pytest.param(
        "const seen = Array.from({ length: 50 }, () => crypto.randomInt(3, 6)); "
        "return [Math.min(...seen) >= 3, Math.max(...seen) < 6]",
        [True, True],
        id="randomInt",
    ),
    pytest.param(
        "try { crypto.randomInt(5, 5) } catch (e) { return [e.name, e.code, e.message] }",
        [
            "RangeError",
            "ERR_OUT_OF_RANGE",
            'The value of "max" is out of range. It must be greater than the value of "min" (5). Received 5',
        ],
        id="randomInt of nothing",
    ),
    pytest.param(
        "try { crypto.randomInt(1.5) } catch (e) { return [e.name, e.code, e.message] }",
        [
            "TypeError",
            "ERR_INVALID_ARG_TYPE",
            'The "max" argument must be a safe integer. Received type number (1.5)',
        ],
        id="randomInt of a fraction",
    ),
    pytest.param(
        "return await new Promise((d) => crypto.randomInt(1, (e, n) => d([e, n])))",
        [None, 0],
        id="randomInt with a callback",
    ),
    pytest.param(
        "const b = crypto.randomFillSync(Buffer.alloc(40), 20); return [b.subarray(0, "
        "20).every((x) => x === 0), b.subarray(20).some((x) => x !== 0)]",
        [True, True],
        id="randomFillSync",
    ),
    pytest.param(
        "return await new Promise((d) => crypto.randomFill(new Uint8Array(20), (e, b) => d([e, "
        "b.some((x) => x !== 0)])))",
        [None, True],
        id="randomFill",
    ),
    pytest.param(
        "return await new Promise((d) => crypto.randomBytes(4, (e, b) => d([e, b.length])))",
        [None, 4],
        id="randomBytes with a callback",
    ),
    pytest.param(
        "try { crypto.randomBytes(-1) } catch (e) { return [e.name, e.code, e.message] }",
        [
            "RangeError",
            "ERR_OUT_OF_RANGE",
            'The value of "size" is out of range. It must be >= 0 && <= 2147483647. Received -1',
        ],
        id="randomBytes below zero",
    ),
    pytest.param(
        "try { crypto.randomBytes('8') } catch (e) { return [e.name, e.code, e.message] }",
        [
            "TypeError",
            "ERR_INVALID_ARG_TYPE",
            "The \"size\" argument must be of type number. Received type string ('8')",
        ],
        id="randomBytes of a string",
    ),
    pytest.param(
        "try { crypto.timingSafeEqual(Buffer.alloc(1), "
        "Buffer.alloc(2)) } catch (e) { return [e.name, e.code, e.message] }",
        ["RangeError", "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length"],
        id="timingSafeEqual of other lengths",
    ),
    pytest.param(
        "try { crypto.timingSafeEqual('a', 'b') } catch (e) { return [e.name, e.code, e.message] }",
        [
            "TypeError",
            "ERR_INVALID_ARG_TYPE",
            'The "buf1" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.',
        ],
        id="timingSafeEqual of strings",
    ),
    pytest.param(
        "return [crypto.constants.RSA_PKCS1_PSS_PADDING, crypto.constants.RSA_PSS_SALTLEN_DIGEST, "
        "crypto.constants.RSA_PKCS1_OAEP_PADDING]",
        [6, -1, 4],
        id="constants",
    ),
    pytest.param(
        "const s = crypto.createSign('SHA256').update('da').update('ta').sign(settings.rsa); "
        "return ['data', "
        "'date'].map((d) => crypto.createVerify('RSA-SHA256').update(d).verify(settings.rsaPublic, "
        "s))",
        [True, False],
        id="RSA verifies",
    ),
    pytest.param(
        "return crypto.createVerify('sha256').update('a').verify(settings.rsa, "
        "crypto.createSign('sha256').update('a').sign(settings.rsa, 'hex'), 'hex')",
        True,
        id="RSA verifies with the private key",
    ),
    pytest.param(
        "const o = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, "
        "saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST }; "
        "const s = crypto.createSign('sha256').update('a').sign({ key: settings.rsa, ...o }); "
        "return [crypto.verify('sha256', Buffer.from('a'), { key: settings.rsaPublic, ...o }, s), "
        "crypto.verify('sha256', Buffer.from('a'), settings.rsaPublic, s)]",
        [True, False],
        id="RSA-PSS",
    ),
    pytest.param(
        "const s = crypto.createSign('SHA256').update('a').sign(settings.ec); return [s[0], "
        "crypto.createVerify('SHA256').update('a').verify(settings.ecPublic, s), "
        "crypto.createVerify('SHA256').update('b').verify(settings.ecPublic, s)]",
        [48, True, False],
        id="EC",
    ),
    pytest.param(
        "const k = { key: settings.ec, dsaEncoding: 'ieee-p1363' }; const s = crypto.sign('sha256', "
        "Buffer.from('a'), k); return [s.length, crypto.verify('sha256', Buffer.from('a'), "
        "{ key: settings.ecPublic, dsaEncoding: 'ieee-p1363' }, s)]",
        [64, True],
        id="EC as two numbers",
    ),
    pytest.param(
        "try { crypto.createSign('sha256').update('a').sign(settings.ed) } catch (e) { return [e.name, "
        "e.code, e.message] }",
        ["Error", "ERR_CRYPTO_UNSUPPORTED_OPERATION", "Unsupported crypto operation"],
        id="Ed25519 with a hash",
    ),
    pytest.param(
        "return await new Promise((d) => crypto.sign('sha256', Buffer.from('a'), settings.rsa, (e, "
        "s) => d([e, s.length])))",
        [None, 256],
        id="sign with a callback",
    ),
    pytest.param(
        "try { crypto.createSign('RSA-SHA256').update('a').sign('nokey') } catch (e) { return [e.name, "
        "e.code, e.message] }",
        ["Error", "ERR_OSSL_UNSUPPORTED", "error:1E08010C:DECODER routines::unsupported"],
        id="a key that is none",
    ),
    pytest.param(
        "try { crypto.createSign('RSA-SHA256').update('a').sign(settings.rsaPublic) }"
        " catch (e) { return [e.name, "
        "e.code, e.message] }",
        ["Error", "ERR_OSSL_UNSUPPORTED", "error:1E08010C:DECODER routines::unsupported"],
        id="a public key to sign with",
    ),
    pytest.param(
        "try { crypto.createSign('RSA-SHA256').update('a').sign() } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign"],
        id="no key",
    ),
    pytest.param(
        "try { crypto.createSign('no') } catch (e) { return [e.name, e.code, e.message] }",
        ["TypeError", "ERR_CRYPTO_INVALID_DIGEST", "Invalid digest"],
        id="no such signature",
    ),
    pytest.param(
        "return crypto.createSign('sha256').update('a').sign({ key: settings.locked, passphrase: 'open' }).length",
        256,
        id="a locked key",
    ),
    pytest.param(
        "try { crypto.createSign('sha256').update('a').sign(settings.locked) } catch (e) { return [e.name, "
        "e.code, e.message] }",
        [
            "Error",
            "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED",
            "error:07880109:common libcrypto routines::interrupted or cancelled",
        ],
        id="a locked key without passphrase",
    ),
    pytest.param(
        "try { crypto.createSign('sha256').update('a').sign({ key: settings.locked, "
        "passphrase: 'shut' }) } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", "ERR_OSSL_BAD_DECRYPT", "error:1C800064:Provider routines::bad decrypt"],
        id="a locked key with another passphrase",
    ),
    pytest.param(
        "const k = crypto.createPrivateKey(settings.rsa); return [k.type, k.asymmetricKeyType, "
        "k.asymmetricKeyDetails.modulusLength, String(k.asymmetricKeyDetails.publicExponent), "
        "k.export({ type: 'pkcs8', format: 'pem' }) === settings.rsa]",
        ["private", "rsa", 2048, "65537", True],
        id="createPrivateKey",
    ),
    pytest.param(
        "return crypto.createPublicKey(settings.ec).export({ type: 'spki', format: 'pem' }) === settings.ecPublic",
        True,
        id="createPublicKey of a private key",
    ),
    pytest.param(
        "const k = crypto.createPublicKey({ key: settings.ecPublic, format: 'pem' }); "
        "return [k.type, k.asymmetricKeyType, k.asymmetricKeyDetails.namedCurve]",
        ["public", "ec", "prime256v1"],
        id="createPublicKey",
    ),
    pytest.param(
        "const d = crypto.createPublicKey(settings.rsaPublic).export({ type: 'spki', "
        "format: 'der' }); return crypto.createPublicKey({ key: d, format: 'der', "
        "type: 'spki' }).export({ type: 'spki', format: 'pem' }) === settings.rsaPublic",
        True,
        id="createPublicKey from DER",
    ),
    pytest.param(
        "return crypto.createPublicKey(settings.rsaPublic).export({ type: 'pkcs1', format: 'pem' }).split('\\n')[0]",
        "-----BEGIN RSA PUBLIC KEY-----",
        id="export in PKCS 1",
    ),
    pytest.param(
        "try { crypto.createPrivateKey('x') } catch (e) { return [e.name, e.code, e.message] }",
        ["Error", "ERR_OSSL_UNSUPPORTED", "error:1E08010C:DECODER routines::unsupported"],
        id="createPrivateKey of nothing",
    ),
    pytest.param(
        "const k = crypto.createSecretKey('abc', 'utf8'); return [k.type, k.symmetricKeySize, k.export().toString()]",
        ["secret", 3, "abc"],
        id="createSecretKey",
    ),
    pytest.param(
        "return crypto.privateDecrypt(settings.rsa, crypto.publicEncrypt(settings.rsaPublic, "
        "Buffer.from('secret'))).toString()",
        "secret",
        id="RSA encrypts",
    ),
    pytest.param(
        "return crypto.privateDecrypt({ key: settings.rsa, oaepHash: 'sha256' }, "
        "crypto.publicEncrypt({ key: settings.rsaPublic, oaepHash: 'sha256' }, "
        "Buffer.from('secret'))).toString()",
        "secret",
        id="RSA encrypts with another hash",
    ),
    pytest.param(
        "try { crypto.privateDecrypt(settings.rsa, Buffer.alloc(256)) } catch (e) { return [e.name, "
        "e.code, e.message] }",
        ["Error", "ERR_OSSL_RSA_OAEP_DECODING_ERROR", "error:02000079:rsa routines::oaep decoding error"],
        id="RSA cannot decrypt",
    ),
    pytest.param(
        "const h = crypto.createHash('md5'); h.end('a'); "
        "return await new Promise((d) => h.on('data', (b) => d(b.toString('hex'))))",
        "0cc175b9c0f1b6a831c399e269772661",
        id="a hash as a stream",
    ),
    pytest.param(
        "const c = crypto.createCipheriv('aes-128-ecb', Buffer.alloc(16), ''); const parts = []; "
        "c.on('data', (b) => parts.push(b)); c.end('a'); await new Promise((d) => c.on('end', d)); "
        "return Buffer.concat(parts).toString('hex')",
        "8e4a3d4beb92d54c7e95f67d41daed59",
        id="a cipher as a stream",
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cases(runtime: FunctionRuntime) -> AsyncIterator[Cases]:
    """All of them, loaded once."""
    loaded = Cases(runtime, [str(case.values[0]) for case in CASES])
    await loaded.load()
    yield loaded
    await loaded.unload()


@pytest.mark.parametrize(("body", "expected"), CASES)
async def test_crypto_does_as_nodes(cases: Cases, body: str, expected: object) -> None:
    """Each piece of code returns what it returns in Node 20; `settings` holds keys."""
    assert await cases.value(body, SETTINGS) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param(
            "crypto.createSign('RSA-SHA256').update('data').sign(settings.rsa, 'hex')",
            RSA.sign(b"data", PKCS1v15(), SHA256()).hex(),
            id="RSA",
        ),
        pytest.param(
            "crypto.sign('sha1', Buffer.from('data'), settings.rsa).toString('hex')",
            RSA.sign(b"data", PKCS1v15(), SHA1()).hex(),  # noqa: S303 - partner code may ask for it
            id="RSA with SHA-1",
        ),
        pytest.param(
            "crypto.sign(null, Buffer.from('data'), settings.rsa).toString('hex')",
            RSA.sign(b"data", PKCS1v15(), SHA256()).hex(),
            id="RSA without a hash",
        ),
        pytest.param(
            "crypto.sign(null, Buffer.from('data'), settings.ed).toString('hex')",
            ED.sign(b"data").hex(),
            id="Ed25519",
        ),
    ],
)
async def test_a_signature_is_the_keys(value: Any, expression: str, expected: str) -> None:
    """Where a signature is the same every time, it is the one that others make."""
    assert await value(f"return {expression}", settings=SETTINGS) == expected


@pytest.mark.parametrize("algorithm", ["HS512", "RS256", "PS256", "ES256"])
async def test_jsonwebtoken_signs_and_verifies(value: Any, algorithm: str) -> None:
    """With every kind of key."""
    key, public = {"RS256": ("rsa", "rsaPublic"), "PS256": ("rsa", "rsaPublic"), "ES256": ("ec", "ecPublic")}.get(
        algorithm, ("rsa", "rsa")
    )
    body = (
        f"const token = jsonwebtoken.sign({{ iss: 'me', iat: 1 }}, settings.{key}, {{ algorithm: '{algorithm}' }});"
        f"return jsonwebtoken.verify(token, settings.{public}, {{ algorithms: ['{algorithm}'] }})"
    )
    assert await value(body, settings=SETTINGS) == {"iss": "me", "iat": 1}


@pytest.mark.parametrize(
    ("call", "what"),
    [
        pytest.param("crypto.createECDH('secp256k1')", "crypto.createECDH", id="a function"),
        pytest.param("crypto.generateKeyPairSync('dsa')", 'crypto.generateKeyPair("dsa")', id="a kind of key"),
        pytest.param(
            "await crypto.subtle.generateKey('X25519', true, ['deriveBits'])",
            "crypto.subtle with X25519",
            id="an algorithm",
        ),
    ],
)
async def test_what_is_missing_says_so(value: Any, call: str, what: str) -> None:
    """Never a silent undefined."""
    said = await value(f"try {{ {call} }} catch (error) {{ return error.message }}")
    assert said == f"{what} is not available in the sandbox. See docs/functions.md."


async def test_a_key_is_wrapped_and_unwrapped(value: Any) -> None:
    """In JSON and bare, by another key."""
    body = """
      const { subtle } = crypto, algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) };
      const wrapping = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['wrapKey', 'unwrapKey']);
      const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
      const same = [];
      for (const format of ['jwk', 'raw']) {
        const wrapped = await subtle.wrapKey(format, key, wrapping, algorithm);
        const back = await subtle.unwrapKey(
          format, wrapped, wrapping, algorithm, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
        const bare = async (one) => Buffer.from(await subtle.exportKey('raw', one)).toString('hex');
        same.push(await bare(back) === await bare(key));
      }
      return same"""
    assert await value(body) == [True, True]


async def test_ciphers_that_nobody_ends_are_given_up(value: Any) -> None:
    """The oldest beyond a thousand; it says so."""
    said = await value(
        "const begun = []; for (let i = 0; i < 1001; i++) {"
        " begun.push(crypto.createCipheriv('aes-128-ecb', Buffer.alloc(16), null)); begun[i].update('a') }"
        "try { begun[0].final() } catch (error) { return [begun[1].final().length, error.message] }"
    )
    assert said == [16, "the cipher was given up: 1000 others were begun after it and not ended"]
