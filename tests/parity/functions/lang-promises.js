// The order in which promises settle.
async function onTrack() {
  const order = []
  const note = (what) => () => order.push(what)
  const settled = await Promise.allSettled([1, Promise.reject(new Error('e')), { then: (ok) => ok(2) }])
  Promise.resolve().then(note('a')).then(note('c')).then(note('e'))
  Promise.resolve().then(note('b')).then(note('d'))
  await (async () => { await null; note('awaited')() })()
  await null
  await null
  return {
    order,
    settled: settled.map(({ status, value, reason }) => [status, value, String(reason)]),
    raced: await Promise.race([new Promise(() => {}), 'won']),
    finally: await Promise.resolve(1).finally(() => 2)
  }
}
