// FormData is the npm class, a stream of Node's.
async function onTrack() {
  const form = new FormData()
  form.append('name', 'value ü')
  form.append('count', 3)
  form.append('file', Buffer.from('content'), { filename: 'a.txt', contentType: 'text/plain' })
  form.append('raw', Buffer.from([0, 255]))
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.message]
    }
  }
  await fetch('https://api.test/echo', { method: 'POST', body: form })
  const again = new FormData()
  again.append('a', 'b')
  await fetch('https://api.test/echo', { method: 'PUT', body: again, headers: { ...again.getHeaders(), 'X-Own': '1' } })
  return {
    text: String(form),
    type: again.getHeaders()['content-type'].replace(/-+\d+/, 'BOUNDARY'),
    length: again.getLengthSync(),
    methods: ['append', 'getHeaders', 'getBoundary', 'getLengthSync', 'pipe', 'submit', 'get', 'set'].map((name) => typeof form[name]),
    object: failure(() => form.append('object', { a: 1 })),
    list: failure(() => form.append('list', [1]))
  }
}
