// A handler may be synchronous, and take apart its arguments.
function onTrack({ properties: { price, ...rest }, context }, { apiKey, missing = 'default' }) {
  return { price, rest, library: context.library.name, apiKey, missing }
}
