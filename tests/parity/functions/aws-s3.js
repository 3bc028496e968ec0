// S3 by the client of aws-sdk 2, signed at a fixed time.
async function onTrack() {
  const config = { region: 'eu-west-1', accessKeyId: 'AKID', secretAccessKey: 'secret', maxRetries: 0 }
  const s3 = new AWS.S3(config)
  const failure = (error) => [error.name, error.code, error.message, error.statusCode]
  return {
    url: s3.getSignedUrl('getObject', { Bucket: 'bucket', Key: 'a b/c.txt', Expires: 60 }).replace(/(Expires|Signature|X-Amz-Date|X-Amz-Signature|X-Amz-Credential)=[^&]+/g, '$1=*'),
    put: await s3.putObject({ Bucket: 'bucket', Key: 'k', Body: 'data' }).promise().catch(failure),
    missing: await s3.getObject({ Bucket: 'bucket' }).promise().catch(failure),
    credentials: new AWS.Credentials('a', 'b').accessKeyId,
    config: new AWS.Config(config).region,
    services: ['S3', 'STS', 'SQS', 'SNS', 'DynamoDB', 'Lambda', 'Kinesis', 'Firehose'].map((name) => typeof AWS[name])
  }
}
