// Signatures and markup need no request.
function onTrack() {
  const response = new twilio.twiml.MessagingResponse()
  response.message('Größe ☃')
  const params = { CallSid: 'CA1', From: '+14158675310' }
  const signature = crypto.createHmac('sha1', 'token')
    .update(Buffer.from('https://hook.test/CallSidCA1From+14158675310', 'utf-8')).digest('base64')
  return {
    markup: response.toString(),
    signed: [twilio.validateRequest('token', signature, 'https://hook.test/', params),
      twilio.validateRequest('token', 'other', 'https://hook.test/', params)]
  }
}
