// A hash is a stream too.
async function onTrack() {
  return await new Promise((done, failed) => {
    const hash = crypto.createHash('sha256')
    hash.on('readable', () => {
      const data = hash.read()
      if (data) done(data.toString('hex'))
    })
    hash.on('error', failed)
    hash.write('some ')
    hash.end('data')
  })
}
