// kind: insert
// Properties that are set to undefined are gone from what goes on; in lists they are null.
function onTrack(event) {
  event.properties.price = undefined
  event.context.ip = undefined
  event.properties.list[1] = undefined
  delete event.properties.quantity
  event.properties.kept = null
  return event
}
