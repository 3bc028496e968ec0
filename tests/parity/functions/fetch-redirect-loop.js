// Twenty redirects are the most.
async function onTrack() {
  await fetch('https://api.test/loop')
}
