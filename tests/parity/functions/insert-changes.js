// kind: insert
// Or returns what goes on.
async function onTrack(event) {
  event.properties = _.mapKeys(event.properties, (value, key) => _.camelCase(key))
  return { ...event, context: { ...event.context, enriched: true } }
}
