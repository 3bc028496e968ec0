// An error is of the same class behind an await, a timer and a loader of the cache.
const seen = (error) => [error.name, error instanceof RetryError, error.constructor === RetryError]
async function onTrack() {
  const fail = () => { throw new RetryError('again') }
  const awaited = await (async () => { await null; fail() })().catch(seen)
  const timed = await new Promise((resolve, reject) => setTimeout(() => { try { fail() } catch (error) { reject(error) } }, 1)).catch(seen)
  const cached = await cache.load('key', 1000, async () => { await null; fail() }).catch(seen)
  const own = class extends ValidationError {}
  const derived = await cache.load('other', async () => { throw new own('v') }).catch((error) => [error.name, error instanceof ValidationError])
  return { awaited, timed, cached, derived }
}
