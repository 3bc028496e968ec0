// kind: source
// Each call makes a message.
async function onRequest(request) {
  const { user, action } = request.json()
  const made = Segment.track({ event: action, userId: String(user.id), properties: { at: new Date(0), nothing: undefined } })
  Segment.identify({ userId: '7', traits: { name: user.name }, context: { ip: '192.0.2.1' }, integrations: { All: false } })
  Segment.page({ anonymousId: 'a', name: 'Home', properties: { url: 'x' } })
  Segment.screen({ anonymousId: 'a', name: 'Main' })
  Segment.group({ groupId: 'g', userId: '7', traits: { plan: 'p' } })
  Segment.alias({ previousId: 'old', userId: '7' })
  Segment.set({ collection: 'rooms', id: 'r1', properties: { name: 'Sunroom' } })
  made.properties.later = 'changed'
  return made.type
}
