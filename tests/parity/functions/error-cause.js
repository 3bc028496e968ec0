// A cause stays with its error.
function onTrack() {
  try {
    throw new TypeError('first')
  } catch (cause) {
    const error = new RetryError('second')
    error.cause = cause.message
    throw error
  }
}
