// An error of a request that nobody listens for ends the event.
async function onTrack() {
  https.get('https://refused.test/')
  await new Promise(() => {})
}
