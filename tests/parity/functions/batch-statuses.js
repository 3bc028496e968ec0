// kind: destination, batch
// A batch answers for each of its events.
async function onBatch(events, settings) {
  console.log(events.length, settings.tags)
  return events.map((event, index) => (index === 0 ? { status: 200 } : { status: 400, errormessage: `no ${event.messageId}` }))
}
function onTrack() {}
