// Addresses, however they are given.
async function onTrack() {
  const hosts = ['https://api.test/', 'https://api.test', 'https://API.test/json', 'http://api.test/json', 'https://api.test:443/json', 'https://api.test:8443/json']
  for (const host of hosts) await fetch(host)
  await fetch(new URL('/json', 'https://api.test/'))
  await fetch({ href: 'https://api.test/json' })
  await fetch('https://api.test/path with spaces?q=é')
  await fetch('https://api.test/json#fragment')
  await fetch('https://user:p%40ss@api.test/json')
  await fetch('https://user@api.test/json', { headers: { Authorization: 'Bearer own' } })
  await fetch('  https://api.test/json  ')
  return (await fetch('https://api.test/json?x=1')).url
}
