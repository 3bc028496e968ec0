// jsforce writes SOQL, dates and sign-in addresses by itself.
async function onTrack() {
  const oauth = { clientId: 'id', clientSecret: 's', redirectUri: 'https://hook.test/cb' }
  const connection = new jsforce.Connection({ oauth2: oauth, instanceUrl: 'https://acme.test', accessToken: 't' })
  const query = connection.sobject('Contact').find({ Name: "O'Hara", Age: { $gte: 5 } }, { Id: 1, Name: 1 }).limit(3)
  const soql = await new Promise((resolve, reject) => {
    query.toSOQL((error, text) => (error ? reject(error) : resolve(text)))
  })
  return {
    version: jsforce.VERSION,
    login: connection.oauth2.getAuthorizationUrl({ scope: 'api id', state: 'x y' }),
    date: jsforce.SfDate.toDateTimeLiteral(new Date(0)).toString(),
    base: connection._baseUrl(),
    soql
  }
}
