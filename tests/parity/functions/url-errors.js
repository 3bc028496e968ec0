// What is no address.
function onTrack() {
  const failure = (...args) => {
    try {
      return new URL(...args).href
    } catch (error) {
      return [error.name, error.message, error.code, error.input, error.base, String(error), Object.keys(error)]
    }
  }
  return {
    word: failure('nope'),
    empty: failure(''),
    nothing: failure(),
    undefined: failure(undefined),
    relative: failure('/a'),
    base: failure('/a', 'nope'),
    host: failure('https://'),
    port: failure('https://a:99999'),
    space: failure('https://a b'),
    uncaught: 1
  }
}
