"""The client of AWS, against an endpoint of our own."""

import json
from typing import Any

import pytest

from sandbox.wire import Request
from tests.runtime.conftest import FakeSender, Value, response

CREDENTIALS = "AWS.config.update({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: null });"
ASSUMED = """<AssumeRoleResponse><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s1</SecretAccessKey><SessionToken>t1</SessionToken>
<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
SENT = """<SendMessageResponse><SendMessageResult><MessageId>m1</MessageId>
<MD5OfMessageBody>9dd4e461268c8034f5c8564e155c67a6</MD5OfMessageBody></SendMessageResult></SendMessageResponse>"""
PUBLISHED = "<PublishResponse><PublishResult><MessageId>m2</MessageId></PublishResult></PublishResponse>"


def header(request: Request, name: str) -> str | None:
    """Return a header, by its name in any case."""
    return next((value for key, value in request.headers if key.lower() == name), None)


@pytest.mark.parametrize(
    ("call", "address", "answer", "expected", "sent"),
    [
        pytest.param(
            "new AWS.S3({ region: 'eu-west-1' }).getObject({ Bucket: 'acme-bucket', Key: 'a b.txt' })"
            ".promise().then((r) => r.Body.toString())",
            "https://acme-bucket.s3.eu-west-1.amazonaws.com/a%20b.txt",
            "hello",
            "hello",
            "",
            id="S3 get",
        ),
        pytest.param(
            "new AWS.STS().assumeRole({ RoleArn: 'arn:aws:iam::123456789012:role/acme', RoleSessionName: 's',"
            " ExternalId: 'external' }).promise().then((r) => r.Credentials.AccessKeyId)",
            "https://sts.amazonaws.com/",
            ASSUMED,
            "ASIA1",
            "ExternalId=external",
            id="STS",
        ),
        pytest.param(
            "new AWS.SQS({ endpoint: 'http://127.0.0.1:4566' }).sendMessage({ QueueUrl: 'http://127.0.0.1:4566/1/q',"
            " MessageBody: 'x' }).promise().then((r) => r.MessageId)",
            "http://127.0.0.1:4566/",
            SENT,
            "m1",
            "MessageBody=x",
            id="SQS",
        ),
        pytest.param(
            "new AWS.SNS({ region: 'us-east-1' }).publish({ TopicArn: 'arn:aws:sns:us-east-1:1:t', Message: 'x' })"
            ".promise().then((r) => r.MessageId)",
            "https://sns.us-east-1.amazonaws.com/",
            PUBLISHED,
            "m2",
            "Message=x",
            id="SNS",
        ),
        pytest.param(
            "new AWS.DynamoDB.DocumentClient().get({ TableName: 't', Key: { id: 1 } }).promise().then((r) => r.Item)",
            "https://dynamodb.us-west-2.amazonaws.com/",
            '{"Item":{"id":{"N":"1"},"name":{"S":"Jane"}}}',
            {"id": 1, "name": "Jane"},
            '"Key":{"id":{"N":"1"}}',
            id="DynamoDB",
        ),
        pytest.param(
            "new AWS.Lambda().invoke({ FunctionName: 'f', Payload: '{}' }).promise().then((r) => r.Payload)",
            "https://lambda.us-west-2.amazonaws.com/2015-03-31/functions/f/invocations",
            '{"done":true}',
            '{"done":true}',
            "{}",
            id="Lambda",
        ),
        pytest.param(
            "new AWS.Kinesis().putRecord({ StreamName: 's', PartitionKey: 'p', Data: Buffer.from('x') })"
            ".promise().then((r) => r.ShardId)",
            "https://kinesis.us-west-2.amazonaws.com/",
            '{"ShardId":"shard-1","SequenceNumber":"1"}',
            "shard-1",
            '"Data":"eA=="',
            id="Kinesis",
        ),
        pytest.param(
            "new AWS.Firehose().putRecord({ DeliveryStreamName: 's', Record: { Data: 'x' } })"
            ".promise().then((r) => r.RecordId)",
            "https://firehose.us-west-2.amazonaws.com/",
            '{"RecordId":"r1"}',
            "r1",
            '"Data":"eA=="',
            id="Firehose",
        ),
    ],
)
async def test_a_client_of_aws_signs_and_reads(
    value: Value, sender: FakeSender, call: str, address: str, answer: str, expected: Any, sent: str
) -> None:
    """Each call goes out signed with version 4, and its answer comes back read."""
    sender.answers[address] = response(answer)
    assert await value(f"{CREDENTIALS} return {call}") == expected
    (request,) = sender.requests
    signed = header(request, "authorization") or ""
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert sent in request.body.decode()


async def test_an_object_is_put_into_a_bucket(value: Value, sender: FakeSender) -> None:
    """Its body goes out as it is, with the checksum that S3 asks for."""
    sender.answers["https://s3.us-west-2.amazonaws.com/acme.bucket/key"] = response("", ETag='"tag"')
    body = "return new AWS.S3().upload({ Bucket: 'acme.bucket', Key: 'key', Body: 'data' }).promise()"
    assert (await value(body))["ETag"] == '"tag"'
    (request,) = sender.requests
    assert (request.method, request.body) == ("PUT", b"data")


async def test_an_error_of_aws_has_its_code(value: Value, sender: FakeSender) -> None:
    """What AWS refuses is thrown with the code of AWS and the status of the answer."""
    sender.answers["https://dynamodb.us-west-2.amazonaws.com/"] = response(
        json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "no table"}),
        400,
        "Bad Request",
    )
    body = """try { await new AWS.DynamoDB().getItem({ TableName: 't', Key: {} }).promise() }
              catch (error) { return [error.code, error.message, error.statusCode] }"""
    assert await value(body) == ["ResourceNotFoundException", "no table", 400]


async def test_without_credentials_the_environments_are_used(value: Value, sender: FakeSender) -> None:
    """As on AWS Lambda, where a role's credentials are in the environment; here they open nothing."""
    sender.answers["https://sts.amazonaws.com/"] = response("<GetCallerIdentityResponse/>")
    await value("return new AWS.STS().getCallerIdentity().promise()")
    (request,) = sender.requests
    assert "Credential=ASIASEGMENTSANDBOX00/" in (header(request, "authorization") or "")
    assert header(request, "x-amz-security-token") == "segment-sandbox"
