// No status is an error of itself.
async function onTrack() {
  const told = []
  for (const status of [400, 429, 500, 503]) {
    const response = await fetch(`https://api.test/status/${status}`)
    told.push([response.ok, response.status, response.statusText, await response.text()])
  }
  return told
}
