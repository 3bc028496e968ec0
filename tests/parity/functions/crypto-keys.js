// Keys that are made, and keys as JWK.
async function onTrack() {
  const failure = (run) => {
    try {
      return run()
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  const pair = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsa = crypto.generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' }
  })
  const later = await new Promise((resolve) => {
    crypto.generateKeyPair('ed25519', (error, publicKey, privateKey) => resolve([error, publicKey, privateKey]))
  })
  const jwk = {
    kty: 'RSA', e: 'AQAB',
    n: 'kGGx9deS3Y9GjGBlVnY6sUUsUw0b9JROQeZDP9ifg-uFWBp1jbmOZA4GntJVRaTy3Ugs7Z5zKUFEqPAtk5n4opx-EnGWrGuGlmJChsRjnmh9Rufc3JCRxpOJwNX-7X35QxUfKmfqZJvW8D3tShEZeSRLn0WkZHlZMXxQgM_lpec'
  }
  const ecJwk = pair.privateKey.export({ format: 'jwk' })
  const signed = crypto.sign('sha256', 'data', rsa.privateKey)
  return {
    pair: [pair.publicKey.type, pair.privateKey.asymmetricKeyType, pair.privateKey.asymmetricKeyDetails],
    rsa: [rsa.publicKey.split('\n')[0], rsa.privateKey.split('\n')[0]],
    signed: crypto.verify('sha256', 'data', rsa.publicKey, signed),
    later: [later[0], later[1].asymmetricKeyType, later[2].type],
    pem: crypto.createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
    back: crypto.createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'jwk' }),
    ec: Object.keys(ecJwk).sort(),
    again: crypto.createPrivateKey({ key: ecJwk, format: 'jwk' }).equals(pair.privateKey),
    verified: crypto.verify('sha256', 'd', { key: pair.publicKey.export({ format: 'jwk' }), format: 'jwk' },
      crypto.sign('sha256', 'd', pair.privateKey)),
    secret: crypto.createSecretKey(Buffer.from('abc')).export({ format: 'jwk' }),
    hmac: crypto.generateKeySync('hmac', { length: 70 }).symmetricKeySize,
    aes: crypto.generateKeySync('aes', { length: 256 }).symmetricKeySize,
    errors: [
      failure(() => crypto.generateKeyPairSync('foo')),
      failure(() => crypto.generateKeyPairSync('rsa')),
      failure(() => crypto.generateKeyPairSync('rsa', {})),
      failure(() => crypto.generateKeyPairSync('ec', {})),
      failure(() => crypto.generateKeyPairSync('ec', { namedCurve: 'none' })),
      failure(() => crypto.generateKeySync('hmac', { length: 4 })),
      failure(() => crypto.generateKeySync('aes', { length: 100 })),
      failure(() => crypto.generateKeySync('other', { length: 128 })),
      failure(() => crypto.createPublicKey({ key: { kty: 'RSA', n: 'x' }, format: 'jwk' })),
      failure(() => crypto.createPublicKey({ key: { kty: 'ZZ' }, format: 'jwk' })),
      failure(() => crypto.createPublicKey({ key: 'x', format: 'jwk' }))
    ]
  }
}
