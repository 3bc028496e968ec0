// A network error that nobody catches ends the event as FetchError.
async function onTrack() {
  const before = 1

  const response = await fetch('https://refused.test/')
  return response.status + before
}
