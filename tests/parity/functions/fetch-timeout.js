// The time limit that node-fetch has and the standard has not.
async function onTrack() {
  try {
    await fetch('https://api.test/never', { timeout: 500 })
  } catch (error) {
    return [error.name, error.message, error.type, error.code]
  }
}
