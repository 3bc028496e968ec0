// The customary way to ask for another try.
async function onTrack() {
  let response
  try {
    response = await fetch('https://refused.test/')
  } catch (error) {
    throw new RetryError(error.message)
  }
}
