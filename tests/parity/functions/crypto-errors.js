// What crypto refuses.
function onTrack() {
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  const finished = crypto.createHash('md5').update('a')
  finished.digest()
  const finishedHmac = crypto.createHmac('md5', 'k').update('a')
  finishedHmac.digest('hex')
  return {
    algorithm: failure(() => crypto.createHash('nope')),
    noAlgorithm: failure(() => crypto.createHash()),
    number: failure(() => crypto.createHash('md5').update(5)),
    nothing: failure(() => crypto.createHash('md5').update()),
    object: failure(() => crypto.createHash('md5').update({ a: 1 })),
    nil: failure(() => crypto.createHash('md5').update(null)),
    twice: failure(() => finished.digest()),
    updated: failure(() => finished.update('b')),
    copied: failure(() => finished.copy()),
    hmacAlgorithm: failure(() => crypto.createHmac('nope', 'k')),
    hmacNoKey: failure(() => crypto.createHmac('md5')),
    hmacNil: failure(() => crypto.createHmac('md5', null)),
    hmacNumber: failure(() => crypto.createHmac('md5', 5)),
    hmacTwice: failure(() => finishedHmac.digest('hex')),
    hmacUpdated: failure(() => finishedHmac.update('x')),
    lengths: failure(() => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))),
    text: failure(() => crypto.timingSafeEqual('a', 'a')),
    size: failure(() => crypto.randomBytes(-1)),
    sizeText: failure(() => crypto.randomBytes('4')),
    encoding: failure(() => crypto.createHash('md5').update('a').digest('nope'))
  }
}
