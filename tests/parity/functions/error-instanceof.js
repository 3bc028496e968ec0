// What comes from outside the function's context has other constructors in Node.
async function onTrack(event) {
  const found = await fetch('/relative').catch((error) => error)
  return {
    own: new TypeError('x') instanceof Error,
    segment: new RetryError('x') instanceof Error,
    fetch: found instanceof Error,
    event: event instanceof Object,
    list: event.properties.list instanceof Array,
    isArray: Array.isArray(event.properties.list),
    buffer: Buffer.from('a') instanceof Uint8Array,
    parsed: JSON.parse('[]') instanceof Array
  }
}
