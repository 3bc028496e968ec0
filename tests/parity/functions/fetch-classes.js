// Headers, Request and Response by themselves.
async function onTrack() {
  const message = (run) => {
    try {
      return run()
    } catch (error) {
      return `${error.name}: ${error.message}`
    }
  }
  const headers = new Headers({ b: '1', A: '2' })
  headers.append('b', '3')
  headers.set('c', 4)
  headers.delete('A')
  const request = new Request('https://api.test/x', { method: 'post', body: 'b', headers })
  const response = new Response('{"a":1}', { status: 201, statusText: 'Made', headers: { x: 'y' } })
  return {
    entries: [...headers],
    forEach: (() => { const all = []; headers.forEach((value, name) => all.push(name + value)); return all })(),
    raw: headers.raw(),
    tag: String(headers),
    copied: [...new Headers(headers)],
    fromMap: [...new Headers(new Map([['m', 'n']]))],
    badName: message(() => new Headers({ 'a b': 'c' })),
    noArgument: message(() => headers.get()),
    number: message(() => new Headers(5)),
    request: [request.method, request.url, request.redirect, request.headers.get('content-type'), await request.text()],
    copy: new Request(request, { method: 'PUT', body: 'z' }).method,
    getBody: message(() => new Request('https://api.test/', { body: 'x' })),
    response: [response.status, response.statusText, response.ok, response.url, await response.json()],
    empty: [new Response().status, await new Response().text(), new Response(null).body],
    fromBuffer: await new Response(Buffer.from('hi')).text(),
    fromSearch: new Response(new URLSearchParams('a=b')).headers.get('content-type'),
    statics: [typeof Response.error, typeof Response.redirect, typeof Response.json],
    isRedirect: [fetch.isRedirect(301), fetch.isRedirect(200), typeof fetch.Promise, typeof fetch.default]
  }
}
