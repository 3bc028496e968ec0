// V8's own messages.
function onTrack() {
  const message = (run) => {
    try {
      return run()
    } catch (error) {
      return `${error.name}: ${error.message}`
    }
  }
  const missing = undefined
  return {
    property: message(() => missing.length),
    deep: message(() => ({}).a.b),
    call: message(() => missing()),
    method: message(() => ({}).run()),
    undeclared: message(() => nowhere),
    constant: message(() => { const fixed = 1; fixed = 2 }),
    destructured: message(() => { const { a } = null }),
    iterated: message(() => { for (const one of 5); }),
    spread: message(() => [...{}]),
    constructed: message(() => new (() => 1)()),
    json: message(() => JSON.parse('<html>')),
    jsonEnd: message(() => JSON.parse('{"a":')),
    jsonEmpty: message(() => JSON.parse('')),
    jsonName: message(() => JSON.parse('{a:1}')),
    jsonUndefined: message(() => JSON.parse(undefined)),
    cycle: message(() => { const loop = {}; loop.loop = loop; JSON.stringify(loop) }),
    bigint: message(() => JSON.stringify({ big: 1n })),
    mixed: message(() => 1n + 1),
    reduce: message(() => [].reduce((a) => a)),
    length: message(() => new Array(-1)),
    uri: message(() => decodeURIComponent('%')),
    date: message(() => new Date(NaN).toISOString()),
    repeat: message(() => 'a'.repeat(-1)),
    fixed: message(() => (1).toFixed(101)),
    regexp: message(() => new RegExp('(')),
    symbol: message(() => `${Symbol('s')}`),
    frozen: message(() => { 'use strict'; Object.freeze([1]).push(2) }),
    recursion: message(() => { const again = () => again() + 1; return again() }),
    normalise: message(() => 'a'.normalize('x')),
    temporal: message(() => { use; let use = 1 })
  }
}
