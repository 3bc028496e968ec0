// What a response has.
async function onTrack() {
  const response = await fetch('https://api.test/json')
  const copy = response.clone()
  const members = {}
  for (const key in response) members[key] = typeof response[key]
  return {
    members,
    tag: Object.prototype.toString.call(response),
    className: response.constructor.name,
    headers: [...response.headers],
    json: await response.json(),
    used: [response.bodyUsed, copy.bodyUsed],
    twice: await response.text().catch((error) => [error.name, error.message]),
    copied: await copy.text(),
    formData: typeof response.formData,
    pipe: typeof response.body.pipe
  }
}
