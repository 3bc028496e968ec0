// Intervals run until they are cleared, by whatever function.
async function onTrack() {
  const seen = []
  await new Promise((done) => {
    const timer = setInterval((word) => {
      seen.push(word)
      if (seen.length === 3) {
        clearTimeout(timer)
        setTimeout(done, 10)
      }
    }, 2, 'tick')
  })
  return seen
}
