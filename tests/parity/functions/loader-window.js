// `window` is a copy of the table, and `this` at module scope is it.
const atModuleScope = this
window.added = 1
globalThis.onScope = 2
function onTrack() {
  return {
    isWindow: atModuleScope === window,
    isGlobal: window === globalThis,
    added: typeof added,
    onScope,
    sameFetch: window.fetch === fetch,
    sameBuffer: window.Buffer === Buffer
  }
}
