// What is refused before anything is sent.
async function onTrack() {
  const refused = async (...args) => {
    try {
      await fetch(...args)
      return 'sent'
    } catch (error) {
      return [error.name, error.message, error.type, error.code]
    }
  }
  return {
    empty: await refused(''),
    relative: await refused('/path'),
    nothing: await refused(),
    nil: await refused(null),
    object: await refused({}),
    scheme: await refused('ftp://api.test/'),
    data: await refused('data:text/plain,hi'),
    noHost: await refused('https://'),
    getBody: await refused('https://api.test/', { body: 'x' }),
    headBody: await refused('https://api.test/', { method: 'HEAD', body: 'x' }),
    headerName: await refused('https://api.test/', { headers: { 'bad name': 'x' } }),
    headerValue: await refused('https://api.test/', { headers: { name: 'a\nb' } }),
    headerUnicode: await refused('https://api.test/', { headers: { name: '☃' } }),
    headersText: await refused('https://api.test/', { headers: 'text' }),
    headersPairs: await refused('https://api.test/', { headers: [['only one']] }),
    signal: await refused('https://api.test/', { signal: {} }),
    method: await refused('https://api.test/', { method: 'BAD METHOD' })
  }
}
