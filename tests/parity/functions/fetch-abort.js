// A request can be given up.
async function onTrack() {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 500)
  const failure = (error) => [error.name, error.message, error.type, error.code]
  const late = await fetch('https://api.test/never', { signal: controller.signal }).catch(failure)
  const early = await fetch('https://api.test/json', { signal: controller.signal }).catch(failure)
  return { late, early, aborted: controller.signal.aborted }
}
