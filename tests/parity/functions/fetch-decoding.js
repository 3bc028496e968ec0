// Bodies as text and bytes, compressed or not.
async function onTrack() {
  const get = (path, init) => fetch(`https://api.test/${path}`, init)
  const failure = (error) => [error.name, error.message, error.type, error.code, error.errno]
  const binary = await (await get('binary')).buffer()
  const view = await (await get('binary')).arrayBuffer()
  return {
    text: await (await get('text')).text(),
    latin1: await (await get('latin1')).text(),
    gzip: await (await get('gzip')).json(),
    gzipHeader: (await get('gzip')).headers.get('content-encoding'),
    deflate: await (await get('deflate')).text(),
    broken: await (await get('broken-gzip')).text().catch(failure),
    binary: [binary.length, binary.toString('hex', 250), Buffer.isBuffer(binary)],
    view: [view.byteLength, Object.prototype.toString.call(view)],
    large: (await (await get('large')).text()).length,
    limited: await (await get('large', { size: 1000 })).text().catch(failure),
    notCompressed: (await (await get('gzip', { compress: false })).buffer()).length
  }
}
