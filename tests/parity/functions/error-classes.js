// Segment's classes take one message and tell their name.
function onTrack() {
  const classes = [EventNotSupported, InvalidEventPayload, ValidationError, RetryError, DropEvent]
  return classes.map((Class) => {
    const error = new Class('why', 'ignored')
    return {
      name: error.name,
      own: Object.keys(error),
      text: String(error),
      className: Class.name,
      itself: error instanceof Class,
      other: error instanceof (Class === RetryError ? ValidationError : RetryError),
      length: Class.length,
      empty: new Class().message,
      stack: error.stack.split('\n')[0]
    }
  })
}
