// Iteration, synchronous and not.
async function onTrack() {
  function* count(to) {
    for (let n = 0; n < to; n++) if ((yield n) === 'stop') return 'stopped'
  }
  async function* slowly(to) {
    for (const n of count(to)) yield await n
  }
  const seen = []
  for await (const n of slowly(3)) seen.push(n)
  const iterator = count(9)
  iterator.next()
  return { seen, stopped: iterator.next('stop'), helpers: typeof count(1).map, destructured: (([a, , b]) => a + b)(count(4)) }
}
