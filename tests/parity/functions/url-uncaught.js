// An address that cannot be parsed ends the event.
function onTrack(event) {
  return new URL(event.properties.text)
}
