// Even nothing.
function onTrack() {
  throw undefined
}
