// Every sort of body, with the content type that comes with it.
async function onTrack(event) {
  const post = (body, headers) => fetch('https://api.test/echo', { method: 'POST', body, headers })
  await post(JSON.stringify(event), { 'Content-Type': 'application/json' })
  await post('plain ☃')
  await post('')
  await post(null)
  await post(undefined)
  await post(new URLSearchParams({ a: '1 2', b: 'ü&' }))
  await post(Buffer.from([0, 255, 10]))
  await post(new Uint8Array([1, 2, 3]))
  await post(new Uint8Array([1, 2, 3]).buffer)
  await post(new DataView(new ArrayBuffer(2)))
  await post({ not: 'stringified' })
  await post([1, 2])
  await post(12)
  await post(true)
  await post(new Date(0), { 'content-type': 'text/x' })
}
