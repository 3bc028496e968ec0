// kind: destination, batch
// A batch may be asked for again as a whole.
async function onBatch(events) {
  throw new RetryError(`all ${events.length}`)
}
