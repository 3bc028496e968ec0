// Digests.
function onTrack(event) {
  const text = event.properties.text
  const digest = (name, encoding = 'hex') => crypto.createHash(name).update(text).digest(encoding)
  const copied = crypto.createHash('sha1').update('a')
  const copy = copied.copy()
  return {
    all: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'SHA256', 'RSA-SHA1', 'sha512-256', 'sha3-256', 'ripemd160'].map((name) => digest(name)),
    encodings: ['base64', 'base64url', 'latin1', 'binary'].map((encoding) => digest('md5', encoding)),
    buffer: Buffer.isBuffer(crypto.createHash('md5').update('x').digest()),
    parts: crypto.createHash('sha256').update('a').update(Buffer.from('b')).update(new Uint8Array([99])).digest('hex'),
    input: crypto.createHash('md5').update('6162', 'hex').digest('hex'),
    empty: crypto.createHash('sha1').digest('hex'),
    copied: [copied.update('b').digest('hex'), copy.update('c').digest('hex')],
    large: crypto.createHash('sha1').update('x'.repeat(600_000)).digest('hex'),
    chained: crypto.createHmac('sha256', 'key').update('data').digest('hex'),
    hmacs: ['md5', 'sha1', 'sha256', 'sha512'].map((name) => crypto.createHmac(name, Buffer.from('key')).update(text).digest('base64')),
    emptyKey: crypto.createHmac('sha1', '').update('').digest('hex'),
    longKey: crypto.createHmac('sha256', 'k'.repeat(200)).update('d').digest('hex')
  }
}
