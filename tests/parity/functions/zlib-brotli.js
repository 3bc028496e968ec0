// Brotli is in Node's zlib as well.
async function onTrack(event) {
  const { zlib: z } = zlib
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.message, error.code, error.errno]
    }
  }
  const text = event.properties.text.repeat(20)
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = z.constants
  const params = { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_QUALITY]: 5, [BROTLI_PARAM_LGWIN]: 16 }
  const packed = z.brotliCompressSync(text)
  const streamed = await new Promise((resolve, reject) => {
    const parts = []
    const stream = z.createBrotliDecompress()
    stream.on('data', (part) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts).toString()))
    stream.on('error', reject)
    stream.end(packed)
  })
  return {
    packed: packed.toString('hex'),
    params: z.brotliCompressSync(text, { params }).toString('hex'),
    back: z.brotliDecompressSync(packed).toString() === text,
    later: await new Promise((resolve) => z.brotliCompress('abc', (error, data) => resolve(data.toString('hex')))),
    streamed: streamed === text,
    cut: failure(() => z.brotliDecompressSync(packed.subarray(0, 8))),
    trailing: failure(() => z.brotliDecompressSync(Buffer.concat([z.brotliCompressSync('abc'), Buffer.from('more')]))),
    parameter: failure(() => z.brotliCompressSync('a', { params: { 99: 1 } })),
    value: failure(() => z.brotliCompressSync('a', { params: { 1: 'x' } })),
    crc: [z.crc32('hello'), z.crc32('lo', z.crc32('hel')), z.crc32(Buffer.from('hello'))]
  }
}
