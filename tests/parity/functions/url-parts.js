// Addresses taken apart and put together.
function onTrack(event) {
  const told = (...args) => {
    const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = new URL(...args)
    return { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash }
  }
  const url = new URL('/p/ä?x=1#h', 'https://api.example.com:8443/base')
  url.searchParams.append('q', event.properties.text)
  url.searchParams.set('x', 'a b&c')
  url.pathname = '/new path'
  url.hash = ''
  url.port = '443'
  url.protocol = 'http'
  url.host = 'other.test:81'
  url.username = 'me@'
  return {
    full: told('HTTPS://User:P%40ss@EXAMPLE.com:443/a/../b/./c?x=1&y=%20#frag ment'),
    relative: told('../up?z', 'https://a.test/b/c/d'),
    idn: told('http://münchen.de/straße'),
    ipv6: told('http://[::1]:80/'),
    ipv4: told('http://0x7f.1/'),
    other: told('mailto:me@a.test'),
    data: told('data:text/plain,hi'),
    file: told('file:///C:/x'),
    spaces: told('  https://a.test/ \n'),
    special: told('https://a.test/?q=\'"<>{}|^`'),
    changed: url.href,
    text: `${url}`,
    json: JSON.stringify({ url }),
    tag: Object.prototype.toString.call(url),
    canParse: [URL.canParse('https://a'), URL.canParse('x')]
  }
}
