// With callbacks, and as documented by overwriting the global.
zlib = zlib.zlib
async function onTrack() {
  const called = (name, input) => new Promise((done) => zlib[name](input, (error, result) => done(error ? [error.code, error.message] : result.toString('hex'))))
  const deflated = await called('deflate', 'text')
  return {
    deflated,
    inflated: await called('inflate', Buffer.from(deflated, 'hex')),
    failed: await called('gunzip', Buffer.from('no')),
    unzipped: await called('unzip', zlib.gzipSync('x'))
  }
}
