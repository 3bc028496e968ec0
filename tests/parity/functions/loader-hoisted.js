// A handler that is declared counts, even behind a top-level return.
console.log(typeof onTrack, typeof onIdentify)
return
async function onTrack(event, settings) {
  return { event: event.event, key: settings.apiKey, args: arguments.length }
}
