// An error in a timer that nobody catches ends the event.
async function onTrack() {
  setTimeout(() => {
    throw new ValidationError('too late')
  }, 1)
  await new Promise(() => {})
}
