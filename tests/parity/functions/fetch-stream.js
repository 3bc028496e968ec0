// A body is a stream of Node's.
async function onTrack() {
  const response = await fetch('https://api.test/large')
  let size = 0
  for await (const chunk of response.body) size += chunk.length
  const other = await fetch('https://api.test/text')
  const text = await new Promise((done) => {
    let all = ''
    other.body.on('data', (chunk) => { all += chunk })
    other.body.on('end', () => done(all))
  })
  return { size, text, used: [response.bodyUsed, other.bodyUsed] }
}
