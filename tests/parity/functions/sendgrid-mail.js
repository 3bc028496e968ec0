// SendGrid's client checks a mail and builds its JSON before it sends anything.
async function onTrack() {
  sendgrid.mail.setApiKey('SG.x')
  const failure = await sendgrid.mail.send({ from: 'c@d.test', subject: 's', text: 't', to: { email: 5 } })
    .catch((error) => [error.name, error.message])
  const request = sendgrid.client.createRequest({ method: 'POST', url: '/v3/x', body: { a: 'Größe' } })
  return { failure, method: request.method, url: request.url, baseURL: request.baseURL, data: request.data }
}
