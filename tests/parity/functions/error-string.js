// Anything can be thrown.
function onTrack() {
  throw 'just text'
}
