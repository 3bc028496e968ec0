// Skyflow's client checks its configuration before it asks for a token.
async function onTrack() {
  const { skyflow } = skyflowlib
  const failure = async (run) => {
    try {
      return await run()
    } catch (error) {
      return JSON.parse(JSON.stringify(error.error ?? error.message ?? error))
    }
  }
  const client = skyflow.Skyflow.init({ vaultID: 'v', vaultURL: 'https://v.test', getBearerToken: async () => 't' })
  return {
    exported: Object.keys(skyflow).sort(),
    noVault: await failure(() => typeof skyflow.Skyflow.init({ vaultURL: 'https://v.test' })),
    noRecords: await failure(() => client.insert({})),
    valid: await failure(() => skyflow.isExpired('no token'))
  }
}
