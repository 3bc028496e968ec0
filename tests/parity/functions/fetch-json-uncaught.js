// The customary mistake: an error page read as JSON.
async function onTrack() {
  const response = await fetch('https://api.test/html')
  const body = await response.json()
  return body.ok
}
