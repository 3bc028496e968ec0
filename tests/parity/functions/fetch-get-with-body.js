// A GET may not have a body; nothing is sent, and what is not caught ends the event.
async function onTrack(event) {
  const caught = await fetch('https://api.test/json', { method: 'HEAD', body: 'x' }).catch((error) => [error.name, error.message])
  console.log(...caught)
  return fetch('https://api.test/json', { method: 'GET', body: JSON.stringify(event) })
}
