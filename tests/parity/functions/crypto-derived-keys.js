// Keys from passwords.
async function onTrack() {
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  return {
    pbkdf2: crypto.pbkdf2Sync('password', 'salt', 10, 20, 'sha512').toString('hex'),
    later: await new Promise((done) => crypto.pbkdf2('p', 's', 1, 8, 'sha1', (error, key) => done([error, key.toString('hex')]))),
    scrypt: crypto.scryptSync('password', 'salt', 16, { N: 1024 }).toString('hex'),
    hkdf: Buffer.from(crypto.hkdfSync('sha256', 'key', 'salt', 'info', 16)).toString('hex'),
    digest: failure(() => crypto.pbkdf2Sync('p', 's', 1, 8, 'nope')),
    noDigest: failure(() => crypto.pbkdf2Sync('p', 's', 1, 8)),
    randomInt: [crypto.randomInt(1), crypto.randomInt(5, 6)],
    range: failure(() => crypto.randomInt(0))
  }
}
