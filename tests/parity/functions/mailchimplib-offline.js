// Mailchimp's client asks for what is missing before it sends anything.
function onTrack() {
  const { mailchimp } = mailchimplib
  mailchimp.setConfig({ apiKey: 'k', server: 'us1' })
  const failure = (run) => {
    try {
      return run()
    } catch (error) {
      return [error.name, error.message]
    }
  }
  return {
    missing: failure(() => mailchimp.lists.addListMember('l')),
    apis: Object.keys(mailchimp).filter((key) => typeof mailchimp[key] === 'object').sort().slice(0, 40)
  }
}
