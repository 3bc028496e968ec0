// The event is the handler's own to change.
function onTrack(event) {
  delete event.messageId
  event.properties.added = true
  event.properties.list.sort()
  return event
}
