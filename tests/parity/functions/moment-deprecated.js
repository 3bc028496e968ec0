// A date in no standard form warns on the console.
function onTrack() {
  return moment('March 5 2026 10:00').isValid()
}
