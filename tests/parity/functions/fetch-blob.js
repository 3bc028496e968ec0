// Blobs as node-fetch has them.
async function onTrack() {
  const blob = await (await fetch('https://api.test/text')).blob()
  return [blob.size, blob.type, await blob.text(), blob.constructor.name, Object.prototype.toString.call(blob)]
}
