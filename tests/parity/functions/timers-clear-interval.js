// An interval that is cleared fires no more.
async function onTrack() {
  let fired = 0
  const interval = setInterval(() => {
    if (++fired === 2) clearInterval(interval)
  }, 1)
  while (fired < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, 10))
  return fired
}
