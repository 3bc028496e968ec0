// The order of timers and microtasks.
async function onTrack() {
  const order = []
  const note = (what) => () => order.push(what)
  await new Promise((done) => {
    setTimeout(note('t20'), 20)
    setTimeout(note('t1'), 1)
    setTimeout(note('t0'), 0)
    setTimeout(note('t10'), 10)
    setTimeout(() => {
      order.push('with microtask')
      Promise.resolve().then(note('microtask'))
    }, 5)
    setTimeout(note('after microtask'), 5)
    clearTimeout(setTimeout(note('never'), 1))
    Promise.resolve().then(note('first microtask'))
    order.push('sync')
    setTimeout(done, 40)
  })
  return order
}
