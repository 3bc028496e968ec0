// Values are kept as they are, for as long as was said.
async function onTrack() {
  let loads = 0
  const load = async () => ({ load: ++loads })
  const first = await cache.load('key', 60_000, load)
  const second = await cache.load('key', 60_000, load)
  const forever = [await cache.load('forever', load), await cache.load('forever', -1, load)]
  const brief = await cache.load('brief', 5, load)
  await new Promise((done) => setTimeout(done, 25))
  const again = await cache.load('brief', 5, load)
  const deleted = cache.delete('key')
  const third = await cache.load('key', 60_000, load)
  return { same: first === second, first, forever, brief, again, deleted, third, loads, then: typeof cache.load('key', 1, load).then }
}
