// What Node's modules have, functions have not.
function onTrack() {
  try {
    if (process?.env['NODE_DEV'] === 'TEST') module.exports = { onTrack }
  } catch (error) {
    console.log(error.name, error.message)
  }
  return {
    require: typeof require,
    module: typeof module,
    exports: typeof exports,
    process: typeof process,
    global: typeof global,
    dirname: typeof __dirname,
    filename: typeof __filename,
    setImmediate: typeof setImmediate,
    queueMicrotask: typeof queueMicrotask,
    structuredClone: typeof structuredClone,
    TextEncoder: typeof TextEncoder,
    TextDecoder: typeof TextDecoder,
    performance: typeof performance,
    Event: typeof Event,
    EventTarget: typeof EventTarget,
    Blob: typeof Blob,
    self: typeof self,
    axios: typeof axios,
    fs: typeof fs,
    OAuth2: typeof OAuth2,
    FetchError: typeof FetchError
  }
}
