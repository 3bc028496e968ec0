// kind: source
// What a request has.
async function onRequest(request, settings) {
  const body = request.json()
  body.changed = true
  return {
    body: await request.json(),
    same: request.json() === body,
    text: request.text(),
    type: request.headers.get('content-type'),
    twice: request.headers.get('x-twice'),
    missing: request.headers.get('nope'),
    all: [...request.headers],
    url: request.url.href,
    token: request.url.searchParams.get('b'),
    name: request.url.searchParams.get('name'),
    path: request.url.pathname,
    key: settings.apiKey
  }
}
