// A property of what is not there.
async function onTrack(event) {
  const user = event.properties.user

  return user.email.toLowerCase()
}
