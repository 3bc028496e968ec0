// It ends the event under its own name.
async function onTrack() {
  await cache.load('key', 1000, async () => {
    throw new DropEvent('not wanted')
  })
}
