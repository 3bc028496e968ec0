// Maps, sets, bytes, dates and the like.
function onTrack() {
  console.log(new Map([['k', { v: 1 }], [{ o: 1 }, [2]]]), new Map(), new Set([1, 'a', [2]]), new Set())
  console.log(new Map([['deep', new Map([['deeper', new Map([['deepest', new Map([['x', 1]])]])]])]]))
  console.log(new WeakMap(), new WeakSet())
  console.log(new Uint8Array(3), new Float64Array([1.5, -0]), new ArrayBuffer(4), new DataView(new ArrayBuffer(2)))
  console.log(Array.from({ length: 3 }), new Array(5), new Uint8Array(200).length)
  console.log(new Date(0), [new Date(1e12)], new Date(NaN), { at: new Date(0) })
  console.log(/x/gi, [/y/], Object.assign(/z/, { extra: 1 }))
  console.log([1, 2][Symbol.iterator](), new Map([[1, 2]]).entries(), new Set([3]).values(), 'ab'[Symbol.iterator]())
  console.log((function* gen() {})(), (function () { return arguments })(1, 'two'))
  console.log(new (class Stack extends Array {})(3), class {}, class Named {}, Math, JSON, Reflect, Atomics)
  console.log(new Proxy({ a: 1 }, {}), new Proxy(function f() {}, {}))
  console.log([new Boolean(true)], Object(1), globalThis.Intl === Intl, new Intl.NumberFormat('en'))
  console.log(new WeakRef({}), { __proto__: { constructor: { name: 'Odd' } } })
}
