// A pause that nobody awaits is none; what it would have done does not happen.
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
async function onTrack() {
  sleep(60000).then(() => console.log('late'))
  console.log('done')
}
