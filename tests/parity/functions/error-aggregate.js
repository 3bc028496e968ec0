// Promise.any tells all that went wrong.
async function onTrack() {
  try {
    await Promise.any([Promise.reject(new Error('a')), Promise.reject(new RetryError('b'))])
  } catch (error) {
    return [error.name, error.message, error.errors.map(String)]
  }
}
