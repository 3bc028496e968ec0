// zlib.zlib is Node's module.
function onTrack(event) {
  const { zlib: z } = zlib
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.message, error.code, error.errno]
    }
  }
  const text = event.properties.text.repeat(20)
  return {
    deflate: z.deflateSync('something').toString('base64'),
    raw: z.deflateRawSync('something').toString('hex'),
    levels: [0, 1, 9].map((level) => z.inflateSync(z.deflateSync(text, { level })).toString() === text),
    back: [z.inflateSync(z.deflateSync(text)), z.inflateRawSync(z.deflateRawSync(text)), z.gunzipSync(z.gzipSync(text)), z.unzipSync(z.gzipSync('u'))].map(String),
    documented: z.inflateSync(Buffer.from(z.deflateSync('{"a":1}').toString('base64'), 'base64')).toString(),
    header: failure(() => z.inflateSync(Buffer.from('no zlib'))),
    cut: failure(() => z.inflateSync(z.deflateSync('something').subarray(0, 5))),
    gzip: failure(() => z.gunzipSync('not gzip')),
    input: failure(() => z.deflateSync(5)),
    constants: [z.constants.Z_BEST_COMPRESSION, z.constants.Z_SYNC_FLUSH],
    crc: typeof z.crc32
  }
}
