// Promises show their state.
async function onTrack() {
  const rejected = Promise.reject(new RetryError('r'))
  rejected.catch(() => {})
  console.log(Promise.resolve(4), new Promise(() => {}), { p: Promise.resolve({ a: 1 }) })
  return rejected.catch(() => 'caught')
}
