// kind: destination
// onBatch is a name of destination functions.
function onBatch() {}
async function onTrack() {
  return typeof onBatch
}
