// RetryError ends the event under its own name, and the line is that of the throw.
async function onTrack(event) {
  await null
  if (event.type === 'track') {
    throw new RetryError(`no ${event.event}`)
  }
}
