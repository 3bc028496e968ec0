// Mailjet's client builds addresses and minds its keys; nothing is sent.
function onTrack() {
  const library = nodemailjet.nodemailjet
  const failure = (run) => {
    try {
      return run()
    } catch (error) {
      return [error.name, error.message]
    }
  }
  const client = library.apiConnect('a', 'b', { config: { version: 'v3' } })
  return {
    missing: failure(() => library.apiConnect('a')),
    version: failure(() => client.getPackageVersion()),
    key: failure(() => client.getAPIKey()),
    config: failure(() => client.getConfig())
  }
}
