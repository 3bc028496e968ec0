// A response shows its insides.
async function onTrack() {
  const response = await fetch('https://api.test/json')
  console.log(response)
  console.log(new Request('https://api.test/', { method: 'PUT', headers: { a: 'b' } }))
}
