// Stripe checks the signatures of its webhooks.
function onTrack() {
  const client = stripe('sk_test_1')
  const payload = '{"id":"evt_1"}'
  const header = client.webhooks.generateTestHeaderString({ payload, secret: 'whsec_1', timestamp: 1700000000 })
  const failure = (run) => {
    try {
      return run()
    } catch (error) {
      return [error.type, error.message]
    }
  }
  return {
    header,
    event: client.webhooks.constructEvent(payload, header, 'whsec_1', Infinity),
    wrong: failure(() => client.webhooks.constructEvent(payload, header, 'other', Infinity)),
    old: failure(() => client.webhooks.constructEvent(payload, header, 'whsec_1', 1))
  }
}
