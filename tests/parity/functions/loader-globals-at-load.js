// Globals are there when module scope runs.
const headers = new Headers({ 'Content-Type': 'application/json', Authorization: `Basic ${btoa('k:')}` })
const endpoint = new URL('/json', 'https://api.test')
class Failed extends RetryError {}
async function onTrack() {
  headers.set('X-Event', '1')
  endpoint.searchParams.set('x', '1')
  const answer = await (await fetch(endpoint, { headers })).json()
  return { answer, failed: [new Failed('f').name, new Failed('f') instanceof RetryError] }
}
