"""Globals that are npm packages, put to real use."""

from typing import Any

import pytest

PARSED = {"order": {"$": {"id": "7"}, "item": ["a", "b"]}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "return uuidv5.uuidv5('dns', 'google.com')", "64ee70a4-8cc1-5d25-abf2-dea6c79a09c8", id="uuidv5 of a name"
        ),
        pytest.param(
            "return uuidv5.uuidv5('url', 'http://google/com/page')",
            "a4178eb5-582a-584f-add9-e5bbb9b0b27a",
            id="uuidv5 of an address",
        ),
        pytest.param(
            "return uuidv5.uuidv5('null', 'postman')", "72e926cb-5be5-54ef-a632-c38fad829f55", id="uuidv5 of null"
        ),
        pytest.param(
            "return uuidv5.uuidv5('null', 'postman', true).toString('hex')",
            "72e926cb5be554efa632c38fad829f55",
            id="uuidv5 as a Buffer",
        ),
        pytest.param(
            "uuidv5 = uuidv5.uuidv5; return uuidv5('null', 'postman')",
            "72e926cb-5be5-54ef-a632-c38fad829f55",
            id="uuidv5 taken out of its object",
        ),
        pytest.param(
            "return xml([{ order: [{ _attr: { id: 7 } }, { item: 'a & b' }] }])",
            '<order id="7"><item>a &amp; b</item></order>',
            id="xml",
        ),
        pytest.param(
            "return xml2js.parseStringPromise('<order id=\"7\"><item>a</item><item>b</item></order>')",
            PARSED,
            id="xml2js as a promise",
        ),
        pytest.param(
            "let seen; xml2js.parseString('<a>1</a>', { explicitArray: false }, (e, r) => { seen = r }); return seen",
            {"a": "1"},
            id="xml2js with a callback",
        ),
        pytest.param(
            "return await new Promise((d) => xml2js.parseString('<a>1</a>', { async: true }, (e, r) => d(r)))",
            {"a": "1"},
            id="xml2js bit by bit",
        ),
        pytest.param(
            "const options = { headless: true, renderOpts: { pretty: false } };"
            "return new xml2js.Builder(options).buildObject({ a: { b: 'ü' } })",
            "<a><b>ü</b></a>",
            id="xml2js builds",
        ),
        pytest.param(
            "return jsonwebtoken.sign({ a: 1, iat: 1 }, 'secret')",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxLCJpYXQiOjF9.r7jTYUvXphcjE8hZ74-bK2pBJUcvpSTPVzns-BRb7_I",
            id="jsonwebtoken signs",
        ),
        pytest.param(
            "return jsonwebtoken.verify(jsonwebtoken.sign({ a: 1, iat: 1 }, 'secret'), 'secret')",
            {"a": 1, "iat": 1},
            id="jsonwebtoken verifies",
        ),
        pytest.param(
            "const token = jsonwebtoken.sign({ exp: 1 }, 'k');"
            "try { jsonwebtoken.verify(token, 'k') } catch (e) { return [e.name, e.message] }",
            ["TokenExpiredError", "jwt expired"],
            id="jsonwebtoken refuses what is expired",
        ),
        pytest.param("return Object.keys(OAuth)", ["OAuth", "OAuthEcho", "OAuth2"], id="OAuth is an object"),
        pytest.param(
            "const o = new OAuth.OAuth('', '', 'key', 'secret', '1.0', null, 'HMAC-SHA1');"
            "o._getNonce = () => 'nonce'; o._getTimestamp = () => 1;"
            "return o.authHeader('https://api.test/1?b=2', 'token', 'tokenSecret', 'GET')",
            'OAuth oauth_consumer_key="key",oauth_nonce="nonce",oauth_signature_method="HMAC-SHA1",'
            'oauth_timestamp="1",oauth_token="token",oauth_version="1.0",'
            'oauth_signature="C8j2SKKtoBn7WJ3OiYMmCQgmaRc%3D"',
            id="OAuth signs",
        ),
        pytest.param(
            "return new FormData().getHeaders()['content-type'].split('--')[0]",
            "multipart/form-data; boundary=",
            id="FormData",
        ),
    ],
)
async def test_a_package_works_as_in_segment(value: Any, body: str, expected: object) -> None:
    """Each piece of code returns what Node 20 with the documented package gives it."""
    assert await value(body) == expected


async def test_https_asks_like_any_request(value: Any, sender: Any, response: Any) -> None:
    """Node's module is a global, and its requests go the way of all others."""
    sender.answers["https://api.test/items?page=2"] = response('{"a":1}', 201)
    body = """return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers: { 'X-Key': 'k' } };
      const request = https.request('https://api.test/items?page=2', options, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part) => { text += part; });
        answer.on('end', () => resolve([answer.statusCode, text]));
      });
      request.on('error', reject);
      request.end('body');
    })"""
    assert await value(body) == [201, '{"a":1}']
    assert sender.requests[-1].body == b"body"


async def test_a_form_is_a_body_for_fetch(value: Any, sender: Any, response: Any) -> None:
    """It goes out as multipart with its boundary, text and files in their order."""
    sender.answers["https://api.test/upload"] = response("ok")
    boundary = await value(
        "const form = new FormData(); form.append('name', 'Jané');"
        "form.append('file', Buffer.from('a,b'), { filename: 'list.csv', contentType: 'text/csv' });"
        "await fetch('https://api.test/upload', { method: 'POST', body: form }); return form.getBoundary()"
    )
    request = sender.requests[-1]
    headers = {name.lower(): text for name, text in request.headers}
    assert headers["content-type"] == f"multipart/form-data;boundary={boundary}"
    assert request.body.decode() == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\nJané\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\na,b\r\n--{boundary}--\r\n"
    )


async def test_oauth_asks_for_a_token(value: Any, sender: Any, response: Any) -> None:
    """OAuth 2 posts to the token's address and hands the answer to its callback."""
    sender.answers["https://auth.test/oauth/access_token"] = response('{"access_token":"t","expires_in":60}')
    token = await value(
        "const client = new OAuth.OAuth2('id', 'secret', 'https://auth.test');"
        "return new Promise((done, fail) => client.getOAuthAccessToken('', { grant_type: 'client_credentials' },"
        " (error, token, refresh, all) => error ? fail(error) : done([token, all.expires_in])))"
    )
    assert token == ["t", 60]
    assert sender.requests[-1].body == b"grant_type=client_credentials&client_id=id&client_secret=secret&code="
