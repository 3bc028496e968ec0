// The default handlers can be called.
function onTrack(event) {
  try {
    onPage({ type: 'page' })
  } catch (error) {
    return [error.name, error.message, error.constructor.name]
  }
}
