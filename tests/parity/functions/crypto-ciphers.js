// Ciphers.
function onTrack(event) {
  const text = event.properties.text
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  const encrypt = (name, key, iv) => {
    const cipher = crypto.createCipheriv(name, Buffer.alloc(key, 1), Buffer.alloc(iv, 2))
    return cipher.update(text, 'utf8', 'hex') + cipher.final('hex')
  }
  const decipher = crypto.createDecipheriv('aes-256-cbc', Buffer.alloc(32, 1), Buffer.alloc(16, 2))
  const gcm = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32, 1), Buffer.alloc(12, 2))
  gcm.setAAD(Buffer.from('aad'))
  const sealed = gcm.update(text, 'utf8', 'hex') + gcm.final('hex')
  const tag = gcm.getAuthTag()
  const open = (authTag) => {
    const opened = crypto.createDecipheriv('aes-256-gcm', Buffer.alloc(32, 1), Buffer.alloc(12, 2))
    opened.setAAD(Buffer.from('aad'))
    opened.setAuthTag(authTag)
    return opened.update(sealed, 'hex', 'utf8') + opened.final('utf8')
  }
  return {
    cbc: [encrypt('aes-128-cbc', 16, 16), encrypt('aes-256-cbc', 32, 16), encrypt('AES-192-CBC', 24, 16)],
    ecb: encrypt('aes-128-ecb', 16, 0),
    ctr: encrypt('aes-256-ctr', 32, 16),
    decrypted: decipher.update(encrypt('aes-256-cbc', 32, 16), 'hex', 'utf8') + decipher.final('utf8'),
    gcm: [sealed, tag.toString('hex'), open(tag)],
    forged: failure(() => open(Buffer.alloc(16))),
    parts: (() => { const c = crypto.createCipheriv('aes-128-cbc', '0'.repeat(16), '1'.repeat(16)); return [c.update('a', 'utf8', 'base64'), c.update('b'.repeat(20), 'utf8', 'base64'), c.final('base64')] })(),
    unpadded: failure(() => { const c = crypto.createCipheriv('aes-128-cbc', '0'.repeat(16), '1'.repeat(16)); c.setAutoPadding(false); c.update('short'); return c.final('hex') }),
    unknown: failure(() => crypto.createCipheriv('nope', 'k', 'i')),
    key: failure(() => crypto.createCipheriv('aes-256-cbc', 'short', Buffer.alloc(16))),
    iv: failure(() => crypto.createCipheriv('aes-256-cbc', Buffer.alloc(32), 'short')),
    padding: failure(() => { const d = crypto.createDecipheriv('aes-128-cbc', '0'.repeat(16), '1'.repeat(16)); d.update('00'.repeat(16), 'hex'); return d.final() }),
    length: failure(() => { const d = crypto.createDecipheriv('aes-128-cbc', '0'.repeat(16), '1'.repeat(16)); d.update('0011', 'hex'); return d.final() }),
    old: [typeof crypto.createCipher, typeof crypto.getCiphers]
  }
}
