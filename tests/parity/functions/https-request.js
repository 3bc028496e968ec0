// The https module, as Node has it.
async function onTrack() {
  const ask = (options, body) => new Promise((done, failed) => {
    const request = https.request(options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => { text += chunk })
      response.on('end', () => done([response.statusCode, response.statusMessage, response.headers, response.rawHeaders, text]))
    })
    request.on('error', failed)
    if (body) request.write(body)
    request.end()
  })
  const posted = await ask({ hostname: 'api.test', path: '/echo', method: 'POST', headers: { 'Content-Type': 'text/plain', 'Content-Length': 2 } }, 'hi')
  const got = await ask('https://api.test/json')
  const other = await ask(new URL('https://api.test:8443/json'))
  const failed = await ask('https://refused.test/').catch((error) => [error.name, error.message, error.code])
  const simple = await new Promise((done) => https.get('https://api.test/status/503', (response) => { response.resume(); done(response.statusCode) }))
  return { posted, got, other, failed, simple, agent: typeof https.Agent, global: typeof https.globalAgent }
}
