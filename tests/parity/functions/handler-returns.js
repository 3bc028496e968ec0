// What JSON makes of a callback return.
function onTrack(event) {
  return {
    date: new Date(0),
    nothing: undefined,
    nan: NaN,
    infinite: -Infinity,
    minusZero: -0,
    symbol: Symbol('s'),
    list: [undefined, () => 1, Symbol('t')],
    map: new Map([[1, 2]]),
    set: new Set([1]),
    buffer: Buffer.from('hi'),
    bytes: new Uint8Array([1, 2]),
    url: new URL('https://a.test/b?c=d'),
    search: new URLSearchParams('a=1'),
    error: new Error('not shown'),
    regexp: /x/,
    boxed: [new String('s'), new Number(1), new Boolean(false)],
    own: { toJSON: () => 'own text' }
  }
}
