// kind: source
// Messages of a run that fails are not sent.
async function onRequest() {
  Segment.track({ event: 'Lost', userId: 'u' })
  await null
  throw new ValidationError('no such hook')
}
