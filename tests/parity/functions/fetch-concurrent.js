// Requests at once, answers in order.
async function onTrack() {
  const found = []
  for (const i of [1, 2, 3]) found.push(await (await fetch(`https://api.test/json?i=${i}`)).json())
  return found
}
