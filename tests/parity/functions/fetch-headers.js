// The headers that node-fetch sends of itself, and what becomes of the function's.
async function onTrack() {
  await fetch('https://api.test/json')
  await fetch('https://api.test/json', { headers: { 'X-Own': 'b', Authorization: `Basic ${btoa('a:b')}` } })
  await fetch('https://api.test/json', { headers: { accept: 'text/plain', 'USER-AGENT': 'me', 'x-a': '1', 'X-A': '2' } })
  await fetch('https://api.test/json', { headers: { number: 1, nothing: null, missing: undefined, list: ['a', 'b'] } })
  await fetch('https://api.test/json', { headers: [['x-one', '1'], ['x-one', '2'], ['x-two', '3']] })
  await fetch('https://api.test/json', { headers: new Headers({ 'Content-Type': 'application/json', b: 'c' }) })
  await fetch('https://api.test/json', { compress: false })
  await fetch('https://api.test/json', { headers: { Host: 'other.test', Connection: 'keep-alive' } })
}
