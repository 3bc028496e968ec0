// Code made of text runs in the global scope, where there is no more than elsewhere.
function onTrack() {
  const local = 1
  const attempt = (run) => {
    try {
      return run()
    } catch (error) {
      return `${error.name}: ${error.message}`
    }
  }
  return {
    direct: attempt(() => eval('local + 1')),
    indirect: attempt(() => (0, eval)('typeof local')),
    made: new Function('a', 'return a * 2')(4),
    require: attempt(() => new Function('return typeof require')()),
    process: attempt(() => new Function('return process')()),
    self: new Function('return this === globalThis')(),
    constructed: attempt(() => (() => {}).constructor('return typeof process')()),
    with: attempt(() => new Function('with ({ a: 5 }) return a')())
  }
}
