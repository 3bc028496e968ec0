// A rejection that nobody handles ends the event in Node.
async function onTrack() {
  Promise.reject(new Error('nobody looks'))
  await new Promise((done) => setTimeout(done, 20))
  return 'reached'
}
