// This in a timer, and a sleep.
async function onTrack() {
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
  const before = Date.now()
  await sleep(15)
  return {
    slept: Date.now() - before >= 14,
    self: await new Promise((done) => setTimeout(function () { done(this.constructor.name) }, 1))
  }
}
