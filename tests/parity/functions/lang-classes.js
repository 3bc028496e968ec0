// Classes with all that Node 20 has.
class Counter {
  #count = 0
  static made = 0
  static { this.made += 1 }
  get count() { return this.#count }
  increase() { this.#count++; return this }
  static #secret() { return 'secret' }
  static tell() { return Counter.#secret() }
}
function onTrack() {
  const counter = new Counter().increase().increase()
  return [counter.count, Counter.made, Counter.tell(), Object.keys(counter), `${class {}.name}|${(class Named {}).name}`]
}
