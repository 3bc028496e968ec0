// A status that asks for another try.
async function onTrack() {
  const response = await fetch('https://api.test/status/429')
  if (response.status >= 500 || response.status === 429) {
    throw new RetryError(`HTTP Status ${response.status}`)
  }
}
