// fetch-retry asks again where the network fails.
async function onTrack() {
  const again = fetchretrylib.fetchretry(fetch)
  const failed = await again('https://refused.test/', { retries: 2, retryDelay: 1 }).catch((error) => error.message)
  const answer = await again('https://api.test/json', { retries: 2, retryDelay: 1 })
  return { failed, answer: await answer.json() }
}
