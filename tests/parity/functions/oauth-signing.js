// The oauth package.
async function onTrack() {
  const client = new OAuth.OAuth2('id', 'secret', 'https://api.test', null, '/token', { 'X-Own': '1' })
  const signer = new OAuth.OAuth('https://api.test/r', 'https://api.test/a', 'key', 'secret', '1.0', null, 'HMAC-SHA1')
  signer._getTimestamp = () => 1_700_000_000
  signer._getNonce = () => 'nonce'
  const header = signer.authHeader('https://api.test/json?x=1', 'token', 'token secret', 'GET')
  const token = await new Promise((done) => client.getOAuthAccessToken('code', { grant_type: 'authorization_code' }, (error, ...found) => done([error, ...found])))
  return { keys: Object.keys(OAuth).sort(), header, token, url: client.getAuthorizeUrl({ redirect_uri: 'https://a.test/' }) }
}
