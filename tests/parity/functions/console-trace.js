// A trace names the place.
function onTrack() {
  console.trace('here', 1)
  console.trace()
}
