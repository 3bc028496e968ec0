// What a loader throws comes through with its class, and nothing is kept.
async function onTrack() {
  const failed = await cache.load('key', 1000, async () => {
    throw new RetryError('not now')
  }).catch((error) => [error.name, error.message, error instanceof RetryError])
  const then = await cache.load('key', 1000, () => 'plain value')
  const nothing = [await cache.load('undefined', 1000, () => undefined), await cache.load('undefined', 1000, () => 'loaded again')]
  return { failed, then, nothing }
}
