// A request made beforehand.
async function onTrack() {
  const request = new Request('https://api.test/echo', { method: 'PATCH', body: '{"a":1}', headers: { 'Content-Type': 'application/json' } })
  await fetch(request)
  await fetch(new Request('https://api.test/echo'), { method: 'PUT', body: 'x' })
  return request.bodyUsed
}
