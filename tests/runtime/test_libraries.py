"""The libraries that Segment gives to functions, each used as its users do."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from sandbox.runtime import Returned, Threw
from tests.runtime.conftest import FakeSender, Run, Value, response


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "return uuidv5.uuidv5('dns', 'google.com')", "64ee70a4-8cc1-5d25-abf2-dea6c79a09c8", id="uuidv5 dns"
        ),
        pytest.param(
            "return uuidv5.uuidv5('null', 'postman')", "72e926cb-5be5-54ef-a632-c38fad829f55", id="uuidv5 null"
        ),
        pytest.param("return xml({ a: [{ _attr: { b: 1 } }, 'c'] })", '<a b="1">c</a>', id="xml"),
        pytest.param(
            "return await xml2js.parseStringPromise('<a b=\"1\"><c>2</c></a>')",
            {"a": {"$": {"b": "1"}, "c": ["2"]}},
            id="xml2js parses",
        ),
        pytest.param(
            "const options = { headless: true, renderOpts: { pretty: false } };"
            "return new xml2js.Builder(options).buildObject({ a: { b: 1 } })",
            "<a><b>1</b></a>",
            id="xml2js builds",
        ),
        pytest.param(
            "return jsonwebtoken.sign({ a: 1 }, 'secret', { noTimestamp: true })",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ.57TF7smP9XDhIexBqPC-F1toZReYZLWb_YRU5tv0sxM",
            id="jsonwebtoken signs",
        ),
        pytest.param(
            "return jsonwebtoken.verify(jsonwebtoken.sign({ a: 1 }, 's', { noTimestamp: true }), 's')",
            {"a": 1},
            id="jsonwebtoken verifies",
        ),
        pytest.param("return Object.keys(OAuth).sort()", ["OAuth", "OAuth2", "OAuthEcho"], id="OAuth"),
        pytest.param("return typeof fetchretrylib.fetchretry(fetch)", "function", id="fetch-retry"),
        pytest.param(
            "const z = zlib.zlib; return z.inflateSync(z.deflateSync('hello')).toString()", "hello", id="zlib deflate"
        ),
        pytest.param(
            "const z = zlib.zlib; return z.gunzipSync(z.gzipSync(Buffer.from('hello'))).toString()",
            "hello",
            id="gzip",
        ),
        pytest.param(
            "return await new Promise((ok, no) => zlib.zlib.unzip(zlib.zlib.gzipSync('hi'),"
            " (error, data) => error ? no(error) : ok(data.toString())))",
            "hi",
            id="zlib with a callback",
        ),
        pytest.param(
            "const z = zlib.zlib;"
            "try { z.gunzipSync(z.gzipSync('hello').slice(0, 8)) } catch (e) { return [e.code, e.message] }",
            ["Z_BUF_ERROR", "unexpected end of file"],
            id="zlib cut off",
        ),
        pytest.param("return typeof https.request", "function", id="https"),
        pytest.param(
            "return crypto.pbkdf2Sync('password', 'salt', 1, 20, 'sha1').toString('hex')",
            "0c60c80f961f0e71f3a9b524af6012062fe037a6",
            id="pbkdf2",
        ),
        pytest.param("const n = crypto.randomInt(5, 8); return n >= 5 && n < 8", True, id="randomInt"),
    ],
)
async def test_a_library_does_what_it_is_for(value: Value, body: str, expected: Any) -> None:
    """In the version that Segment documents."""
    assert await value(body) == expected


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(rsa.generate_private_key(65537, 2048), id="RSA"),
        pytest.param(ec.generate_private_key(ec.SECP256R1()), id="EC"),
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="Ed25519"),
    ],
)
async def test_what_one_key_signs_its_public_half_verifies(value: Value, key: Any) -> None:
    """And nothing else."""
    settings = {
        "private": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "public": key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    }
    body = """
      const signature = crypto.createSign('RSA-SHA256').update('data').sign(settings.private, 'base64');
      const verify = (data) => crypto.createVerify('RSA-SHA256').update(data);
      const check = (data) => verify(data).verify(settings.public, signature, 'base64');
      return [check('data'), check('other')];"""
    assert await value(body, settings=settings) == [True, False]


async def test_a_key_that_cannot_be_read_is_nodes_error(value: Value) -> None:
    """With its code."""
    body = "try { crypto.createSign('sha256').update('x').sign('no key') } catch (e) { return e.code }"
    assert await value(body) == "ERR_OSSL_UNSUPPORTED"


async def test_a_token_is_signed_with_rsa(value: Value) -> None:
    """As functions that talk to Google do."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    body = """
      const token = jsonwebtoken.sign({ sub: 'me' }, settings.key, { algorithm: 'RS256', noTimestamp: true });
      return jsonwebtoken.decode(token, { complete: true }).header.alg + ' ' + token.split('.').length;"""
    assert await value(body, settings={"key": pem}) == "RS256 3"


async def test_a_form_is_a_body(run: Run, sender: FakeSender) -> None:
    """form-data makes multipart of it, with the boundary in the content type."""
    sender.answers["http://127.0.0.1:9/form"] = response("{}")
    invocation = await run(
        """async function onTrack() {
          const form = new FormData();
          form.append('name', 'value');
          const answer = await fetch('http://127.0.0.1:9/form', { method: 'POST', body: form });
          return answer.status;
        }"""
    )
    assert invocation.ending == Returned("200")
    (request,) = sender.requests
    kind = dict(request.headers)["Content-Type" if "Content-Type" in dict(request.headers) else "content-type"]
    assert kind.startswith("multipart/form-data;boundary=")
    assert b'name="name"\r\n\r\nvalue\r\n' in request.body


async def test_the_globals_of_libraries_can_be_overwritten(value: Value) -> None:
    """Segment's own documents do so."""
    assert await value("uuidv5 = uuidv5.uuidv5; return typeof uuidv5") == "function"


@pytest.mark.parametrize("use", ["AWS.S3", "new AWS.S3()", "stripe('key')", "new google.cloud()", "'x' in twilio"])
async def test_what_the_sandbox_lacks_says_so(run: Run, use: str) -> None:
    """A global that Segment documents is never silently undefined."""
    ending = (await run(f"async function onTrack() {{ return {use} }}")).ending
    assert isinstance(ending, Threw)
    assert "is there at Segment and not in the sandbox" in ending.message
