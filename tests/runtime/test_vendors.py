"""The vendors' clients that Segment gives to functions, each used as its users do."""

from typing import Any

import pytest

from sandbox.runtime.packages import GLOBALS
from tests.runtime.conftest import FakeSender, Run, Value, response


@pytest.mark.parametrize(
    ("call", "address", "answer", "expected", "sent"),
    [
        pytest.param(
            "(await stripe('sk_test_1').customers.create({ email: 'a@b.test' })).id",
            "https://api.stripe.com/v1/customers",
            '{"id":"cus_1","object":"customer"}',
            "cus_1",
            "email=a%40b.test",
            id="stripe",
        ),
        pytest.param(
            "(await twilio('AC1', 'token').messages.create({ body: 'hi', from: '+1', to: '+2' })).sid",
            "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
            '{"sid":"SM1"}',
            "SM1",
            "Body=hi",
            id="twilio",
        ),
        pytest.param(
            "(sendgrid.mail.setApiKey('SG.x'), (await sendgrid.mail.send({ to: 'a@b.test', from: 'c@d.test',"
            " subject: 's', text: 't' }))[0].statusCode)",
            "https://api.sendgrid.com/v3/mail/send",
            "",
            200,
            '"subject":"s"',
            id="sendgrid.mail",
        ),
        pytest.param(
            "(await sendgrid.client.request({ method: 'POST', url: '/v3/x', body: { a: 1 } }))[1]",
            "https://api.sendgrid.com/v3/x",
            '{"ok":true}',
            {"ok": True},
            '{"a":1}',
            id="sendgrid.client",
        ),
        pytest.param(
            "(mailchimplib.mailchimp.setConfig({ apiKey: 'k', server: 'us1' }),"
            " await mailchimplib.mailchimp.lists.addListMember('l', { email_address: 'a@b.test' }))",
            "https://us1.api.mailchimp.com/3.0/lists/l/members",
            '{"id":"1"}',
            {"id": "1"},
            '"email_address":"a@b.test"',
            id="mailchimp",
        ),
        pytest.param(
            "(await nodemailjet.nodemailjet.apiConnect('a', 'b').post('send', { version: 'v3.1' })"
            ".request({ Messages: [] })).body",
            "https://api.mailjet.com/v3.1/send",
            '{"ok":true}',
            {"ok": True},
            '{"Messages":[]}',
            id="mailjet",
        ),
        pytest.param(
            "await new jsforce.Connection({ instanceUrl: 'https://acme.my.salesforce.test', accessToken: 't' })"
            ".sobject('Account').create({ Name: 'x' })",
            "https://acme.my.salesforce.test/services/data/v42.0/sobjects/Account",
            '{"id":"001","success":true}',
            {"id": "001", "success": True},
            '{"Name":"x"}',
            id="jsforce",
        ),
        pytest.param(
            "(await fetchretrylib.fetchretry(fetch)('https://api.test/', { method: 'POST', body: 'x' })).status",
            "https://api.test/",
            "",
            200,
            "x",
            id="fetch-retry",
        ),
    ],
)
async def test_a_vendors_client_calls_its_vendor(
    value: Value, sender: FakeSender, call: str, address: str, answer: str, expected: Any, sent: str
) -> None:
    """Its request goes out like any other of the function, and the answer comes back as its package reads it."""
    sender.answers[address] = response(answer, Content_Type="application/json")
    assert await value(f"return {call}") == expected
    assert sent in sender.requests[-1].body.decode()


async def test_hubspots_client_creates_a_contact(value: Value, sender: FakeSender) -> None:
    """HubSpot answers 201, and its client takes nothing else for a creation."""
    contact = '{"id":"5","properties":{},"createdAt":"2020-01-01T00:00:00Z","updatedAt":"2020-01-01T00:00:00Z"}'
    address = "https://api.hubapi.com/crm/v3/objects/contacts"
    sender.answers[address] = response(contact, 201, "Created", Content_Type="application/json")
    body = """const client = new hubspotlib.hubspot.Client({ accessToken: 't' });
              return (await client.crm.contacts.basicApi.create({ properties: { email: 'a@b.test' } })).id"""
    assert await value(body) == "5"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("AWS.VERSION", "2.488.0", id="aws-sdk"),
        pytest.param("stripe.PACKAGE_VERSION", "8.115.0", id="stripe"),
        pytest.param("winstonlib.winston.version", "2.4.6", id="winston"),
        pytest.param("jsforce.VERSION", "1.11.0", id="jsforce"),
        pytest.param(
            "libphonenumberjslib.libphonenumberjs.parsePhoneNumber('+12133734253').formatNational()",
            "(213) 373-4253",
            id="libphonenumber-js",
        ),
        pytest.param(
            "typeof skyflowlib.skyflow.Skyflow.init({ vaultID: 'v', vaultURL: 'https://v.test',"
            " getBearerToken: async () => 't' }).insert",
            "function",
            id="skyflow",
        ),
    ],
)
async def test_a_package_has_the_documented_version(value: Value, expression: str, expected: str) -> None:
    """Packages that tell their version, and some that only calculate, do as at Segment."""
    assert await value(f"return {expression}") == expected


async def test_winston_writes_to_the_console(run: Run) -> None:
    """Its lines are among the function's own."""
    source = """function onTrack() {
      const { Logger, transports } = winstonlib.winston;
      new Logger({ transports: [new transports.Console()] }).info('100 %s', 'done');
    }"""
    assert [line.text for line in (await run(source)).logs] == ["info: 100 done"]


@pytest.mark.parametrize("name", sorted(GLOBALS))
async def test_every_packaged_global_is_there(value: Value, name: str) -> None:
    """Each global that is a package can be used as soon as the code names it."""
    assert await value(f"return [typeof {name}, {name} === window.{name}]") == [
        await value(f"return typeof {name}"),
        True,
    ]
    assert await value(f"return {name} !== undefined && {name} !== null")


async def test_libraries_see_no_window(value: Value) -> None:
    """A library takes the runtime for Node, not for a browser, although partner code sees `window`."""
    assert await value("return [typeof window, typeof new jsforce.Connection().request]") == ["object", "function"]
