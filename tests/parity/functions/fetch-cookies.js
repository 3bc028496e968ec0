// Headers that come more than once.
async function onTrack() {
  const { headers } = await fetch('https://api.test/cookies')
  return {
    get: headers.get('set-cookie'),
    raw: headers.raw(),
    multi: headers.get('X-Multi'),
    keys: [...headers.keys()],
    has: [headers.has('SET-COOKIE'), headers.has('nope')],
    missing: headers.get('nope')
  }
}
