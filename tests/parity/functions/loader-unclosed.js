// The end is missing.
function onTrack(event) {
  return event
