// Every property of the language's own objects, by its path.
function onTrack() {
  const found = {}
  const names = Object.getOwnPropertyNames(globalThis).filter((name) => !(name in window) && name !== 'window')
  const keyOf = (key) => (typeof key === 'symbol' ? `@@${key.description}` : key)
  const visit = (path, owner) => {
    for (const key of Reflect.ownKeys(owner)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(owner, key)
      found[`${path} ${keyOf(key)}`] = get || set ? 'accessor' : typeof value
    }
  }
  for (const name of names) {
    const value = globalThis[name]
    found[name] = typeof value
    if (value === globalThis || value === null || !/object|function/.test(typeof value)) continue
    visit(name, value)
    if (typeof value === 'function' && value.prototype) visit(`${name} prototype`, value.prototype)
    if (name !== 'Intl' && name !== 'WebAssembly') continue
    for (const inner of Object.getOwnPropertyNames(value).filter((key) => value[key].prototype)) {
      visit(`${name} ${inner}`, value[inner])
      visit(`${name} ${inner} prototype`, value[inner].prototype)
    }
  }
  const hidden = {
    iterator: Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
    arrayIterator: Object.getPrototypeOf([][Symbol.iterator]()),
    asyncIterator: Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype)),
    generator: Object.getPrototypeOf(function* () {}).prototype,
    typedArray: Object.getPrototypeOf(Uint8Array),
    typedArrayPrototype: Object.getPrototypeOf(Uint8Array.prototype),
    asyncFunction: Object.getPrototypeOf(async () => {})
  }
  for (const [name, value] of Object.entries(hidden)) visit(name, value)
  return found
}
