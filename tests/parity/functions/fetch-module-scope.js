// A request that module scope begins is there for the handler.
console.log('cold start')
const begun = fetch('https://api.test/json').then((response) => response.text())
async function onTrack() {
  console.log('first event')
  return await begun
}
