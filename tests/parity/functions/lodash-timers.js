// What lodash does over time.
async function onTrack() {
  let calls = 0
  const debounced = _.debounce(() => { calls += 1 }, 5)
  debounced()
  debounced()
  await new Promise((done) => setTimeout(done, 30))
  const deferred = await new Promise((done) => _.defer(done, 'deferred'))
  const once = _.once(() => 'made')
  return { calls, deferred, once: [once(), once()], memo: _.memoize((n) => n * 2)(4), now: typeof _.now() }
}
