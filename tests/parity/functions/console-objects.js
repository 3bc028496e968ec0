// Plain values.
function onTrack(event) {
  console.log(event)
  console.log({ a: { b: { c: { d: 1 } } } }, [[[[1]]]])
  console.log({ 'a-b': 1, 2: 3, valid_id: 4, 'ünï': 5 })
  console.log({ s: "it's", d: 'say "hi"', both: `'"`, all: '\'"`', lines: 'a\nb\t\u0001' })
  console.log(['it\'s', 'plain'], 'plain')
  console.log({ f() {}, g: () => 1, async h() {}, *i() {}, j: class B extends Array {}, k: async () => {} })
  console.log({ get a() { return 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} })
  console.log(Object.create(null), Object.create({ inherited: 1 }))
  console.log(new (class Foo { constructor() { this.x = 1 } })(), new (class extends Map {})())
  console.log([undefined, , null, , ,], [, 'x'], Object.assign([1, 2], { extra: true, '-1': 0 }))
  console.log(new Number(3), new String('abc'), new Boolean(false), Object(Symbol('x')), Object(1n))
  console.log(Symbol('desc'), Symbol.iterator, { sym: Symbol() })
  const loop = { name: 'loop' }
  loop.self = loop
  loop.list = [loop, { loop }]
  console.log(loop)
  console.log({ u: undefined, n: null, nan: NaN, inf: -Infinity })
  console.log([1.0, 2.5, -3], ['a', ['b', ['c', ['d']]]])
  console.log(globalThis === undefined, [function () {}, function named() {}])
  console.log(Object.freeze({ a: 1 }), Object.assign(() => {}, { prop: 1 }), (() => { const f = function () {}; f.prototype = null; return f })())
}
