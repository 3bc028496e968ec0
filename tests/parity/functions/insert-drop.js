// kind: insert
// An insert function filters by an error of its own.
async function onTrack(event) {
  if (event.properties.quantity > 1) throw new DropEvent('too many')
  return event
}
