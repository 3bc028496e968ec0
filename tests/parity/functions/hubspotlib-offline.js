// HubSpot's client knows its models and its errors; nothing is sent.
async function onTrack() {
  const { hubspot } = hubspotlib
  const client = new hubspot.Client({ accessToken: 't' })
  const missing = await client.crm.contacts.basicApi.getById().catch((error) => [error.name, error.message])
  return { missing, apis: Object.keys(client.crm.contacts).sort(), configured: client.config.accessToken }
}
