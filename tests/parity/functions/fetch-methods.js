// Methods are written in capitals, and all are sent.
async function onTrack() {
  for (const method of ['get', 'post', 'PUT', 'patch', 'delete', 'HEAD', 'options', 'PURGE']) {
    await fetch('https://api.test/echo', { method })
  }
  await fetch('https://api.test/echo', { method: 'DELETE', body: 'with a body' })
}
