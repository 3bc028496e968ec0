// JSON as V8 writes and reads it.
function onTrack(event) {
  return {
    spaced: JSON.stringify({ a: [1, { b: 2 }] }, null, 2),
    picked: JSON.stringify(event, ['type', 'properties', 'price']),
    replaced: JSON.stringify({ a: 1, b: '2' }, (key, value) => (typeof value === 'number' ? value + 1 : value)),
    revived: JSON.parse('{"at":"2026-01-01"}', (key, value) => (key === 'at' ? value.length : value)),
    surrogate: JSON.stringify('\ud800 \u2028'),
    proto: Object.keys(JSON.parse('{"__proto__":{"a":1}}'))
  }
}
