// What Segment does not offer is a ReferenceError, at the line that names it.
async function onTrack() {
  console.log(typeof OAuth2, typeof util)
  const client = new OAuth2('id', 'secret')
  return client.token()
}
