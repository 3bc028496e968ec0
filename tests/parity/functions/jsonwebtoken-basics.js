// jsonwebtoken, with shared secrets.
function onTrack() {
  const failure = (run) => {
    try {
      return run()
    } catch (error) {
      return [error.name, error.message, error.expiredAt]
    }
  }
  const token = jsonwebtoken.sign({ sub: 'u', iat: 1 }, 'secret')
  return {
    token,
    algorithms: ['HS384', 'HS512', 'none'].map((algorithm) => jsonwebtoken.sign({ a: 1, iat: 1 }, algorithm === 'none' ? '' : 's', { algorithm })),
    options: jsonwebtoken.sign({ iat: 1 }, 's', { expiresIn: '2h', issuer: 'me', audience: 'you', keyid: 'k', header: { x: 1 } }),
    verified: jsonwebtoken.verify(token, 'secret'),
    decoded: jsonwebtoken.decode(token, { complete: true }),
    wrong: failure(() => jsonwebtoken.verify(token, 'other')),
    expired: failure(() => jsonwebtoken.verify(jsonwebtoken.sign({ exp: 1 }, 'k'), 'k')),
    malformed: failure(() => jsonwebtoken.verify('no token', 'k')),
    noSecret: failure(() => jsonwebtoken.sign({ a: 1 })),
    payload: failure(() => jsonwebtoken.sign({ a: 1 }, 's', { expiresIn: 'soon?' })),
    nothing: jsonwebtoken.decode('x')
  }
}
