// What was assigned last before the end of the module scope is the handler.
function onTrack() {
  return 'declared'
}
if (typeof window === 'object') {
  onTrack = () => 'replaced'
}
