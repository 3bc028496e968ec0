// Text to bytes and back.
function onTrack(event) {
  const text = event.properties.text
  const encodings = ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'utf16le', 'ucs2', 'UTF-8', 'HEX']
  const odd = Buffer.from([0xff, 0x61, 0xc3, 0, 0xf0, 0x9f, 0x98])
  return {
    written: Object.fromEntries(encodings.map((encoding) => [encoding, Buffer.from(text).toString(encoding)])),
    read: Object.fromEntries(encodings.map((encoding) => [encoding, Buffer.from('aGk_-é7a', encoding).toString('hex')])),
    odd: odd.toString(),
    lenient: [Buffer.from('zz', 'hex').length, Buffer.from('abc', 'hex').length, Buffer.from('a b=c', 'base64').toString('hex')],
    surrogate: Buffer.from('\ud800x').toString('hex'),
    lengths: [Buffer.byteLength('☃'), Buffer.byteLength('6162', 'hex'), Buffer.byteLength('YQ==', 'base64')],
    known: ['utf8', 'base64url', 'nope', 'UTF8', ''].map((name) => Buffer.isEncoding(name)),
    part: Buffer.from('hello').toString('utf8', 1, 3),
    asText: String(Buffer.from('hi')) + Buffer.from('!'),
    json: JSON.stringify(Buffer.from('ab')),
    fromJson: Buffer.from(JSON.parse(JSON.stringify(Buffer.from('ab')))).toString()
  }
}
