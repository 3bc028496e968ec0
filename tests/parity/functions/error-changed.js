// Name and message may be changed after the fact; a stack may be gone.
function onTrack() {
  const error = new Error('first')
  error.name = 'Renamed'
  error.message = 'changed'
  error.retryable = true
  throw error
}
