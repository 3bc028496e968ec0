// kind: source
// What a call requires.
function onRequest() {
  const failure = (run) => {
    try {
      return typeof run()
    } catch (error) {
      return [error.name, error.message, error instanceof ValidationError]
    }
  }
  return {
    event: failure(() => Segment.track({ userId: 'u' })),
    emptyEvent: failure(() => Segment.track({ userId: 'u', event: '' })),
    user: failure(() => Segment.track({ event: 'e' })),
    emptyUser: failure(() => Segment.identify({ userId: '' })),
    anonymous: failure(() => Segment.identify({ anonymousId: 'a' })),
    page: failure(() => Segment.page({ name: 'p' })),
    group: failure(() => Segment.group({ userId: 'u' })),
    groupAlone: failure(() => Segment.group({ groupId: 'g' })),
    alias: failure(() => Segment.alias({ userId: 'u' })),
    set: failure(() => Segment.set({ collection: 'c' })),
    setCollection: failure(() => Segment.set({ id: '1' })),
    nothing: failure(() => Segment.track())
  }
}
